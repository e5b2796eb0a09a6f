import { existsWithin } from "../../system/files.ts";
import { type GitPlace, git } from "../../system/git/command.ts";
import type { Repository } from "../../system/git/repository.ts";
import type { ChangedPath } from "../../system/git/status.ts";
import { hiddenCopies, readCopies } from "./credentials/note.ts";

/**
 * Files of the agent's own that nothing but our own block in `info/exclude` hides: it is there for copies that other worktrees were
 * given.
 */
export async function hiddenByUs(repository: Repository, place: GitPlace, admin: string): Promise<ChangedPath[]> {
  const given = new Set(readCopies(admin).copied);
  const candidates = [...new Set(hiddenCopies(repository))].filter(
    (path) => !given.has(path) && existsWithin(place.directory, path),
  );
  if (candidates.length === 0) return [];
  const literal = candidates.map((path) => `:(top,literal)${path}`);
  const listed = await git(place, ["ls-files", "--others", "-z", "--", ...literal]);
  return listed
    .split("\0")
    .filter(Boolean)
    .map((path) => ({ path, untracked: true, staged: [], unholdable: false, absent: false }));
}
