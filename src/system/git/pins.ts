import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isFile, isRealDirectory, readTextIfExists } from "../files.ts";
import { type GitPlace, git } from "./command.ts";

/** What is a repository of its own, in another form, or only of the place it is at. */
const namesNothing = /^(?:index|sharedindex|modules|objects|gitdir|commondir|locked|ai-fleet)/;
const objectName = /\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b/g;
const noObject = /^0+$/;

/**
 * Every object that git's own files of a worktree name, and the reflog of a branch: HEAD, what an operation in progress needs, the refs
 * that only this worktree has, and each commit that its reflogs remember. Objects that only these files name are gone at the next gc
 * after they have gone.
 */
export function objectsNamedBy(admins: readonly string[], branchLog: string): string[] {
  const texts = admins.filter(isRealDirectory).flatMap((admin) =>
    readdirSync(admin, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !namesNothing.test(path.slice(admin.length + 1)))
      .map((path) => readFileSync(path, "latin1")),
  );
  const named = [...texts, isFile(branchLog) ? (readTextIfExists(branchLog) ?? "") : ""].flatMap(
    (text) => text.match(objectName) ?? [],
  );
  return [...new Set(named)].filter((object) => !noObject.test(object));
}

/**
 * Of these objects the commits from which all others of them can be reached, without those that can be reached from `known`. What is no
 * commit, or is not there any more, is left out.
 */
export async function tipsAmong(
  place: GitPlace,
  objects: readonly string[],
  known: readonly string[],
): Promise<string[]> {
  const candidates = objects.filter((object) => !known.includes(object));
  if (candidates.length === 0) return [];
  const input = [...candidates, ...known.map((object) => `^${object}`)].map((line) => `${line}\n`).join("");
  const rows = (await git(place, ["rev-list", "--ignore-missing", "--parents", "--stdin"], { input })).split("\n");
  const commits = rows.filter(Boolean).map((row) => row.split(" "));
  const parents = new Set(commits.flatMap((row) => row.slice(1)));
  return commits.flatMap(([commit = ""]) => (parents.has(commit) ? [] : [commit]));
}
