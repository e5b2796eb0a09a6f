import { join } from "node:path";
import { FleetError } from "../../errors.ts";
import type { Finished } from "../exec.ts";
import { exists, isRealDirectory } from "../files.ts";
import { pathLine } from "../path-line.ts";
import { shellWord } from "../shell.ts";
import { tipsOf } from "./branches.ts";
import { type GitPlace, git, tryGit } from "./command.ts";

/** Hooks of the user that take longer than this hang. */
const bounded = { timeoutMilliseconds: 300_000 };

/** The user's own next commit packs what has to be packed: nobody waits for it here. */
const noHousekeeping = ["-c", "maintenance.auto=false"];

/** A branch that is to move, from exactly one commit to another that is built on it. */
export interface Advance {
  readonly branch: string;
  readonly from: string;
  readonly to: string;
  /** Where the branch is checked out, if anywhere. */
  readonly worktree: string | undefined;
}

/**
 * Moves a branch, and the checkout that it has with it: all of it or nothing. Work that is in no commit stays as it is. Says `moved` when
 * the branch was not where it should have been. Throws FleetError `failed` when something there would be lost, naming it.
 */
export async function advanceBranch(place: GitPlace, advance: Advance): Promise<"done" | "moved"> {
  const { branch, from, to, worktree } = advance;
  const ref = `refs/heads/${branch}`;
  if (worktree === undefined) {
    const result = await tryGit(place, ["update-ref", "-m", "fleet merge", ref, to, from], bounded);
    if (result.exitCode === 0) return "done";
    if ((await tipOf(place, ref)) !== from) return "moved";
    throw new FleetError("failed", `${branch} was not moved`, {
      output: result.stderr,
      hint: "to see where hooks are, run git rev-parse --git-path hooks",
    });
  }
  const there = { ...place, directory: worktree };
  const [tips, taken] = await Promise.all([tipsOf(place, [branch]), pathsInTheWay(there, advance)]);
  if (tips.get(branch) !== from) return "moved";
  requireFree(there, branch, taken);
  const result = await tryGit(there, [...noHousekeeping, "merge", "--quiet", "--ff-only", to], bounded);
  if (result.exitCode === 0) return "done";
  const tip = await tipOf(there, ref);
  if (tip !== from) return tip === to ? "done" : "moved";
  throw new FleetError("failed", `${branch} in ${worktree} ${whyNotMoved(result)}`, {
    output: result.stderr,
    hint: `to see it, run git -C ${shellWord(worktree)} status`,
  });
}

/** Git ends with 1 when it looked at the checkout and did not begin, and with 128 when a lock or a hook was against it. */
function whyNotMoved({ exitCode, timedOut }: Finished): string {
  if (timedOut) return "was not moved: a hook took too long";
  return exitCode === 1 ? "has unsaved work that this would change" : "was not moved: git refuses it";
}

/** Git refuses to overwrite what is untracked, but not what is ignored. */
async function pathsInTheWay(place: GitPlace, { from, to }: Advance): Promise<readonly string[]> {
  const text = await git(place, ["diff-tree", "-r", "-z", "--no-renames", "--diff-filter=A", "--name-only", from, to]);
  const ways = new Set(text.split("\0").filter(Boolean).flatMap(withParents));
  const there = [...ways].filter(
    (path) => exists(join(place.directory, path)) && !isRealDirectory(join(place.directory, path)),
  );
  if (there.length === 0) return [];
  const tracked = new Set((await git(place, ["ls-files", "-z"])).split("\0"));
  return there.filter((path) => !tracked.has(path));
}

function requireFree(place: GitPlace, branch: string, taken: readonly string[]): void {
  if (taken.length === 0) return;
  throw new FleetError("failed", `files in ${place.directory} that git does not know are in the way of ${branch}`, {
    output: taken.slice(0, 20).map(pathLine).join("\n"),
    hint: `to see them, run git -C ${shellWord(place.directory)} status --ignored`,
  });
}

/** `a/b/c`, and what it lies in: `a` and `a/b`. */
function withParents(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** The commit of a ref; `undefined` when there is none. */
export async function tipOf(place: GitPlace, ref: string): Promise<string | undefined> {
  const result = await tryGit(place, ["rev-parse", "--verify", "--quiet", ref]);
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}
