import { type GitPlace, git, tryGit } from "./command.ts";

/**
 * Which of these objects git still has but nothing holds any more: commits that cannot be reached from any ref or HEAD, and what is no commit, as
 * a tag with a message, which only its own ref could hold. Refs like `passing` hold nothing. Where git does not say what is held, all that it has.
 */
export async function unheldObjects(
  place: GitPlace,
  objects: readonly string[],
  passing: string,
): Promise<ReadonlySet<string>> {
  const kinds = await git(place, ["cat-file", "--batch-check"], { input: lines(objects) });
  const found = [...kinds.matchAll(/^([0-9a-f]+) (\w+) \d+$/gm)];
  const [commits, others] = [true, false].map((isCommit) =>
    found.filter(([, , kind]) => (kind === "commit") === isCommit).map(([, object = ""]) => object),
  ) as [string[], string[]];
  if (commits.length === 0) return new Set(others);
  // A ref that leads nowhere is no reason not to look at the others.
  const reachable = ["rev-list", "--ignore-missing", "--stdin", "--not", `--exclude=${passing}`, "--all"];
  const reached = await tryGit(place, reachable, { input: lines(commits) });
  const unheld = new Set(reached.exitCode === 0 ? reached.stdout.split("\n") : commits);
  return new Set([...others, ...commits.filter((commit) => unheld.has(commit))]);
}

function lines(objects: readonly string[]): string {
  return objects.map((object) => `${object}\n`).join("");
}
