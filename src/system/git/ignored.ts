import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { type GitPlace, gitFailure, tryGit } from "./command.ts";

/**
 * Those of the directories that git ignores as a whole, with all that may come to be in them. Paths are relative to the checkout, where
 * nothing is at them yet; their parents are made.
 */
export async function ignoredDirectories(place: GitPlace, paths: readonly string[]): Promise<ReadonlySet<string>> {
  // Of what is not there git cannot tell that it is a directory; asked about "build/" instead, it lets "build/*" match.
  for (const path of paths) mkdirSync(join(place.directory, path), { recursive: true });
  try {
    // A name may start with a colon, which means something to git unless "./" is before it.
    const input = paths.map((path) => `./${path}\0`).join("");
    const result = await tryGit(place, ["check-ignore", "-z", "--stdin"], { input });
    // 1: none of them.
    if (result.exitCode > 1) throw gitFailure(result);
    const ignored = result.stdout.split("\0").filter(Boolean);
    return new Set(ignored.map((path) => path.slice(2)));
  } finally {
    for (const path of paths.toSorted().toReversed()) rmdirSync(join(place.directory, path));
  }
}
