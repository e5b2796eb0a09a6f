import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import picomatch from "picomatch";
import type { Config } from "../../config/config.ts";
import { exists, statIfSeen } from "../../system/files.ts";
import { type GitPlace, git } from "../../system/git/command.ts";
import { adminDirectory } from "../../system/git/worktrees.ts";
import { readCopies } from "./credentials/note.ts";

/** Files of an agent that git ignores, that no tool makes again, and that were not copied in from the main checkout. */
export interface IgnoredFiles {
  readonly count: number;
  readonly bytes: number;
  /** Those that `keep_ignored` names, relative to the worktree. */
  readonly wanted: readonly string[];
}

/** `2 ignored files, 14 kB`. */
export function describeIgnored({ count, bytes }: IgnoredFiles): string {
  return `${count}${count >= most ? " or more" : ""} ignored file${count === 1 ? "" : "s"}, ${sizeText(bytes)}`;
}

/** `14 kB` */
export function sizeText(bytes: number): string {
  const [unit, name] = bytes < 1000 ? [1, "B"] : [bytes < 1e6 ? 1000 : 1e6, bytes < 1e6 ? "kB" : "MB"];
  return `${Math.round(bytes / unit)} ${name}`;
}

/** So many are counted; a folder with more is none that anybody wrote by hand. */
const most = 10_000;

/**
 * Directories that a tool makes again, each by what proves it: a file inside, or one beside it. A directory that only bears such a name is
 * looked at like any other.
 */
const caches: Readonly<Record<string, { readonly inside?: string; readonly beside?: string }>> = {
  node_modules: { beside: "package.json" },
  ".next": { beside: "package.json" },
  target: { inside: "CACHEDIR.TAG" },
  ".venv": { inside: "pyvenv.cfg" },
  venv: { inside: "pyvenv.cfg" },
  __pycache__: {},
  ".pytest_cache": { inside: "CACHEDIR.TAG" },
  ".mypy_cache": { inside: "CACHEDIR.TAG" },
  ".ruff_cache": { inside: "CACHEDIR.TAG" },
  ".gradle": { beside: "build.gradle" },
};

/**
 * The ignored files of a worktree, where it is or in the trash. One question to git, which does not look into directories that it ignores
 * as a whole; caches are not looked into either, nor directories that were cloned from the main checkout.
 */
export async function ignoredFiles(
  place: GitPlace,
  { keep_ignored: wanted, clone_directories: clones }: Pick<Config, "keep_ignored" | "clone_directories">,
): Promise<IgnoredFiles> {
  const words = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"];
  const listed = (await git(place, words)).split("\0").filter(Boolean);
  const admin = adminDirectory(place.directory);
  const given = new Set(admin === undefined ? [] : readCopies(admin).copied);
  const found: string[] = [];
  const cloned = new Set(clones.map((path) => path.replace(/\/$/, "")));
  for (const path of listed.map((each) => each.replace(/\/$/, ""))) {
    if (!cloned.has(path)) collect(place.directory, path, found);
  }
  const own = found.filter((path) => !given.has(path));
  const matches = wanted.length === 0 ? () => false : picomatch([...wanted], { dot: true });
  return {
    count: own.length,
    bytes: own.reduce((sum, path) => sum + (statIfSeen(join(place.directory, path))?.size ?? 0), 0),
    wanted: own.filter((path) => matches(path)),
  };
}

/** What cannot be looked at was listed, and so counts as a file. */
function collect(root: string, path: string, found: string[]): void {
  if (found.length >= most) return;
  if (statIfSeen(join(root, path))?.isDirectory() !== true) {
    found.push(path);
    return;
  }
  if (isCache(root, path)) return;
  for (const name of namesIn(join(root, path))) collect(root, `${path}/${name}`, found);
}

function isCache(root: string, path: string): boolean {
  const name = basename(path);
  const proof = Object.hasOwn(caches, name) ? caches[name] : undefined;
  if (proof === undefined) return false;
  if (proof.inside !== undefined) return exists(join(root, path, proof.inside));
  return proof.beside === undefined || exists(join(root, dirname(path), proof.beside));
}

/** One that cannot be opened is found by the look for what only the tree holds. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
