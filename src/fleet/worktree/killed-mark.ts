import { basename, dirname, join } from "node:path";
import { type EndedAgent, isEnding, type KeptAdmin } from "../../state/ending.ts";
import { isAgentEntry } from "../../state/entry.ts";
import { parsedJson } from "../../state/json.ts";
import { keptAdmin } from "../../state/places.ts";
import { exists, namesIn, readTextIfExists, removeTree, replaceFile } from "../../system/files.ts";
import type { Repository } from "../../system/git/repository.ts";
import { adminDirectory } from "../../system/git/worktrees.ts";
import { whileWritable } from "../../system/writable.ts";

/** What the reflog of the branch is called beside git's directory of the worktree. */
export const keptBranchLog = "ai-fleet-branch-log";

/**
 * In git's directory of a worktree that was killed, until it is back for good: a restore that died half-way is known by it. It says how the
 * agent ended, for when the agent's own files are gone.
 */
const killedMark = "ai-fleet-killed.json";

/** Writes down in git's directory of a worktree that it is about to be killed, and how its agent ended. */
export function markKilled(admin: string, killed: EndedAgent): void {
  whileWritable(admin, () => replaceFile(join(admin, killedMark), `${JSON.stringify(killed, null, 2)}\n`));
}

/** Whether git's directory of a worktree says that its agent was killed. */
export function isMarkedKilled(admin: string): boolean {
  return exists(join(admin, killedMark));
}

/**
 * The killed agents that live on in the trash of a repository, as they are written down there: also those whose own files are gone, or whose
 * repository has been moved since. Paths are those of where the repository is now.
 */
export function killedIn({ commonDirectory, root }: Pick<Repository, "commonDirectory" | "root">): EndedAgent[] {
  const trash = dirname(keptAdmin(commonDirectory, "any"));
  return namesIn(trash).flatMap((id) => {
    const killed = readKilled(join(trash, id), id);
    if (killed?.ending.admin == null) return [];
    const here = (kept: KeptAdmin): KeptAdmin => ({ ...kept, place: join(trash, basename(kept.place)) });
    const { entry, ending } = killed;
    const { admin, inner = [] } = { ...ending, admin: killed.ending.admin };
    return [{ entry: { ...entry, repo: root }, ending: { ...ending, admin: here(admin), inner: inner.map(here) } }];
  });
}

/** The killed agent whose worktree lives on at this path, as git's directory of the worktree says. */
export function killedAt(tree: string): EndedAgent | undefined {
  const admin = adminDirectory(tree);
  const killed = admin === undefined ? undefined : readKilled(admin, basename(admin));
  return killed?.ending.tree === tree ? killed : undefined;
}

function readKilled(admin: string, id: string): EndedAgent | undefined {
  const value = parsedJson(readTextIfExists(join(admin, killedMark)) ?? "");
  const { entry, ending } = (typeof value === "object" && value !== null ? value : {}) as Partial<EndedAgent>;
  return isAgentEntry(entry) && entry.id === id && isEnding(ending, id) ? { entry, ending } : undefined;
}

/** Takes away what only a killed worktree has. */
export function forgetKill(worktree: string): void {
  const admin = adminDirectory(worktree);
  if (admin === undefined) return;
  for (const name of [killedMark, keptBranchLog]) removeTree(join(admin, name));
}
