import type { Repository } from "../../../system/git/repository.ts";
import { shellWord } from "../../../system/shell.ts";
import type { Fleet } from "../../fleet.ts";
import type { LeftOutside } from "../../worktree/left-outside.ts";

const namedRefs = 5;

/** Says what stays in a repository that was made there while agents lived, and how to see it. */
export function nameLeft(
  fleet: Fleet,
  { root }: Repository,
  { worktrees, branches, tags, stashes }: LeftOutside,
): void {
  const warn = (what: string, look: string) => {
    const text = `made in ${root} while it lived, and left alone: ${what}; to see more, run ${look}`;
    fleet.report({ kind: "warning", text });
  };
  for (const { path, branch } of worktrees) {
    const on = branch === undefined ? "" : `, on the branch ${branch}`;
    warn(`the worktree ${path}${on}`, `git -C ${shellWord(path)} status`);
  }
  const git = `git -C ${shellWord(root)}`;
  if (branches.length > 0) warn(fewNames("branch", "branches", branches), `${git} branch -v`);
  if (tags.length > 0) warn(fewNames("tag", "tags", tags), `${git} tag -n`);
  if (stashes.length > 0) warn(fewNames("stash", "stashes", stashes), `${git} stash list`);
}

function fewNames(one: string, many: string, names: readonly string[]): string {
  const named = names.slice(0, namedRefs).join(", ");
  const more = names.length > namedRefs ? ` and ${names.length - namedRefs} more` : "";
  return `the ${names.length === 1 ? one : many} ${named}${more}`;
}
