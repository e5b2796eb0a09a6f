import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isInside, readTextIfExists, realPath } from "../files.ts";

/** What there is to copy of a directory. Paths are relative to it; its own is empty. */
export interface Survey {
  /** The directory, without links in its path. */
  readonly root: string;
  /** How many files and symbolic links are in it. */
  readonly files: number;
  /** Directories that are made and filled, parents first; all others are copied with what is in them. */
  readonly made: readonly string[];
  readonly parts: readonly Part[];
  readonly leftOut: readonly LeftOut[];
  /** A file with which to try what the file system can do. */
  readonly sample: string | undefined;
}

/** Entries of one directory that are copied by one process. */
export interface Part {
  readonly directory: string;
  readonly names: readonly string[];
}

/** What is not to be copied, and what it is. */
export interface LeftOut {
  readonly path: string;
  readonly what: string;
}

/** As many files are copied in some tens of milliseconds; with more in one process the others would run out of work. */
const largestPart = 2000;
/** Far below what the kernel takes as arguments, even if each name is as long as a name can be. */
const mostNames = 400;

/**
 * Walks through a directory, without following links. Left out are what is neither file, directory nor link, worktrees of git, and what
 * a repository has registered as its worktrees: a second copy would work on the index and the branch of the first.
 *
 * `undefined` when the directory itself is such a worktree. Throws the operating system's error when a directory cannot be read.
 */
export function surveyTree(root: string): Survey | undefined {
  const walk = new Walk(root);
  const tree = walk.visit("");
  if (tree === undefined) return undefined;
  const { made, parts, leftOut, sample } = walk;
  return { root, files: tree.files, made: made.toReversed(), parts, leftOut, sample };
}

interface Entry {
  readonly name: string;
  /** One, or as many as are in it. */
  readonly files: number;
  /** It can be copied as it is, as one part or within one. */
  readonly whole: boolean;
}

class Walk {
  /** Children before their parents. */
  readonly made: string[] = [];
  readonly parts: Part[] = [];
  readonly leftOut: LeftOut[] = [];
  sample: string | undefined;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** `undefined` for a worktree. */
  visit(path: string): Entry | undefined {
    const entries = readdirSync(join(this.#root, path), { withFileTypes: true });
    if (entries.some((entry) => entry.name === ".git" && this.#leadsToOthers(path, entry))) return undefined;
    const kept = entries.flatMap((entry) => this.#look(path, entry, entries) ?? []);
    const files = kept.reduce((sum, entry) => sum + entry.files, 0);
    const whole =
      path !== "" && files <= largestPart && kept.length === entries.length && kept.every((entry) => entry.whole);
    if (!whole) this.#takeApart(path, kept);
    return { name: basename(path), files, whole };
  }

  #look(directory: string, entry: Dirent, siblings: readonly Dirent[]): Entry | undefined {
    const path = join(directory, entry.name);
    const kind = this.#kindOf(path, entry);
    if (entry.name.includes("\ufffd")) return this.#leaveOut(path, "its name is not UTF-8");
    if (kind.isDirectory()) {
      if (isRegistrations(entry, siblings)) return this.#leaveOut(path, "the worktrees of a repository");
      return this.visit(path) ?? this.#leaveOut(path, "a worktree of git");
    }
    if (kind.isFile()) this.sample ??= path;
    else if (!kind.isSymbolicLink()) return this.#leaveOut(path, specialKind(kind));
    return { name: entry.name, files: 1, whole: true };
  }

  #leaveOut(path: string, what: string): undefined {
    this.leftOut.push({ path, what });
  }

  /** Some file systems do not say what an entry is when they list it. */
  #kindOf(
    path: string,
    entry: Dirent,
  ): Pick<Dirent, "isFile" | "isDirectory" | "isSymbolicLink" | "isFIFO" | "isSocket"> {
    if (entry.isFile() || entry.isDirectory() || entry.isSymbolicLink()) return entry;
    return lstatSync(join(this.#root, path));
  }

  /** A `.git` file or link that names a git directory elsewhere, or one that belongs to a worktree. */
  #leadsToOthers(directory: string, entry: Dirent): boolean {
    const place = join(this.#root, directory);
    const pointer = join(place, ".git");
    const named = entry.isFile() ? readTextIfExists(pointer)?.match(/^gitdir: (.+)$/m)?.[1] : undefined;
    const git = entry.isSymbolicLink() ? realPath(pointer) : named && resolve(place, named);
    return git !== undefined && git !== "" && (!isInside(this.#root, git) || basename(dirname(git)) === "worktrees");
  }

  #takeApart(directory: string, entries: readonly Entry[]): void {
    this.made.push(directory);
    let names: string[] = [];
    let files = 0;
    for (const entry of entries.filter(({ whole }) => whole)) {
      if (names.length > 0 && (files + entry.files > largestPart || names.length === mostNames)) {
        this.parts.push({ directory, names });
        names = [];
        files = 0;
      }
      names.push(entry.name);
      files += entry.files;
    }
    if (names.length > 0) this.parts.push({ directory, names });
  }
}

/** `worktrees` in a git directory, bare or not. */
function isRegistrations(entry: Dirent, siblings: readonly Dirent[]): boolean {
  if (entry.name !== "worktrees") return false;
  return ["HEAD", "objects", "refs"].every((name) => siblings.some((sibling) => sibling.name === name));
}

function specialKind(kind: Pick<Dirent, "isFIFO" | "isSocket">): string {
  if (kind.isFIFO()) return "a pipe";
  return kind.isSocket() ? "a socket" : "a device";
}
