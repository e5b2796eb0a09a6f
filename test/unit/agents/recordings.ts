import { Database } from "bun:sqlite";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AgentSignals, TranscriptPlace } from "../../../src/agents/adapter.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { placeOf, signalsOf } from "./samples.ts";

export type Recorded = "claude" | "codex" | "gemini" | "opencode";

/** What the real agents wrote, with shortened rows, of an agent in the worktree of `placeOf`; where each keeps it in its home. */
const recordings = {
  claude: { folder: "claude-2.1.330", in: ".claude/projects/-home-me--ai-fleet-worktrees-fix-42" },
  codex: { folder: "codex-0.169.0", in: ".codex/sessions/2026/11/24" },
  gemini: { folder: "gemini-0.61.0", in: ".gemini/tmp/fix-42/chats" },
  opencode: { folder: "opencode-1.18.33", in: ".local/share/opencode" },
} as const;

const session = "00000000-0000-4000-8000-000000000000";

/** The rows of a recording. */
export function rowsOf(agent: Recorded, name: string): string {
  return readFileSync(join("test/fixtures/agents", recordings[agent].folder, `${name}.jsonl`), "utf8");
}

/** A home in which the transcript of an agent holds these rows. */
export function homeWith(agent: "claude" | "codex" | "gemini", rows: string): string {
  const home = temporaryFolder();
  const names = {
    claude: `${session}.jsonl`,
    codex: "rollout-2026-11-24T12-09-51-01a20d76-5f0e-7483-8963-9a36f1537e61.jsonl",
    gemini: "session-2026-11-24T12-11-0b79002e.jsonl",
  };
  write(join(home, recordings[agent].in, names[agent]), rows);
  if (agent === "gemini") {
    write(join(home, ".gemini/projects.json"), JSON.stringify({ projects: { [placeOf().worktree]: "fix-42" } }));
  }
  return home;
}

/** A home in which the database of opencode holds a recording. */
export function opencodeHome(name: string): string {
  const home = temporaryFolder();
  const file = join("test/fixtures/agents", recordings.opencode.folder, `${name}.json`);
  const tables = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, Record<string, unknown>[]>>;
  const database = join(home, recordings.opencode.in, "opencode.db");
  mkdirSync(dirname(database), { recursive: true });
  using db = new Database(database);
  for (const [table, rows] of Object.entries(tables)) {
    const columns = Object.keys(rows[0] ?? {});
    db.run(`CREATE TABLE ${table} (${columns.join(", ")})`);
    const insert = db.query(`INSERT INTO ${table} VALUES (${columns.map(() => "?").join(", ")})`);
    for (const row of rows) insert.run(...Object.values(row).map(columnValue));
  }
  return home;
}

function columnValue(value: unknown): string | number | null {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : (value as string | number | null);
}

export function placeIn(home: string): TranscriptPlace {
  return placeOf({ agentSession: session, environment: { HOME: home } });
}

/** What is seen of an agent whose own signs say that it is idle. */
export function idleIn(agent: Recorded, home: string): AgentSignals {
  const titles = { claude: "✳ fix-42", codex: "fix-42", gemini: "◇  Ready (fix-42)", opencode: "OC | fix-42" };
  if (agent === "claude") {
    const published = { pid: 1, status: "idle", statusUpdatedAt: 1_795_522_104_725, procStart: "1" };
    write(join(home, ".claude/sessions/1.json"), JSON.stringify(published));
  }
  const screen = agent === "opencode" ? "  Build · mock-1\n  ctrl+p commands" : "";
  return signalsOf({ title: titles[agent], screen, place: placeIn(home) });
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
