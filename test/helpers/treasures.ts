import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Entry, registered } from "./agreement.ts";
import type { Repository } from "./repository.ts";
import type { Sandbox } from "./sandbox.ts";

/** A file of an agent that is in no commit. */
interface Treasure {
  readonly branch: string;
  readonly content: string;
}

/** By the id of the agent. */
export type Treasures = ReadonlyMap<string, Treasure>;

/** Puts a file that is in no commit into every worktree; returns what must be found again. */
export function hideTreasures(agents: readonly Entry[], occasion: string): Treasures {
  const treasures = new Map<string, Treasure>();
  for (const { id, branch, worktree } of agents) {
    if (!existsSync(join(worktree, ".git"))) continue;
    const content = `treasure of ${id} in ${occasion}\n`;
    writeFileSync(join(worktree, "treasure"), content);
    treasures.set(id, { branch, content });
  }
  return treasures;
}

/** Files that are neither where they were nor in what was saved nor, for those that may have been committed, on the branch. */
export async function lostTreasures(box: Sandbox, project: Repository, treasures: Treasures): Promise<string[]> {
  const agents = new Map(registered(box).map((agent) => [agent.id, agent]));
  const missing: string[] = [];
  for (const [id, { branch, content }] of treasures) {
    const worktree = agents.get(id)?.worktree;
    const file = worktree === undefined ? undefined : join(worktree, "treasure");
    const places =
      file !== undefined && existsSync(file)
        ? [readFileSync(file, "utf8")]
        : [await committed(project, `refs/fleet/saved/${id}`), await committed(project, `refs/heads/${branch}`)];
    if (!places.includes(content))
      missing.push(`${id}: ${JSON.stringify(places)} instead of ${JSON.stringify(content)}`);
  }
  return missing;
}

async function committed(project: Repository, ref: string): Promise<string> {
  return `${await project.git("show", `${ref}:treasure`).catch(() => "")}\n`;
}
