import { join } from "node:path";
import type { AgentEntry } from "../../state/entry.ts";
import { readMark } from "../../state/marks.ts";
import { exists, isRealDirectory, namesIn } from "../../system/files.ts";
import { replacedLink } from "../../system/git/replaced-link.ts";
import { adminDirectory, registeredPath } from "../../system/git/worktrees.ts";

/**
 * What is not there of an agent's worktree and repository, or of the link between them, and why, as far as files tell; `undefined` while
 * both are. No git is asked.
 */
export function absenceOf({ id, repo, worktree }: AgentEntry): string | undefined {
  const isThere = exists(worktree);
  if (!exists(repo))
    return isThere ? `its repository is not at ${repo}` : "its worktree and its repository are not there";
  if (isThere) {
    const isReplaced = replacedLink(worktree, repo) !== undefined;
    return isReplaced ? "its worktree has a repository of its own (fleet list --repair)" : undefined;
  }
  const places = registeredPlaces(repo, id);
  const [there] = places.filter(isRealDirectory);
  if (there !== undefined) return `its worktree is at ${there} now`;
  return places.length === 0 ? "its worktree was removed" : "its worktree was deleted or moved, or is not mounted";
}

/** Where git has the worktree that bears the mark of an agent. */
function registeredPlaces(repo: string, id: string): string[] {
  const commonDirectories = [join(repo, ".git"), adminDirectory(repo), repo].filter((path) => path !== undefined);
  return commonDirectories
    .flatMap((common) => namesIn(join(common, "worktrees")).map((name) => join(common, "worktrees", name)))
    .filter((admin) => readMark(admin)?.id === id)
    .flatMap((admin) => registeredPath(admin) ?? []);
}
