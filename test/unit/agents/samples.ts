import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { AgentSignals, StartRequest, TranscriptPlace } from "../../../src/agents/adapter.ts";

/** A request to start an agent in a worktree of `/code/project`. */
export function requestFor(different: Partial<StartRequest> = {}): StartRequest {
  return {
    program: "/usr/bin/agent",
    flags: [],
    repository: "/code/project",
    worktree: "/home/me/.ai_fleet/worktrees/fix-42",
    sessionId: "00000000-0000-4000-8000-000000000000",
    statusFile: "/home/me/.ai_fleet/agents/0a1b2c3d/status",
    notifier: undefined,
    trustNotes: "/dev/null/trust.json",
    givenFiles: [],
    environment: { HOME: "/home/me" },
    superuser: false,
    ...different,
  };
}

/** Where an agent that was started on 31 May 2025 keeps its transcript. */
export function placeOf(different: Partial<TranscriptPlace> = {}): TranscriptPlace {
  return {
    worktree: "/home/me/.ai_fleet/worktrees/fix-42",
    agentSession: null,
    startedAt: new Date("2025-05-31T12:00:00Z"),
    statusFile: "/home/me/.ai_fleet/agents/0a1b2c3d/status",
    environment: { HOME: "/home/me" },
    ...different,
  };
}

/** What is seen of an agent that runs, has no title and says nothing. */
export function signalsOf(different: Partial<AgentSignals> = {}): AgentSignals {
  return { pid: 1, processStart: "1", title: "", screen: "", event: undefined, place: placeOf(), ...different };
}

/** Writes a transcript of one JSON value a line; a string is written as it is, without a line end. */
export function writeRows(file: string, rows: readonly unknown[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, rows.map((row) => (typeof row === "string" ? row : `${JSON.stringify(row)}\n`)).join(""));
}
