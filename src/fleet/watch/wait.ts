import { findAgent } from "../../agents/catalog.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { shellWord } from "../../system/shell.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { hasUntaken, untakenFirst } from "./handed-over.ts";
import type { Observation } from "./observe.ts";
import { writtenAt } from "./runtime.ts";
import { type AgentStatus, statusWith } from "./status.ts";
import type { StatusDetail } from "./status-detail.ts";
import { hasTranscript, lastReply, lastTurn, transcriptPlace, wasCutOff, witnessOf } from "./transcript.ts";
import { type NextLook, watchAgents } from "./watch-agents.ts";

/** How an agent came to a halt. */
export interface Halt {
  readonly entry: AgentEntry;
  readonly status: AgentStatus;
  /** It finished its turn, or ended well; anything else needs the user. */
  readonly well: boolean;
  /** What it replied last, when it is on another machine and replies are wanted. */
  readonly reply?: string | undefined;
}

/** How a wait ended. */
export interface WaitResult {
  readonly halts: readonly Halt[];
  /** Those that still could go on when the time ran out. */
  readonly pending: readonly AgentEntry[];
}

/** How to wait, and who is told meanwhile. */
export interface WaitOptions {
  /** Return as soon as one has come to a halt. */
  readonly any: boolean;
  /** Other machines are to say what their agents have replied. */
  readonly replies?: boolean;
  /** Of several machines one that is lost ends the wait for its own agents alone: their status is unknown. */
  readonly withoutLost?: boolean;
  readonly timeoutMilliseconds: number | undefined;
  readonly onChange: (observation: Observation) => void;
  /** What is to be done at each look. Returns those of whom something else is so by then, and whom the next look is to tell of. */
  readonly onLook?: (observations: readonly Observation[]) => Promise<readonly AgentEntry[]>;
}

/** Up to so many agents a look costs little; one at a hundred takes 20 ms of a core. */
const fewAgents = 25;
const [shortestPause, longestPause] = [300, 2400];
/** Many who have just been started or prompted are done in a moment, so at first they are watched closely. */
const early: NextLook = { every: 100 };
const earlyMilliseconds = 1000;
/** When one has come to a halt and is to be looked at once more. */
const confirming: NextLook = { every: 50, rest: 150 };
/** An agent without a transcript is believed to be idle after this long, */
const silenceMilliseconds = 5000;
/** and one whose transcript has no answer not to be going to give one after this long. */
const unansweredMilliseconds = 30_000;

/**
 * Waits until no agent can go on without the user. An idle that is older than the last prompt does not count, nor one that lasts only
 * from one look to the next: an agent with queued prompts is idle for a moment between them. A few are looked at
 * about three times a second, many less often, and all of them more often in the first.
 */
export async function waitForAgents(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  options: WaitOptions,
): Promise<WaitResult> {
  const begun = performance.now();
  const deadline = begun + (options.timeoutMilliseconds ?? Number.POSITIVE_INFINITY);
  const reportChanges = changeReporter(options.onChange);
  let halted = new Set<string>();
  let last: WaitResult = { halts: [], pending: entries };
  let unconfirmed = false;
  const usual = usualPace(entries.length);
  const next = () => {
    if (unconfirmed) return confirming;
    return performance.now() - begun < earlyMilliseconds ? early : usual;
  };
  for await (const observations of watchAgents(fleet, () => entries, { next, deadline })) {
    reportChanges(observations);
    const outdated = (await options.onLook?.(observations)) ?? [];
    const valid = observations.filter(({ entry }) => !outdated.includes(entry));
    const now = valid.map((observation) => haltOf(fleet, observation)).filter((halt) => halt !== undefined);
    const halts = now.filter(({ entry, status }) => status.word !== "idle" || halted.has(entry.id));
    const pending = entries.filter(({ id }) => halts.every(({ entry }) => entry.id !== id));
    unconfirmed = now.length > halts.length;
    halted = new Set(now.map(({ entry }) => entry.id));
    last = { halts, pending };
    const isOver = options.any ? halts.length > 0 : pending.length === 0;
    if (isOver) return { halts, pending: [] };
  }
  return last;
}

/** How often agents are looked at: one pace is a multiple of the other, so that those who wait for few and for many share looks. */
export function usualPace(agents: number): NextLook {
  const times = 2 ** Math.max(0, Math.ceil(Math.log2(agents / fewAgents)));
  return { every: Math.min(shortestPause * times, longestPause) };
}

function changeReporter(onChange: WaitOptions["onChange"]): (observations: readonly Observation[]) => void {
  const last = new Map<string, string>();
  return (observations) => {
    for (const observation of observations) {
      const { entry, status } = observation;
      // Why an agent still works may count down the seconds to its next try.
      const seen = status.word === "working" ? status.word : `${status.word} ${status.reason ?? ""}`;
      if (last.get(entry.id) !== seen) onChange(observation);
      last.set(entry.id, seen);
    }
  };
}

function haltOf(fleet: Fleet, observation: Observation): Halt | undefined {
  const { entry, status } = observation;
  switch (status.word) {
    case "setup":
    case "starting":
    case "working":
    case "unknown":
      return undefined;
    case "idle":
      return idleHalt(fleet, observation);
    case "error":
      return isAnswered(fleet, observation) ? { entry, status, well: false } : undefined;
    case "exited":
      return { entry, status, well: status.detail?.kind === "exited" && status.detail.code === 0 };
    case "waiting":
    case "failed":
    case "stopped":
      return { entry, status, well: false };
  }
}

/** Why an agent that rests has no answer to its last prompt. */
function unanswered(fleet: Fleet, entry: AgentEntry): StatusDetail {
  const adapter = findAgent(entry.agent, fleet.settings.config.agents);
  const files = agentFiles(statePlaces(fleet), entry.id);
  const file = adapter && untakenFirst(files, adapter, transcriptPlace(fleet, entry));
  if (file === undefined) return { kind: "told", text: "it has not answered the last prompt" };
  const line = `fleet prompt ${shellWord(entry.branch)} --file ${shellWord(file)}`;
  return { kind: "told", text: `it has not taken its first prompt; to send it, run ${line}` };
}

/** An error of before the last prompt, which the agent has not begun to work at yet, is not the answer to it; for a while. */
function isAnswered(fleet: Fleet, { entry, status }: Observation): boolean {
  const promptedAt = promptedLast(fleet, entry);
  if (status.since === undefined || promptedAt === undefined) return true;
  const silent = Date.now() - promptedAt;
  // The clock was set back since then, so no time tells what was before what.
  return status.since.getTime() >= promptedAt || silent > unansweredMilliseconds || silent < 0;
}

/**
 * An idle ends the wait when the agent's transcript has a turn that ended after the last prompt. One that has none for long has not
 * taken the prompt, or met an error: that is no good end. Where there is no transcript, idle is believed after a while.
 */
function idleHalt(fleet: Fleet, { entry, status }: Observation): Halt | undefined {
  const promptedAt = promptedLast(fleet, entry);
  const well: Halt = { entry, status, well: true };
  if (promptedAt === undefined) return well;
  if (isBetweenPrompts(fleet, entry, status.since)) return undefined;
  const turn = lastTurn(fleet, entry);
  if (turn !== undefined && turn.endedAt.getTime() >= promptedAt) return well;
  const silent = Date.now() - Math.max(promptedAt, status.since?.getTime() ?? promptedAt);
  // The clock was set back since then, so no time tells what was before what.
  if (silent < 0) return well;
  if (!hasTranscript(fleet, entry)) return silent > silenceMilliseconds ? well : undefined;
  if (silent <= unansweredMilliseconds) return undefined;
  return { entry, status: statusWith(status.word, unanswered(fleet, entry), status.since), well: false };
}

/** Whether an agent that has just ended a turn has yet to take a prompt that waits in its queue: on a busy machine that takes seconds. */
function isBetweenPrompts(fleet: Fleet, entry: AgentEntry, since: Date | undefined): boolean {
  const rested = Date.now() - (since?.getTime() ?? 0);
  if (rested < 0 || rested > unansweredMilliseconds) return false;
  const witness = witnessOf(fleet, entry);
  return hasUntaken(agentFiles(statePlaces(fleet), entry.id), witness, transcriptPlace(fleet, entry));
}

/**
 * What an agent that was waited for has replied to its last prompt; empty when it has not, or not in a way that we can read. Without a
 * halt the time ran out. An idle that ended the wait has replied, whatever clocks say.
 */
export function replyOf(fleet: Fleet, entry: AgentEntry, halt: Halt | undefined): string {
  if (halt?.reply !== undefined) return halt.reply;
  const isSure = halt?.well === true && halt.status.word === "idle";
  return isSure || !wasCutOff(fleet, entry) ? lastReply(fleet, entry) : "";
}

/** When an agent was last handed a prompt, in milliseconds. */
function promptedLast(fleet: Fleet, { id }: AgentEntry): number | undefined {
  return writtenAt(agentFiles(statePlaces(fleet), id), "prompted")?.getTime();
}
