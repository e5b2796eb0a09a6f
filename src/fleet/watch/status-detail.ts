import type { AgentDetail } from "../../agents/adapter.ts";

/** What a status consists of, for whoever decides by it. */
export type StatusDetail =
  | AgentDetail
  /** Its setup is at this command, counted from 1; 0 while it waits for other setups. */
  | { readonly kind: "setup"; readonly step: number }
  | { readonly kind: "setup-failed"; readonly step: number; readonly code: number; readonly timedOut: boolean }
  /** The agent itself ended; a signal that ended it is in the code, as shells have it. */
  | { readonly kind: "exited"; readonly code: number }
  /** Somebody else ended the slice of systemd that it was in. */
  | { readonly kind: "slice-stopped"; readonly code: number }
  /** Its launcher ended, and the agent with it or before it began. */
  | {
      readonly kind: "launcher-ended";
      readonly code: number | undefined;
      readonly signal: number | undefined;
      readonly started: boolean;
    }
  /** The user had tmux start something else in its pane (`respawn-pane`). */
  | { readonly kind: "pane-taken" }
  | { readonly kind: "stopped-by-user" }
  /** It was ended at its start: the kernel did not keep it to its caps. */
  | { readonly kind: "uncapped" }
  | { readonly kind: "session-gone"; readonly running: boolean }
  /** The agent runs in its session, but the socket of the server was deleted: this line has it made again. */
  | { readonly kind: "socket-gone"; readonly mend: string }
  | { readonly kind: "not-configured"; readonly agent: string }
  | { readonly kind: "over-budget"; readonly text: string }
  /** The kernel ended it, or something that it ran, since its memory was used up. */
  | { readonly kind: "out-of-memory"; readonly limit: string };

/** Words it for people: the only place that does. */
export function wordsOf(detail: StatusDetail): string {
  switch (detail.kind) {
    case "setup":
      return detail.step === 0 ? "waits for other setups (setup_parallel)" : `command ${detail.step}`;
    case "setup-failed":
      return `setup command ${detail.step} ${detail.timedOut ? "took too long" : `exited ${detail.code}`}`;
    case "exited":
      return `code ${detail.code}`;
    case "slice-stopped":
      return `code ${detail.code}, its slice of systemd was stopped`;
    case "launcher-ended": {
      const how = detail.signal === undefined ? `code ${detail.code ?? "unknown"}` : `signal ${detail.signal}`;
      return `${how}, ${detail.started ? "with its launcher" : "before it started"}`;
    }
    case "pane-taken":
      return "something else was started in its tmux pane";
    case "stopped-by-user":
      return "by you";
    case "uncapped":
      return "not kept to its caps, so it was ended";
    case "session-gone":
      return detail.running ? "its tmux session is gone, but it still runs" : "its tmux session is gone";
    case "socket-gone":
      return `it runs, but the socket of its tmux server was deleted; to make that again, run ${detail.mend}`;
    case "not-configured":
      return `the configuration has no agent ${detail.agent} any more`;
    case "out-of-memory":
      return `out of memory (limit ${detail.limit})`;
    case "question":
    case "failure":
    case "told":
    case "over-budget":
      return detail.text;
  }
}

/** It for programs, as the JSON of an agent has it. */
export function detailAsJson(
  detail: StatusDetail | undefined,
): ({ readonly kind: string } & Record<string, unknown>) | null {
  if (detail === undefined) return null;
  const { kind } = detail;
  switch (kind) {
    case "setup":
      return { kind, step: detail.step };
    case "setup-failed":
      return { kind, step: detail.step, exit_code: detail.code, timed_out: detail.timedOut };
    case "exited":
    case "slice-stopped":
      return { kind, exit_code: detail.code };
    case "launcher-ended":
      return { kind, exit_code: detail.code ?? null, signal: detail.signal ?? null, started: detail.started };
    case "pane-taken":
    case "stopped-by-user":
    case "uncapped":
      return { kind };
    case "session-gone":
      return { kind, running: detail.running };
    case "socket-gone":
      return { kind, mend: detail.mend };
    case "out-of-memory":
      return { kind, limit: detail.limit };
    case "not-configured":
      return { kind, agent: detail.agent };
    case "question":
      return { kind, text: detail.text, choices: detail.choices };
    case "failure":
      return {
        kind,
        text: detail.text,
        cause: detail.cause ?? null,
        http_status: detail.httpStatus ?? null,
        again_at: detail.again === undefined ? null : `${detail.again.toISOString().slice(0, 19)}Z`,
        retrying: detail.retrying,
      };
    case "told":
    case "over-budget":
      return { kind, text: detail.text };
  }
}
