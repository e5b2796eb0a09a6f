import type { ShownAgent } from "../../../../src/api/agents.ts";
import { initialState, type ScreenState } from "../../../../src/commands/screen/state.ts";
import type { Step } from "../../../../src/commands/screen/step.ts";
import { type ScreenEvent, update } from "../../../../src/commands/screen/update.ts";
import type { StatusWord } from "../../../../src/fleet/watch/status.ts";
import type { Key, KeyName } from "../../../../src/output/keys.ts";

/** The moment at which all of these agents are looked at. */
export const now = Date.parse("2026-01-01T12:00:00Z");

interface Shown {
  readonly status?: StatusWord;
  readonly reason?: string;
  readonly batch?: string;
  readonly task?: string;
  readonly lastWords?: string;
}

/** An agent as a look shows it, made an hour ago. */
export function agent(branch: string, shown: Shown = {}): ShownAgent {
  const { status = "working", reason, batch = "batch", task = `task of ${branch}`, lastWords } = shown;
  return {
    entry: {
      v: 1,
      id: `id-${branch}`,
      branch,
      worktree: `/worktrees/${branch}`,
      session: `ai_${branch}`,
      pid: 1,
      batch_id: batch,
      agent: "claude",
      created_at: new Date(now - 3_600_000).toISOString(),
      repo: "/code/shop",
      base: "1a2b3c4",
      adopted: false,
      socket: "/tmp/socket",
      agent_session: null,
      prompt: task,
    },
    status: { word: status, detail: undefined, reason, since: new Date(now - 240_000) },
    pane: undefined,
    namesakes: [],
    processes: [],
    usage: { cpuPercent: 12, memoryBytes: 300_000_000, memoryPercent: 1 },
    ahead: 2,
    changes: { files: 3, added: 41, deleted: 7, at: new Date(now) },
    lastWords,
    task,
    pullRequest: undefined,
  };
}

/** A screen of this size that has seen these agents. */
export function screenOf(agents: readonly ShownAgent[], columns = 80, rows = 24): ScreenState {
  const state = initialState({ size: { columns, rows }, picks: false, grouped: false, everywhere: false });
  return update(state, { kind: "looked", agents, elsewhere: 0, remarks: [] }).state;
}

/** A screen after several events, and all that is to be done because of them. */
export function after(state: ScreenState, ...events: readonly ScreenEvent[]): Step {
  return events.reduce<Step>(
    (before, event) => {
      const next = update(before.state, event);
      return { state: next.state, effects: [...before.effects, ...next.effects] };
    },
    { state, effects: [] },
  );
}

const names: readonly string[] = [
  ...["up", "down", "left", "right", "home", "end", "page-up", "page-down"],
  ...["delete", "backspace", "enter", "new-line", "tab", "escape"],
];

/** Keys by their names, Ctrl-C as `ctrl-c`, and every other word as text. */
export function keys(...words: readonly string[]): ScreenEvent[] {
  return words.map((word): ScreenEvent => ({ kind: "key", key: keyOf(word) }));
}

function keyOf(word: string): Key {
  if (names.includes(word)) return { kind: "named", name: word as KeyName };
  if (word.startsWith("ctrl-")) return { kind: "control", letter: word.slice("ctrl-".length) };
  return { kind: "text", text: word };
}
