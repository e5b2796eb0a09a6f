import type { AgentAdapter, StartRequest, TranscriptPlace } from "../../../agents/adapter.ts";
import { findAgent } from "../../../agents/catalog.ts";
import type { Config } from "../../../config/config.ts";
import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { withKeptPlaces } from "../../../state/home.ts";
import { type AgentFiles, agentFiles } from "../../../state/places.ts";
import { readRegistry } from "../../../state/registry.ts";
import { exists, makePrivateDirectory, readTextIfExists, removeTree, writePrivateFile } from "../../../system/files.ts";
import { withLock } from "../../../system/lock.ts";
import { isSuperuser } from "../../../system/machine.ts";
import { shellWord } from "../../../system/shell.ts";
import { callTmux, saysNoServer, type TmuxServer } from "../../../system/tmux/server.ts";
import { requireAdapter, requireProgram } from "../../choose/agent.ts";
import { settingsToLaunch } from "../../consent.ts";
import { agentVariables, withDefaults } from "../../environment.ts";
import { configuredServer, type Fleet, lockOptions, serverAt, settingsFor, statePlaces } from "../../fleet.ts";
import type { StartOutcome } from "../../life/await-start.ts";
import { endAgents } from "../../life/end.ts";
import type { Setup } from "../../life/launcher/launcher.ts";
import { makeRoom } from "../../life/make-room.ts";
import { setupOf, startConditions, startRequest } from "../../life/plan.ts";
import { requireRoom } from "../../life/room.ts";
import { type AgentStart, awaitAgent, startAgents } from "../../life/start.ts";
import { changeEntries } from "../../record.ts";
import { deliverPrompt, untilReady } from "../../talk/deliver.ts";
import { forgetUntaken, keepUntaken, nameUntaken, untakenOf } from "../../talk/untaken.ts";
import { type Observation, observeAgent } from "../../watch/observe.ts";
import { hasEnded } from "../../watch/status.ts";
import { transcriptPlace, wasCutOff } from "../../watch/transcript.ts";
import { filesGivenTo } from "../../worktree/credentials/note.ts";
import { lookAt, markWorktree, ownershipDoubt } from "../../worktree/ownership.ts";
import { moveInTheWay } from "../move/pending-move.ts";
import { prepareOwnBudget } from "../own-budget.ts";
import { settleDeadOperations } from "../settle.ts";
import { registered } from "../settleable.ts";

/** An agent that runs again. */
export interface Resumed {
  readonly entry: AgentEntry;
  readonly outcome: StartOutcome;
  /** It goes on with its own conversation. */
  readonly conversation: boolean;
  /** It had ended in the middle of a turn, and was not told to go on. */
  readonly cutOff: boolean;
}

/** How an agent is to come back. */
export interface ResumeOptions {
  readonly prompt: string | undefined;
  /** Without the setup that failed the last time, and without what the repository brings and the user has not accepted. */
  readonly quick: boolean;
  /** With a new conversation. */
  readonly fresh?: boolean;
  /** The name of another agent CLI that takes over, with a conversation of its own. */
  readonly agent?: string | undefined;
}

/**
 * Brings an agent back that does not run: in its worktree, with its conversation where there is one, after the setup that failed the
 * last time. Throws FleetError `failed` while it still lives, when its worktree is gone, or when it may run on another machine already,
 * and ConsentRequired when the user has yet to accept what its repository brings to the setup.
 */
export async function resumeAgent(fleet: Fleet, entry: AgentEntry, options: ResumeOptions): Promise<Resumed> {
  await settleDeadOperations(fleet);
  const moving = await moveInTheWay(fleet, entry, undefined);
  if (moving !== undefined) throw moving;
  const files = agentFiles(statePlaces(fleet), entry.id);
  makePrivateDirectory(files.directory);
  // A second one that had looked a moment earlier would take away what the start of the first has written.
  const { start, text, goesOn, cutOff } = await withLock(files.resuming, lockOptions(fleet), () =>
    startAgain(fleet, entry, files, options),
  );
  const untaken = untakenOf(files).filter((prompt) => prompt.text !== options.prompt);
  await requireThere(fleet, start.entry);
  const outcome = await awaitAgent(fleet, start);
  const resumed = outcome.kind === "running" ? { ...start.entry, pid: outcome.pid } : start.entry;
  await noteResumed(fleet, entry, resumed);
  if (start.prompt === undefined) await deliverAfterwards(fleet, resumed, outcome, text);
  else if (options.prompt !== undefined) forgetUntaken(files, options.prompt);
  nameUntaken(fleet, resumed, untaken);
  return { entry: resumed, outcome, conversation: goesOn, cutOff };
}

/** An agent that has a session again. */
interface Started {
  readonly start: AgentStart;
  /** What it is to be told. */
  readonly text: string | undefined;
  /** It goes on with its own conversation. */
  readonly goesOn: boolean;
  readonly cutOff: boolean;
}

/** Everything up to its new session, which only one at a time may do. */
async function startAgain(
  fleet: Fleet,
  entry: AgentEntry,
  files: AgentFiles,
  options: ResumeOptions,
): Promise<Started> {
  const observation = await observeAgent(fleet, entry);
  requireEnded(observation);
  await requireRoom(fleet, fleet.settings.config, readRegistry(statePlaces(fleet)), 1);
  const { config, text, setup } = await leftToDo(fleet, entry, files, options);
  const adapter = requireSuccessor(entry, options, config);
  const request = requireRequest(fleet, entry, adapter, config);
  keepUntaken(fleet, entry);
  // One that has yet to get its first prompt has no turn behind it.
  const cutOff = text === undefined && options.fresh !== true && wasCutOff(fleet, entry);
  const place = transcriptPlace(fleet, entry);
  const { commandLine, prompt, session, goesOn } = continued(adapter, request, options, place);
  if (options.fresh !== true && !goesOn) nameLeftBehind(fleet, entry, adapter, place);
  const message = text === undefined ? undefined : adapter.message(text);
  await makeRoom(fleet, entry, observation);
  await keepUsage(fleet, entry, adapter);
  await prepareOwnBudget(fleet, entry);
  forgetLastRun(files);
  const kept = options.fresh === true ? null : entry.agent_session;
  const { socket } = await serverFor(fleet, entry);
  const next: AgentEntry = { ...entry, socket, agent: adapter.name, agent_session: session ?? kept, pid: null };
  const start: AgentStart = {
    entry: next,
    files,
    adapter,
    request,
    commandLine,
    prompt,
    setup,
    notification: config.notify,
    environment: agentVariables(request.environment, next, commandLine.environment),
    message: message === undefined ? undefined : { text: message, file: files.firstMessage, worded: text },
  };
  await Promise.all(startAgents(fleet, serverAt(fleet, next.socket), [Promise.resolve(start)]));
  return { start, text, goesOn, cutOff };
}

/** What its CLI is asked for. Throws FleetError when that is not installed, or cannot be started so. */
function requireRequest(fleet: Fleet, entry: AgentEntry, adapter: AgentAdapter, config: Config): StartRequest {
  const files = agentFiles(statePlaces(fleet), entry.id);
  const request: StartRequest = {
    ...startRequest({
      config,
      files,
      adapter,
      places: statePlaces(fleet),
      worktree: entry.worktree,
      held: entry,
      program: requireProgram(adapter, fleet, config),
      sessionId: crypto.randomUUID(),
      conditions: startConditions(adapter, config, entry.repo, {
        environment: withKeptPlaces(files, withDefaults(fleet.environment, config)),
        superuser: isSuperuser(),
      }),
    }),
    givenFiles: filesGivenTo(entry),
  };
  const refusal = adapter.refusal(request);
  if (refusal !== undefined) throw refusal;
  return request;
}

/**
 * The tmux server that an agent comes back in: its own while that runs. One that has ended may have been of a machine that was lent: the
 * configured one takes its place, where that is another.
 */
async function serverFor(fleet: Fleet, { socket }: AgentEntry): Promise<TmuxServer> {
  const configured = configuredServer(fleet);
  if (socket === configured.socket) return configured;
  const own = serverAt(fleet, socket);
  const [answer] = await callTmux(own, [["list-sessions"]]);
  return answer !== undefined && saysNoServer(answer) ? configured : own;
}

/** How its CLI is started so that it goes on, or anew. */
interface Continued extends Pick<AgentStart, "commandLine" | "prompt"> {
  /** The name of its conversation, where we know it. */
  readonly session: string | null;
  /** It goes on with its own conversation. */
  readonly goesOn: boolean;
}

/** The command line that goes on with the conversation, or one that starts a new one where there is none, or none is wanted. */
function continued(
  adapter: AgentAdapter,
  request: StartRequest,
  { fresh }: ResumeOptions,
  place: TranscriptPlace,
): Continued {
  const description = adapter.describe(request.flags);
  const going = fresh === true ? undefined : adapter.resume?.(request, place);
  if (going === undefined) {
    const session = description.namesConversation === true ? request.sessionId : null;
    return { commandLine: adapter.commandLine(request), prompt: description.prompt, session, goesOn: false };
  }
  const prompt = going.takesNoPrompt === true ? undefined : description.prompt;
  return { commandLine: going, prompt, session: going.conversation, goesOn: true };
}

function nameLeftBehind(fleet: Fleet, { branch }: AgentEntry, adapter: AgentAdapter, place: TranscriptPlace): void {
  const left = adapter.leavesBehind?.(place);
  if (left === undefined) return;
  const text = `${branch}: ${left.why}: it starts anew, and what was said before is in ${left.file}`;
  fleet.report({ kind: "warning", text });
}

/** Afterwards nobody would look for what the one has used that worked here before. */
async function keepUsage(fleet: Fleet, entry: AgentEntry, { name: successor }: AgentAdapter): Promise<void> {
  if (successor === entry.agent) return;
  const { usageOf } = await import("../../cost/ledger.ts");
  usageOf(fleet, entry);
}

/** The agent that goes on with the work: the same, or the one that is to take over. */
function requireSuccessor(entry: AgentEntry, { agent }: ResumeOptions, config: Config): AgentAdapter {
  if (agent !== undefined) return requireAdapter(agent, config);
  const adapter = findAgent(entry.agent, config.agents);
  if (adapter !== undefined) return adapter;
  throw new FleetError("failed", `the configuration has no agent ${entry.agent} any more`, {
    hint: "to describe it in a table [agents.NAME], run fleet config edit",
  });
}

async function noteResumed(fleet: Fleet, before: AgentEntry, resumed: AgentEntry): Promise<void> {
  await changeEntries(fleet, (entries) => entries.map((each) => (each.id === resumed.id ? resumed : each)));
  await requireThere(fleet, resumed);
  if (resumed.agent !== before.agent) markWorktree(fleet, resumed);
  const { record } = agentFiles(statePlaces(fleet), resumed.id);
  writePrivateFile(record, `${JSON.stringify(resumed, null, 2)}\n`);
}

/** A kill that had looked before the session was there knows nothing of it: throws FleetError `failed` then, and ends it. */
async function requireThere(fleet: Fleet, entry: AgentEntry): Promise<void> {
  if (registered(fleet, entry) !== undefined) return;
  await endAgents({ ...fleet, cancelled: new AbortController().signal }, [await observeAgent(fleet, entry)]);
  throw new FleetError("failed", `${entry.branch} was killed in this moment, and does not run`, {
    hint: `to bring it back, run fleet restore ${shellWord(entry.branch)}`,
  });
}

/** How long an agent that came back may take until it can be given a prompt: opencode is started three times when it was moved. */
const readinessMilliseconds = 90_000;

/** Throws FleetError `failed` when the prompt did not arrive. */
async function deliverAfterwards(
  fleet: Fleet,
  entry: AgentEntry,
  start: StartOutcome,
  text: string | undefined,
): Promise<void> {
  if (text === undefined || start.kind !== "running") return;
  await untilReady(fleet, entry, readinessMilliseconds);
  const { outcome, why, hint } = await deliverPrompt(fleet, entry, { text, raw: false });
  if (outcome === "submitted" || outcome === "queued") return;
  throw new FleetError("failed", `${entry.branch} runs again, but does not have the prompt: ${why}`, {
    ...(hint === undefined ? {} : { hint }),
  });
}

/** What is to be done before and after its start, by these settings. */
interface LeftToDo {
  readonly config: Config;
  readonly text: string | undefined;
  readonly setup: Setup;
}

/** An agent that never started has neither been set up nor taken its first prompt. */
async function leftToDo(
  fleet: Fleet,
  entry: AgentEntry,
  files: AgentFiles,
  { prompt, quick }: ResumeOptions,
): Promise<LeftToDo> {
  if (exists(files.pid)) {
    const config = settingsFor(fleet, entry.repo);
    return { config, text: prompt, setup: setupOf(config, statePlaces(fleet), { quick: true }) };
  }
  const config = await settingsToLaunch(fleet, entry.repo, quick);
  return {
    config,
    text: prompt ?? readTextIfExists(files.prompt),
    setup: setupOf(config, statePlaces(fleet), { quick }),
  };
}

/** The file with the process id stays, empty: that it is there says that the agent has been started before, whatever becomes of this. */
function forgetLastRun(files: AgentFiles): void {
  if (exists(files.pid)) writePrivateFile(files.pid, "");
  for (const stale of [
    files.claim,
    files.phase,
    files.exit,
    files.stopped,
    files.begun,
    files.status,
    `${files.inside}/status`,
    files.endedByUs,
    files.uncapped,
  ])
    removeTree(stale);
}

function requireEnded({ entry, status, processes }: Observation): void {
  if (!hasEnded({ status, processes }) || processes.length > 0) {
    throw new FleetError("failed", `${entry.branch} still runs: ${status.word}`, {
      hint: `to send it a prompt, run fleet prompt ${shellWord(entry.branch)} TEXT; to end it first, run fleet stop ${shellWord(entry.branch)}`,
    });
  }
  if (!exists(entry.worktree)) {
    throw new FleetError("failed", `the worktree of ${entry.branch} is gone: ${entry.worktree}`, {
      hint: `to clean up after it, run fleet kill ${shellWord(entry.branch)}`,
    });
  }
  const doubt = ownershipDoubt(entry);
  if (doubt !== undefined) throw new FleetError("failed", doubt, { hint: lookAt(entry) });
}
