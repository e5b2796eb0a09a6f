import type { Activity, AgentAdapter, AgentSignals, AgentState } from "../../agents/adapter.ts";
import { isIsolated } from "../../model/sandbox.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { AgentFiles } from "../../state/places.ts";
import type { Environment } from "../../system/environment.ts";
import { readTextIfExists } from "../../system/files.ts";
import { argumentsOf, innerProcessId } from "../../system/processes/proc.ts";
import type { ProcessInfo } from "../../system/processes/process.ts";
import type { Pane } from "../../system/tmux/panes.ts";
import { lineForLostSocket } from "../../system/tmux/surroundings.ts";
import { isOutOfMemory, lostItsSlice } from "../capped.ts";
import { agentProcess } from "./agent-process.ts";
import { hasYetToBegin, noteBegun } from "./handed-over.ts";
import { type Runtime, readEvent, writtenAt } from "./runtime.ts";
import { type StatusDetail, wordsOf } from "./status-detail.ts";
import { placeOf } from "./transcript.ts";

/** The one word of a status; `saidOf` makes a sentence of it. */
export type StatusWord = Activity | "setup" | "failed" | "exited" | "stopped";

/** What an agent is doing, or how it ended, as a list shows it. */
export interface AgentStatus {
  readonly word: StatusWord;
  /** What it consists of: the question it asks, what went wrong, or why nothing runs. */
  readonly detail: StatusDetail | undefined;
  /** `detail` in words. */
  readonly reason: string | undefined;
  /** When it began; `undefined` when nothing tells. */
  readonly since: Date | undefined;
}

/** Every status, those first in which an agent needs the user. */
export const statusWords: readonly StatusWord[] = [
  ...(["waiting", "error", "failed", "exited"] as const),
  ...(["unknown", "setup", "starting", "working", "idle", "stopped"] as const),
];

/** A status as what is said of an agent: `is waiting`, `has exited`. */
export function saidOf(word: StatusWord): string {
  return sayings[word] ?? `is ${word}`;
}

const sayings: Readonly<Partial<Record<StatusWord, string>>> = {
  error: "has an error",
  exited: "has exited",
  failed: "was not started",
  setup: "is being set up",
  stopped: "was stopped",
  unknown: "does not say what it is doing",
};

/** Whether an agent in this status does not go on without the user, though it has not finished its turn. */
export function needsUser(status: Pick<AgentStatus, "word">): boolean {
  return statusWords.indexOf(status.word) < statusWords.indexOf("unknown");
}

/** Whether an agent has ended, so that only a new start makes it go on. One that ran out of memory may have, or not. */
export function hasEnded(of: { readonly status: Pick<AgentStatus, "word">; readonly processes: readonly unknown[] }) {
  const { word } = of.status;
  return (
    word === "stopped" || word === "exited" || word === "failed" || (word === "error" && of.processes.length === 0)
  );
}

/** All that one look at the machine shows of an agent. */
export interface Evidence {
  readonly entry: AgentEntry;
  readonly files: AgentFiles;
  readonly runtime: Runtime;
  readonly pane: Pane | undefined;
  /** The processes in its pane, the launcher first. */
  readonly processes: readonly ProcessInfo[];
  readonly adapter: AgentAdapter | undefined;
  readonly environment: Environment;
  /** What its pane shows, for agents that cannot be understood without. */
  readonly screen: string;
}

/** Decides the status of an agent: first whether anything lives, then what its launcher says, then what the agent says. */
export function statusOf(evidence: Evidence): AgentStatus {
  const { files, runtime, pane } = evidence;
  if (runtime.phase?.kind === "failed") {
    const { step, code, timedOut } = runtime.phase;
    return statusWith("failed", { kind: "setup-failed", step, code, timedOut }, writtenAt(files, "phase"));
  }
  const stoppedAt = writtenAt(files, "stopped");
  if (stoppedAt !== undefined) return statusWith("stopped", { kind: "stopped-by-user" }, stoppedAt);
  if (pane === undefined && runtime.exitCode === undefined && evidence.processes.length > 0) {
    return statusWith("error", outOfReach(evidence), undefined);
  }
  if (pane === undefined || pane.dead || runtime.exitCode !== undefined) return ended(evidence);
  if (runtime.phase !== undefined && runtime.pid === undefined) {
    return statusWith("setup", { kind: "setup", step: runtime.phase.step }, writtenAt(files, "phase"));
  }
  return running(evidence);
}

/** Why an agent that runs cannot be found in tmux. */
function outOfReach({ entry, processes }: Evidence): StatusDetail {
  const [first] = processes;
  const mend = first === undefined ? undefined : lineForLostSocket(first.pid, entry.socket);
  return mend === undefined ? { kind: "session-gone", running: true } : { kind: "socket-gone", mend };
}

/** A status with its words. */
export function statusWith(word: StatusWord, detail: StatusDetail | undefined, since: Date | undefined): AgentStatus {
  return { word, detail, reason: detail === undefined ? undefined : wordsOf(detail), since };
}

function ended({ files, runtime, pane, entry }: Evidence): AgentStatus {
  const refusedAt = writtenAt(files, "uncapped");
  if (refusedAt !== undefined) return statusWith("failed", { kind: "uncapped" }, refusedAt);
  // A kill that could not remove its worktree has ended it all the same.
  const endedAt = writtenAt(files, "endedByUs");
  if (endedAt !== undefined) return statusWith("stopped", { kind: "stopped-by-user" }, endedAt);
  const memory = outOfMemory(entry, files);
  if (memory !== undefined && runtime.exitCode !== 0) {
    return statusWith("error", memory, writtenAt(files, "exit") ?? writtenAt(files, "pid"));
  }
  if (runtime.exitCode !== undefined) {
    return statusWith("exited", endOf(runtime.exitCode, files), writtenAt(files, "exit"));
  }
  if (pane === undefined) return statusWith("stopped", { kind: "session-gone", running: false }, undefined);
  const { exitCode: code, exitSignal: signal } = pane;
  const detail = { kind: "launcher-ended" as const, code, signal, started: runtime.pid !== undefined };
  return statusWith("exited", detail, writtenAt(files, "pid") ?? new Date(entry.created_at));
}

/** A code above 128 is that of a signal, which is what the end of a slice brings. */
function endOf(code: number, files: AgentFiles): StatusDetail {
  return { kind: code > 128 && lostItsSlice(files) ? "slice-stopped" : "exited", code };
}

function running({ entry, files, runtime, pane, processes, adapter, environment, screen }: Evidence): AgentStatus {
  const agent = agentProcess(entry, processes, runtime.pid);
  if (agent === undefined && runtime.pid !== undefined && pane !== undefined && isTaken(pane, files)) {
    return statusWith("exited", { kind: "pane-taken" }, undefined);
  }
  if (agent === undefined || pane === undefined) {
    return statusWith("starting", undefined, new Date(entry.created_at));
  }
  if (adapter === undefined) return statusWith("unknown", { kind: "not-configured", agent: entry.agent }, undefined);
  const signals: AgentSignals = {
    pid: isIsolated(entry.sandbox) ? innerProcessId(agent.pid) : agent.pid,
    processStart: agent.start,
    title: pane.title,
    screen,
    event: readEvent(files, entry),
    place: placeOf(entry, files, environment),
  };
  const { activity, reason, detail, since, hasBegun }: AgentState = adapter.state(signals);
  const noted = activity === "idle" ? writtenAt(files, "overBudget") : undefined;
  if (noted !== undefined) {
    const text = (readTextIfExists(files.overBudget) ?? "").trim();
    return statusWith("error", { kind: "over-budget", text }, noted);
  }
  if (hasBegun === true) noteBegun(files, adapter, signals.place, since);
  if (activity === "idle" && hasYetToBegin(files, adapter, signals.place)) {
    return statusWith("starting", undefined, new Date(entry.created_at));
  }
  const memory = activity === "idle" ? outOfMemory(entry, files) : undefined;
  if (memory !== undefined) return statusWith("error", memory, since);
  return statusWith(activity, detail ?? toldDetail(activity, reason), since);
}

/** Whether what tmux runs in the pane of an agent is not its launcher. */
function isTaken({ pid }: Pane, { launcher }: AgentFiles): boolean {
  const words = argumentsOf(pid) ?? [];
  return words.length > 0 && !words.includes(launcher);
}

/** That the memory of an agent was used up since its last prompt. Only the biggest of its processes dies of that. */
function outOfMemory({ sandbox }: AgentEntry, files: AgentFiles): StatusDetail | undefined {
  const limit = sandbox?.memory_limit;
  if (limit === undefined) return undefined;
  return isOutOfMemory(files) ? { kind: "out-of-memory", limit } : undefined;
}

function toldDetail(activity: Activity, text: string | undefined): StatusDetail | undefined {
  if (text === undefined) return undefined;
  return activity === "waiting" ? { kind: "question", text, choices: [] } : { kind: "told", text };
}
