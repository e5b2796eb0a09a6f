import { type GitPlace, git } from "./command.ts";

/** Nothing of the user's or the repository's configuration may change how a diff reads, or run anything to make it. */
const plain = [
  ...["--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--submodule=short", "--unified=0"],
  ...["--src-prefix=a/", "--dst-prefix=b/"],
];

/**
 * The lines that commits add, by file: of those that `head` has and neither `base` nor any branch of the remote. What one of them takes
 * away again is among them, for it stays in the history. Binary files are not looked into. Throws FleetError `failed` with git's words.
 */
export async function linesAdded(
  place: GitPlace,
  { head, base, remote }: { readonly head: string; readonly base: string; readonly remote: string },
): Promise<ReadonlyMap<string, string>> {
  const range = [head, `^${base}`, "--not", `--remotes=${remote}`];
  return parseAdded(
    await git(place, [
      "-c",
      "core.quotePath=false",
      "log",
      "--format=",
      "--patch",
      "--diff-merges=off",
      ...plain,
      ...range,
    ]),
  );
}

/** Reads what `git log --patch --unified=0` prints. A hunk says how many lines it has, so that no line of a file is taken for a heading. */
function parseAdded(patch: string): ReadonlyMap<string, string> {
  const added = new Map<string, string>();
  let file = "";
  let left = 0;
  for (const line of patch.split("\n")) {
    if (left > 0) {
      // `\ No newline at end of file` stands between them, and is none of them.
      if (!line.startsWith("\\")) left -= 1;
      if (line.startsWith("+")) added.set(file, `${added.get(file) ?? ""}${line.slice(1)}\n`);
      continue;
    }
    file = /^\+\+\+ "?b\/(.*?)"?\t?$/.exec(line)?.[1] ?? file;
    left = linesOfHunk(line);
  }
  return added;
}

/** How many lines follow a line that heads a hunk; none follow any other. */
function linesOfHunk(line: string): number {
  const [heading, before = "1", after = "1"] = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line) ?? [];
  return heading === undefined ? 0 : Number(before) + Number(after);
}
