import { join } from "node:path";
import { exists, namesIn, readTextIfExists } from "../files.ts";
import type { Branch } from "./branches.ts";
import type { Repository } from "./repository.ts";
import { registeredPath } from "./worktrees.ts";

/** What git is in the middle of, by the files that say so; a rebase picks and merges on its way, so it comes first. */
const inProgress: readonly (readonly [string, readonly string[]])[] = [
  ["git am", ["rebase-apply/applying"]],
  ["rebase", ["rebase-merge", "rebase-apply", "REBASE_HEAD"]],
  ["merge", ["MERGE_HEAD"]],
  ["cherry-pick", ["CHERRY_PICK_HEAD"]],
  ["revert", ["REVERT_HEAD"]],
  ["cherry-pick or revert", ["sequencer"]],
  ["bisect", ["BISECT_LOG"]],
];

/** What git is in the middle of in the worktree that this is git's directory of: `rebase`; `undefined` when it is in the middle of nothing. */
export function operationInProgress(admin: string): string | undefined {
  return inProgress.find(([, files]) => files.some((file) => exists(join(admin, file))))?.[0];
}

/** Such an operation in a sentence: `a rebase`. `git am` is a command, the others are words for what is done. */
export function withArticle(operation: string): string {
  return operation.startsWith("git ") ? operation : `a ${operation}`;
}

/**
 * The git directory in which a branch is in the middle of a rebase; `undefined` when there is none. Git lists such a worktree as detached,
 * and at its end the rebase would put the branch back to where it was.
 */
export function rebasing(commonDirectory: string, branch: string): string | undefined {
  return gitDirectories(commonDirectory).find((admin) => rebasedIn(admin) === branch);
}

/**
 * The branches with which git is in the middle of a rebase or a bisect, each with the worktree where that is. Git lists those worktrees as
 * detached, and yet gives the branches to no other; who deletes one breaks what is in progress.
 */
export function branchesInProgress({ commonDirectory, root }: Repository): Map<string, string> {
  const found = gitDirectories(commonDirectory).flatMap((admin) => {
    const worktree = admin === commonDirectory ? root : (registeredPath(admin) ?? admin);
    return [rebasedIn(admin), firstLine(admin, "BISECT_START")].flatMap((branch) =>
      branch === undefined ? [] : [[branch, worktree] as const],
    );
  });
  return new Map(found);
}

/** The branches, of which those that git is in the middle of something with count as checked out where that is. */
export function withInProgress(repository: Repository, branches: ReadonlyMap<string, Branch>): Map<string, Branch> {
  const isFree = [...branches.values()].some(({ worktree }) => worktree === undefined);
  const places = isFree ? branchesInProgress(repository) : new Map<string, string>();
  return new Map(
    [...branches].map(([name, branch]) => [name, { ...branch, worktree: branch.worktree ?? places.get(name) }]),
  );
}

function rebasedIn(admin: string): string | undefined {
  const heads = ["rebase-merge", "rebase-apply"].map((state) => firstLine(admin, state, "head-name"));
  return heads.find((head) => head?.startsWith(branchRefs))?.slice(branchRefs.length);
}

const branchRefs = "refs/heads/";

/** That of the repository, and that of each of its worktrees. */
function gitDirectories(commonDirectory: string): string[] {
  const registrations = join(commonDirectory, "worktrees");
  return [commonDirectory, ...namesIn(registrations).map((name) => join(registrations, name))];
}

function firstLine(...path: readonly string[]): string | undefined {
  return readTextIfExists(join(...path))?.trim();
}
