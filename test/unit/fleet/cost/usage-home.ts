import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Tokens } from "../../../../src/agents/usage.ts";
import { addTokens, noTokens } from "../../../../src/agents/usage.ts";
import type { LoadedConfig } from "../../../../src/config/load.ts";
import { type AgentUsage, usageOf } from "../../../../src/fleet/cost/ledger.ts";
import type { AgentEntry } from "../../../../src/state/entry.ts";
import { temporaryFolder } from "../../../helpers/folder.ts";
import { agentEntry, configuration } from "../../../helpers/samples.ts";

export const session = "11111111-1111-4111-8111-111111111111";
export const started = Date.parse("2025-05-31T23:05:00Z");

/** A home in which an agent has worked since `started`. */
export class UsageHome {
  readonly home = temporaryFolder();
  readonly entry: AgentEntry;

  constructor(agent: string, different: Partial<AgentEntry> = {}) {
    this.entry = agentEntry({ agent, agent_session: agent === "claude" ? session : null, ...different });
    mkdirSync(join(this.home, "agents", this.entry.id), { recursive: true });
  }

  get fleet() {
    const config = configuration({
      agents_root: join(this.home, "agents"),
      state_file: join(this.home, "state.json"),
    });
    const settings = { config, file: join(this.home, "config.toml") } as LoadedConfig;
    return { settings, environment: { HOME: this.home } };
  }

  /** What is found now. */
  look(entry = this.entry): AgentUsage {
    return usageOf(this.fleet, entry);
  }

  /** What is found now, in all. */
  tokens(): Tokens {
    return this.look().groups.reduce((sum, { tokens }) => addTokens(sum, tokens), noTokens);
  }

  replies(): number {
    return this.look().groups.reduce((sum, { replies }) => sum + replies, 0);
  }

  /** Appends rows to the file of a conversation of Claude Code, or of an agent in it. */
  claude(rows: readonly unknown[], id = session, inner?: string): void {
    const folder = join(this.home, ".claude/projects", this.entry.worktree.replace(/[^A-Za-z0-9]/g, "-"));
    append(join(folder, inner === undefined ? `${id}.jsonl` : `${id}/subagents/agent-${inner}.jsonl`), rows);
  }

  codex(rows: readonly unknown[], id = "01a20d76-5f0e-7483-8963-9a36f1537e61"): void {
    append(join(this.home, ".codex/sessions/2025/06/01", `rollout-2025-06-01T01-00-00-${id}.jsonl`), rows);
  }
}

/** Appends a JSON value a line; a string as it is, without a line end. */
export function append(file: string, rows: readonly unknown[]): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, rows.map((row) => (typeof row === "string" ? row : `${JSON.stringify(row)}\n`)).join(""));
}

/** The moment of something that happened so many seconds after the start. */
export function after(seconds: number): string {
  return new Date(started + seconds * 1000).toISOString();
}

interface Used {
  readonly input?: number;
  readonly output?: number;
  readonly read?: number;
  readonly written?: number;
  readonly hour?: number;
}

/** A row of an answer, as Claude Code 2.1.330 writes it. */
export function claudeRow(
  id: string,
  seconds: number,
  used: Used,
  { model = "claude-opus-5-5", ...different }: Readonly<Record<string, unknown>> = {},
) {
  const usage = {
    input_tokens: used.input ?? 0,
    output_tokens: used.output ?? 0,
    cache_read_input_tokens: used.read ?? 0,
    cache_creation_input_tokens: used.written ?? 0,
    cache_creation: {
      ephemeral_5m_input_tokens: (used.written ?? 0) - (used.hour ?? 0),
      ephemeral_1h_input_tokens: used.hour ?? 0,
    },
  };
  const message = { id, role: "assistant", model, usage };
  return { type: "assistant", message, timestamp: after(seconds), cwd: agentEntry().worktree, ...different };
}

/** The row that sums up a session. */
export function claudeTotal(used: Used, model = "claude-opus-5-5") {
  const sum = {
    inputTokens: used.input ?? 0,
    outputTokens: used.output ?? 0,
    cacheReadInputTokens: used.read ?? 0,
    cacheCreationInputTokens: used.written ?? 0,
    cacheCreationEphemeral1hInputTokens: used.hour ?? 0,
  };
  return { type: "cost-state", startTime: started, modelUsage: { [model]: sum } };
}
