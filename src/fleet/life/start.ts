import type { AgentAdapter, CommandLine, PromptChannel, StartRequest } from "../../agents/adapter.ts";
import type { Config } from "../../config/config.ts";
import { isContainer, isIsolated } from "../../model/sandbox.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { keepHome } from "../../state/home.ts";
import type { AgentFiles } from "../../state/places.ts";
import type { Environment } from "../../system/environment.ts";
import { writePrivateFile } from "../../system/files.ts";
import { poll } from "../../system/poll.ts";
import { isAgentPane, listPanes } from "../../system/tmux/panes.ts";
import type { TmuxServer } from "../../system/tmux/server.ts";
import { awaitCaps, prepareCaps } from "../capped.ts";
import { awaitContainer } from "../contained.ts";
import { type Fleet, serverAt } from "../fleet.ts";
import { notePrompt } from "../prompted.ts";
import { noteHandedOver } from "../watch/handed-over.ts";
import { observeAgent } from "../watch/observe.ts";
import { readRuntime } from "../watch/runtime.ts";
import { awaitStart, type StartOutcome } from "./await-start.ts";
import { endAgents } from "./end.ts";
import { reportKeptOff } from "./kept-off.ts";
import { type LauncherPlan, type Setup, writeLauncher } from "./launcher/launcher.ts";
import { agentSession, SessionStarter } from "./sessions.ts";
import { startUnadopted } from "./start-unadopted.ts";

/** The prompt of a start. */
export interface StartMessage {
  /** As the agent gets it. */
  readonly text: string;
  /** The file it is read from. */
  readonly file: string;
  /** As the user worded it; `undefined` for a command of the agent's own, which is in no conversation. */
  readonly worded: string | undefined;
}

/** One start of an agent, be it new or one that goes on: all that its pane needs to know. */
export interface AgentStart {
  readonly entry: AgentEntry;
  readonly files: AgentFiles;
  readonly adapter: AgentAdapter;
  /** What the command line was made from. */
  readonly request: StartRequest;
  readonly commandLine: CommandLine;
  /** How it takes a prompt at this start; `undefined` when it takes none. */
  readonly prompt: PromptChannel | undefined;
  readonly setup: Setup;
  readonly notification: Config["notify"];
  /** All that the agent finds in its environment. */
  readonly environment: Environment;
  readonly message: StartMessage | undefined;
}

/**
 * Starts agents, new ones and such as go on, each as soon as it is ready: the only way an agent comes to run. The answers are in the order
 * of the starts; each is the start once its session is there, and throws for itself alone.
 */
export function startAgents(
  fleet: Fleet,
  server: TmuxServer,
  starts: readonly Promise<AgentStart>[],
): Promise<AgentStart>[] {
  const sessions = new SessionStarter(server, starts.length);
  return starts.map(async (ready) => {
    const start = await ready;
    await startAgent(fleet, start, sessions);
    return start;
  });
}

/** Writes what the pane of an agent runs and reads, and starts its session. What wraps a start, as a sandbox does, wraps this. */
async function startAgent(fleet: Fleet, start: AgentStart, sessions: SessionStarter): Promise<void> {
  const { entry, files, adapter, request, commandLine, prompt, message } = start;
  reportKeptOff(fleet, commandLine, request);
  const { wrapper, argv } = await prepareSandbox(fleet, start);
  writeLauncher(files, {
    worktree: entry.worktree,
    wrapper,
    setup: start.setup,
    notification: start.notification,
    argv,
    prompt: message === undefined || prompt === undefined ? undefined : { channel: prompt, file: message.file },
    environment: start.environment,
  });
  keepHome(files, adapter.home, start.environment);
  if (message !== undefined) {
    if (message.file !== files.prompt) writePrivateFile(message.file, message.text);
    notePrompt(files, message.file === files.prompt ? "" : message.text);
    noteFirst(start, message);
  }
  if (adapter.script !== undefined) writePrivateFile(files.program, adapter.script);
  await adapter.prepare?.(request);
  fleet.cancelled.throwIfAborted();
  const { endsUnattached } = await sessions.create(agentSession(entry, files));
  if (endsUnattached) fleet.report({ kind: "warning", text: endsAlone });
}

/** An agent that tells what was said to it is asked whether it has taken what it is started with. */
function noteFirst({ files, adapter, prompt }: AgentStart, { text, worded }: StartMessage): void {
  if (prompt === undefined || worded === undefined || adapter.conversation === undefined) return;
  noteHandedOver(files, { prompt: worded, pasted: text, atStart: true });
}

/** Makes what the agent has for itself in its sandbox; the words that put a command line there, and its own as it is called there. */
async function prepareSandbox(
  fleet: Fleet,
  { entry, files, adapter, request, commandLine, environment }: AgentStart,
): Promise<Pick<LauncherPlan, "wrapper" | "argv">> {
  const { argv } = commandLine;
  if (entry.sandbox === undefined) return { wrapper: [], argv };
  const { prepareInside } = await import("../worktree/inside/enclosure.ts");
  const { placeInside } = await import("../worktree/inside/programs.ts");
  const { wrapperFor } = await import("../worktree/inside/wrapper.ts");
  await prepareInside(fleet, entry, adapter, fleet.environment);
  const caps = await prepareCaps(entry, files, fleet.environment);
  const program = adapter.executable === undefined ? undefined : request.program;
  const wrapper = [...caps, ...wrapperFor(fleet, entry, { environment, program })];
  const [called, ...rest] = argv;
  const isSeen = called === program && program?.includes("/") === true && isIsolated(entry.sandbox);
  return { wrapper, argv: isSeen ? [placeInside(program, fleet.environment), ...rest] : argv };
}

const endsAlone =
  "tmux ends all agents as soon as nobody is attached (exit-unattached is on): run tmux set -s exit-unattached off";

/** Waits until the agent runs, or cannot. Throws when cancelled. */
export async function awaitAgent(fleet: Fleet, { entry, files, setup }: AgentStart): Promise<StartOutcome> {
  const server = serverAt(fleet, entry.socket);
  const watch = {
    branch: entry.branch,
    files,
    setupCommands: setup.commands,
    cancelled: fleet.cancelled,
    report: fleet.report,
    isAlive: async () => (await listPanes(server)).some((pane) => isAgentPane(pane, entry.id) && !pane.dead),
  };
  let outcome = await awaitStart(watch);
  if (outcome.kind === "lost" && (await startUnadopted(fleet, entry, files))) outcome = await awaitStart(watch);
  if (outcome.kind !== "running" || entry.sandbox === undefined) return outcome;
  const capping = isContainer(entry.sandbox)
    ? await awaitContainer(fleet, entry, files, outcome.pid)
    : await awaitCaps(files, outcome.pid, fleet.cancelled);
  if (capping === "ended") return (await outcomeOfEnd(files, outcome.pid)) ?? outcome;
  if (capping === "kept") return outcome;
  writePrivateFile(files.uncapped, "");
  await endAgents(fleet, [await observeAgent(fleet, entry)]);
  return { kind: "uncapped" };
}

/** What became the agent has ended: its launcher writes down a moment later how. */
async function outcomeOfEnd(files: AgentFiles, pid: number): Promise<StartOutcome | undefined> {
  const options = {
    every: 5,
    deadline: performance.now() + notingMilliseconds,
    cancelled: new AbortController().signal,
  };
  const code = await poll(options, () => readRuntime(files).exitCode);
  return code === undefined ? undefined : { kind: "exited", pid, code };
}

const notingMilliseconds = 2000;
