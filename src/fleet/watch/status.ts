import { statSync } from "node:fs";
import type { Activity, AgentAdapter, AgentSignals, AgentState } from "../../agents/adapter.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { AgentFiles } from "../../state/places.ts";
import type { Environment } from "../../system/environment.ts";
import { exists, readTextIfExists } from "../../system/files.ts";
import type { ProcessInfo } from "../../system/processes/process.ts";
import type { Pane } from "../../system/tmux/panes.ts";
import { type Runtime, readEvent } from "./runtime.ts";
import { placeOf } from "./transcript.ts";

/** What an agent is doing, or how it ended. */
export type StatusWord = Activity | "setup" | "failed" | "exited" | "stopped";

export interface AgentStatus {
  readonly word: StatusWord;
  /** The question it asks, what went wrong, or why nothing runs. */
  readonly reason: string | undefined;
  /** When it began; `undefined` when nothing tells. */
  readonly since: Date | undefined;
}

/** Every status, those first in which an agent needs the user. */
export const statusWords: readonly StatusWord[] = [
  ...(["waiting", "error", "failed", "exited"] as const),
  ...(["unknown", "setup", "starting", "working", "idle", "stopped"] as const),
];

/** Whether an agent in this status does not go on without the user, though it has not finished its turn. */
export function needsUser(status: AgentStatus): boolean {
  return statusWords.indexOf(status.word) < statusWords.indexOf("unknown");
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
    const how = timedOut ? "took too long" : `exited ${code}`;
    return { word: "failed", reason: `setup command ${step} ${how}`, since: changedAt(files.phase) };
  }
  if (exists(files.stopped)) return { word: "stopped", reason: "by you", since: changedAt(files.stopped) };
  if (pane === undefined && runtime.exitCode === undefined && evidence.processes.length > 0) {
    return { word: "error", reason: "its tmux session is gone, but it still runs", since: undefined };
  }
  if (pane === undefined || pane.dead || runtime.exitCode !== undefined) return ended(evidence);
  if (runtime.phase !== undefined && runtime.pid === undefined) {
    const { step } = runtime.phase;
    const reason = step === 0 ? "waits for other setups (setup_parallel)" : `command ${step}`;
    return { word: "setup", reason, since: changedAt(files.phase) };
  }
  return running(evidence);
}

function ended({ files, runtime, pane, entry }: Evidence): AgentStatus {
  // A kill that could not remove its worktree has ended it all the same.
  if (exists(files.endedByUs)) return { word: "stopped", reason: "by you", since: changedAt(files.endedByUs) };
  if (runtime.exitCode !== undefined) {
    return { word: "exited", reason: `code ${runtime.exitCode}`, since: changedAt(files.exit) };
  }
  if (pane === undefined) {
    return { word: "stopped", reason: "its tmux session is gone", since: undefined };
  }
  const how = pane.exitSignal === undefined ? `code ${pane.exitCode ?? "unknown"}` : `signal ${pane.exitSignal}`;
  const what = runtime.pid === undefined ? "before it started" : "with its launcher";
  return { word: "exited", reason: `${how}, ${what}`, since: changedAt(files.pid) ?? new Date(entry.created_at) };
}

function running({ entry, files, runtime, pane, processes, adapter, environment, screen }: Evidence): AgentStatus {
  const agent = processes.find(({ pid }) => pid === runtime.pid);
  if (agent === undefined || pane === undefined) {
    return { word: "starting", reason: undefined, since: new Date(entry.created_at) };
  }
  if (adapter === undefined) {
    return { word: "unknown", reason: `the configuration has no agent ${entry.agent} any more`, since: undefined };
  }
  const signals: AgentSignals = {
    pid: agent.pid,
    processStart: agent.start,
    title: pane.title,
    screen,
    event: readEvent(files),
    place: placeOf(entry, files, environment),
  };
  const state: AgentState = adapter.state(signals);
  const overBudget = state.activity === "idle" ? readTextIfExists(files.overBudget) : undefined;
  if (overBudget !== undefined) {
    return { word: "error", reason: overBudget.trim(), since: changedAt(files.overBudget) };
  }
  return { word: state.activity, reason: state.reason, since: state.since };
}

function changedAt(path: string): Date | undefined {
  return exists(path) ? statSync(path).mtime : undefined;
}
