import { type GitPlace, git, tryGit, withoutHooks } from "./command.ts";

/** A name of a branch that is spoken for, and what was noted with it. */
export interface ReservedName {
  readonly branch: string;
  /** The object that the note is. */
  readonly note: string;
}

const root = "refs/fleet/names/";

/** Writes a note into a repository that names can be reserved with, and returns its object. */
export async function writeNote(place: GitPlace, text: string): Promise<string> {
  return (await git(place, ["hash-object", "-w", "--stdin"], { input: text })).trim();
}

/** The text of a note; `undefined` when it is not there. */
export async function readNote(place: GitPlace, note: string): Promise<string | undefined> {
  const { exitCode, stdout } = await tryGit(place, ["cat-file", "blob", note]);
  return exitCode === 0 ? stdout : undefined;
}

/** The names of branches that are spoken for. */
export async function reservedNames(place: GitPlace): Promise<ReservedName[]> {
  const text = await git(place, ["for-each-ref", `--format=%(objectname) %(refname)`, root]);
  return text
    .split("\n")
    .filter(Boolean)
    .map((row) => ({ note: row.slice(0, row.indexOf(" ")), branch: row.slice(row.indexOf(" ") + 1 + root.length) }));
}

/** Reserves names that nobody has yet: all of them or, where one was taken meanwhile, none. Says whether it did. */
export async function reserveNames(place: GitPlace, branches: readonly string[], note: string): Promise<boolean> {
  if (branches.length === 0) return true;
  return changeRefs(
    place,
    branches.map((branch) => `create ${root}${branch} ${note}\n`),
  );
}

/** Gives names back that are still reserved with the same note. Says whether all of them were. */
export async function releaseNames(place: GitPlace, names: readonly ReservedName[]): Promise<boolean> {
  if (names.length === 0) return true;
  return changeRefs(
    place,
    names.map(({ branch, note }) => `delete ${root}${branch} ${note}\n`),
  );
}

/** Git changes all of these refs or none. No name of a branch has a space or a line end in it. */
async function changeRefs(place: GitPlace, lines: readonly string[]): Promise<boolean> {
  const { exitCode } = await tryGit(place, [...withoutHooks, "update-ref", "--stdin"], { input: lines.join("") });
  return exitCode === 0;
}
