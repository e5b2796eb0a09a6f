import { lstatSync, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import { readTextIfExists, realPath } from "../files.ts";
import type { GitPlace } from "./command.ts";
import { commitOfBranch } from "./ref-files.ts";

/** A repository with one checkout, whose git folder lies in it. */
interface PlainRepository {
  readonly root: string;
  readonly commonDirectory: string;
  readonly bare: false;
  /** As in `Repository`. */
  readonly head: { readonly commit: string; readonly branch: string } | undefined;
}

/**
 * The repository that a directory belongs to, read from git's own files, which costs the tenth part of starting git; `undefined` for
 * everything that is in any way out of the ordinary, of which git itself is to be asked: linked worktrees, submodules, bare repositories,
 * folders of others, other formats, settings that lead elsewhere, and what is no repository at all. Where it answers, git would say the
 * same.
 */
export function plainRepository(place: GitPlace): PlainRepository | undefined {
  const { untrusted, index, objects } = place;
  if (untrusted !== undefined || index !== undefined || objects !== undefined || isSteered(place.environment))
    return undefined;
  try {
    return readRepository(place.directory);
  } catch {
    // Git has the words for what cannot be read.
    return undefined;
  }
}

function readRepository(directory: string): PlainRepository | undefined {
  const start = realPath(directory);
  const root = start === undefined ? undefined : checkoutAround(start);
  if (start === undefined || root === undefined) return undefined;
  const commonDirectory = join(root, ".git");
  // Git asks for consent to repositories of others, and stops where another file system begins.
  const [first, ...rest] = [start, root, commonDirectory].map(statOf);
  if (first === undefined || rest.some((stat) => stat === undefined || !isOurs(stat) || stat.dev !== first.dev))
    return undefined;
  if (!isWhole(commonDirectory) || !isPlainConfig(readTextIfExists(join(commonDirectory, "config")))) return undefined;
  return withHead({ root, commonDirectory, bare: false });
}

/** Variables by which git would look elsewhere, or judge otherwise. Those that point at one repository are taken away from it anyway. */
function isSteered(environment: GitPlace["environment"]): boolean {
  return Object.keys(environment).some((name) => name === "GIT_CEILING_DIRECTORIES" || name.startsWith("GIT_TEST_"));
}

/** The nearest directory above that has a `.git` folder; `undefined` when something else that git would stop at is nearer. */
function checkoutAround(start: string): string | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    const git = statOf(join(directory, ".git"));
    if (git !== undefined) return git.isDirectory() ? directory : undefined;
    // It may be the folder of a repository itself.
    if (directory === "/" || statOf(join(directory, "HEAD")) !== undefined) return undefined;
  }
}

function isOurs({ uid }: Stats): boolean {
  return uid === process.geteuid?.();
}

/** Whether it is what git takes for the folder of a repository, and none that shares with another or keeps its refs in another form. */
function isWhole(commonDirectory: string): boolean {
  const [head, objects, refs, ...others] = ["HEAD", "objects", "refs", "commondir", "reftable", "config.worktree"].map(
    (name) => statOf(join(commonDirectory, name)),
  );
  const isThere = head?.isFile() === true && objects?.isDirectory() === true && refs?.isDirectory() === true;
  return isThere && others.every((other) => other === undefined);
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

const plainLine = /^\s*(?:[#;].*|\[\s*[a-z0-9.-]+(?:\s+"[^"\\]*")?\s*\]|[a-z][a-z0-9-]*(?:\s*=[^"\\]*)?)?$/i;
const steering =
  /^\s*(?:\[\s*(?:include|includeif|extensions)\b|worktree\b|bare\b(?!\s*=\s*false\s*$)|repositoryformatversion\b(?!\s*=\s*0\s*$))/im;

/** Whether a configuration can be understood by its lines, and has nothing in it that would make another repository of this one. */
function isPlainConfig(text: string | undefined): boolean {
  return text !== undefined && !steering.test(text) && text.split("\n").every((line) => plainLine.test(line));
}

function withHead(repository: Omit<PlainRepository, "head">): PlainRepository | undefined {
  const head = readTextIfExists(join(repository.commonDirectory, "HEAD")) ?? "";
  const [, commit, branch] = /^(?:([0-9a-f]{40})|ref: refs\/heads\/(\S+))\n$/.exec(head) ?? [];
  if (commit !== undefined) return { ...repository, head: { commit, branch: "HEAD" } };
  if (branch === undefined) return undefined;
  const tip = commitOfBranch(repository.commonDirectory, branch);
  if (tip === "unreadable") return undefined;
  return { ...repository, head: tip === "absent" ? undefined : { commit: tip, branch } };
}
