import { join } from "node:path";
import { exists, isRealDirectory } from "../files.ts";
import { shellWord } from "../shell.ts";

/** A worktree in which a repository of its own, as `git init` makes one, is in place of the file that names the one it is of. */
export interface ReplacedLink {
  readonly why: string;
  /** The line that connects it again, and keeps the other repository beside it. */
  readonly mend: string;
}

/**
 * Whether that is so in a worktree of a repository; `undefined` when it is not. Git makes the file anew only where nothing is in its place
 * (git-worktree(1), "repair").
 */
export function replacedLink(worktree: string, repository: string): ReplacedLink | undefined {
  const own = join(worktree, ".git");
  if (!isRealDirectory(worktree) || !isRealDirectory(own)) return undefined;
  return {
    why: `${worktree} has a repository of its own in place of its link to ${repository}`,
    mend: `mv ${shellWord(own)} ${shellWord(free(`${own}.own`))} && git -C ${shellWord(repository)} worktree repair`,
  };
}

/** The path, with a number behind it where something is there: `mv` would move into it. */
function free(path: string): string {
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? path : `${path}-${count}`;
    if (!exists(candidate)) return candidate;
  }
}
