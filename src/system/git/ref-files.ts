import { statSync } from "node:fs";
import { join } from "node:path";
import { readTextIfExists } from "../files.ts";

/** Names that git could not have made. */
const oddName = /^\/|\/\/|\.\.|[\s\x00-\x1f\x7f~^:?*[\\]|@\{|(?:\.lock|[./])(?:\/|$)|(?:^|\/)\./;
const commitName = /^[0-9a-f]{40}\n?$/;
const noCommit = /^0+\n?$/;
/** More is sooner searched by git, which need not read all of it. */
const largestPacked = 8_000_000;

/**
 * The commit that a local branch is at, read from git's own files: `absent` when there is no such branch, `unreadable` when only git can tell.
 * Only for repositories that keep refs in files, with names of 40 digits. As git does, it looks at what is packed after it did not find the branch
 * on its own: whoever packs it does that in the other order.
 */
export function commitOfBranch(commonDirectory: string, branch: string): string {
  if (oddName.test(branch)) return "unreadable";
  const loose = join(commonDirectory, "refs/heads", branch);
  const stat = statSync(loose, { throwIfNoEntry: false });
  const text = stat?.isFile() === true ? readTextIfExists(loose) : undefined;
  if (text === undefined) return packedCommit(commonDirectory, branch);
  return commitName.test(text) && !noCommit.test(text) ? text.trimEnd() : "unreadable";
}

function packedCommit(commonDirectory: string, branch: string): string {
  const file = join(commonDirectory, "packed-refs");
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largestPacked) return "unreadable";
  const text = readTextIfExists(file) ?? "";
  const at = text.indexOf(` refs/heads/${branch}\n`);
  if (at < 0) return "absent";
  const commit = text.slice(Math.max(0, at - 40), at);
  const isLine = at === 40 || text[at - 41] === "\n";
  return isLine && commitName.test(commit) && !noCommit.test(commit) ? commit : "unreadable";
}
