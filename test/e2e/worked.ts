import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentEnding, agentEntry } from "../helpers/samples.ts";
import { type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { append } from "../unit/fleet/cost/usage-home.ts";

/** An agent of Claude Code, and the rows of its conversation. */
export interface Planted {
  readonly id: string;
  readonly branch: string;
  /** The name of its worktree: the branch, unless given. */
  readonly directory?: string;
  readonly batch?: string;
  readonly killed?: boolean;
  readonly rows: readonly unknown[];
}

/** The id of the conversation of an agent. */
export function session(id: string): string {
  return `00000000-0000-4000-8000-0000${id}`;
}

/** A user whose agents, all of Claude Code, have worked and end without a trace of fleet's own being needed: only files are looked at. */
export async function worked(
  agents: readonly Planted[],
  repository?: string,
): Promise<{ box: Sandbox; at: { cwd: string } }> {
  const box = await sandbox();
  const { path: repo } = await box.repository(repository);
  const home = join(box.home, ".ai_fleet");
  const entries = agents.map(({ id, branch, directory = branch, batch = "auth", killed = false, rows }) => {
    const worktree = join(home, "worktrees", directory);
    const entry = agentEntry({
      id,
      branch,
      batch_id: batch,
      worktree,
      repo,
      agent: "claude",
      agent_session: session(id),
    });
    mkdirSync(join(home, "agents", id), { recursive: true, mode: 0o700 });
    writeFileSync(join(home, "agents", id, "record.json"), JSON.stringify(entry));
    if (killed) writeFileSync(join(home, "agents", id, "ending.json"), JSON.stringify(agentEnding()));
    const folder = join(box.home, ".claude/projects", worktree.replace(/[^A-Za-z0-9]/g, "-"));
    append(join(folder, `${session(id)}.jsonl`), rows);
    return { entry, killed };
  });
  const live = entries.filter(({ killed }) => !killed).map(({ entry }) => entry);
  writeFileSync(join(home, "state.json"), JSON.stringify(live));
  box.env.TZ = "UTC";
  return { box, at: { cwd: repo } };
}
