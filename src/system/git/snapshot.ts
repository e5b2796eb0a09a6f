import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../../errors.ts";
import { existsWithin, removeTree } from "../files.ts";
import { type GitOptions, type GitPlace, git, tryGit, withoutHooks } from "./command.ts";
import type { ChangedPath } from "./status.ts";

/** What a snapshot is made of. */
export interface SnapshotRequest {
  /** The worktree. */
  readonly place: GitPlace;
  /** Git's directory of this worktree. */
  readonly admin: string;
  readonly changes: readonly ChangedPath[];
  /** Further commits that it keeps alive. */
  readonly keep?: readonly string[];
  /** A path for a temporary index; removed afterwards. */
  readonly scratchIndex: string;
  readonly message: string;
}

/** Whoever looks at a snapshot should see that no person made it, and two of the same state should be the same. */
const identity = {
  GIT_AUTHOR_NAME: "ai-fleet",
  GIT_AUTHOR_EMAIL: "ai-fleet@localhost",
  GIT_COMMITTER_NAME: "ai-fleet",
  GIT_COMMITTER_EMAIL: "ai-fleet@localhost",
};

/**
 * What the state commit keeps: git's own files of the worktree, contents that only the index held, and which files had another mode than
 * git would give them.
 */
export const statePaths = { admin: "admin", staged: "staged", modes: "modes" } as const;

/** They name the worktree's old place or belong to whoever holds them at the moment. */
const notState = /^(gitdir|commondir|locked|ai-fleet\.json|.*\.lock)$/;

/**
 * Saves the working tree and git's state of it as commits, and returns the newer: its tree is the working tree, byte for byte; its
 * first parent is HEAD, its second a commit that holds the index and whatever git keeps of a merge, rebase or cherry-pick in
 * progress. Only plumbing is used: no hook runs, nothing is signed, no filter changes a byte, and the worktree's own index is not
 * touched.
 */
export async function takeSnapshot(request: SnapshotRequest): Promise<string> {
  const place: GitPlace = {
    ...request.place,
    environment: { ...request.place.environment, ...identity },
    index: request.scratchIndex,
  };
  requireReadableNames(request.changes);
  try {
    const head = await commitOf(place, "HEAD");
    const parents = head === undefined ? [] : [head];
    const state = await commit(
      place,
      await stateTree(place, request),
      [...new Set([...(await relatedCommits(place, request.admin, parents)), ...(request.keep ?? [])])],
      "state",
    );
    const tree = await workingTree(place, head, request.changes);
    return await commit(place, tree, [...parents, state], request.message);
  } finally {
    removeTree(request.scratchIndex);
    removeTree(`${request.scratchIndex}.lock`);
  }
}

/** A name that is not UTF-8 was read with a sign in place of some of its bytes, and no file would be found by it. */
function requireReadableNames(changes: readonly ChangedPath[]): void {
  const unreadable = changes.find(({ path }) => path.includes("\ufffd"));
  if (unreadable !== undefined) throw new FleetError("failed", `the name of a file is not UTF-8: ${unreadable.path}`);
}

/** Git without the hooks that even its plumbing would run when an index or a ref changes. */
function plumbing(place: GitPlace, args: readonly string[], options: GitOptions = {}): Promise<string> {
  return git(place, [...withoutHooks, ...args], options);
}

async function workingTree(
  place: GitPlace,
  head: string | undefined,
  changes: readonly ChangedPath[],
): Promise<string> {
  await plumbing(place, head === undefined ? ["read-tree", "--empty"] : ["read-tree", head]);
  return writeTree(
    place,
    changes.map(({ path }) => ({ name: path, folder: place.directory, path })),
  );
}

/** Git's files of the worktree under `admin/`, and the contents that only the index knows under `staged/`. */
async function stateTree(place: GitPlace, { admin, changes }: SnapshotRequest): Promise<string> {
  await plumbing(place, ["read-tree", "--empty"]);
  const staged = [...new Set(changes.flatMap((change) => change.staged))];
  const modes = unusualModes(place, changes);
  await updateIndex(place, [
    ...staged.map((object) => `100644 ${object}\t${statePaths.staged}/${object}`),
    ...(modes === "" ? [] : [`100644 ${await hashText(place, Buffer.from(modes))}\t${statePaths.modes}`]),
  ]);
  const files = filesBelow(admin).filter((name) => !notState.test(name));
  return writeTree(
    place,
    files.map((path) => ({ name: `${statePaths.admin}/${path}`, folder: admin, path })),
  );
}

/** Git knows files and programs; who may read them it does not. `600 path` NUL for each that others than usual may. */
function unusualModes(place: GitPlace, changes: readonly ChangedPath[]): string {
  const open = 0o777 & ~process.umask();
  return changes
    .map(({ path }) => ({ path, kind: kindOf(place.directory, path) }))
    .filter(({ kind }) => kind === "file" || kind === "program")
    .map(({ path, kind }) => {
      const mode = lstatSync(join(place.directory, path)).mode & 0o777;
      return mode === (kind === "program" ? open : open & 0o666) ? "" : `${mode.toString(8)} ${path}\0`;
    })
    .join("");
}

interface NamedFile {
  /** Its path in the tree. */
  readonly name: string;
  readonly folder: string;
  /** Where it is below the folder. */
  readonly path: string;
}

/** Adds files as they are on disk to the index and writes its tree; a file that is not there is taken out. */
async function writeTree(place: GitPlace, files: readonly NamedFile[]): Promise<string> {
  const seen = files.map(({ name, folder, path }) => ({
    name,
    file: join(folder, path),
    kind: kindOf(folder, path),
  }));
  const missing = seen.filter(({ kind }) => kind === undefined);
  const links = seen.filter(({ kind }) => kind === "link");
  const regular = seen.filter(({ kind }) => kind === "file" || kind === "program");
  const objects = await hashFiles(
    place,
    regular.map(({ file }) => file),
  );
  const linkObjects = await Promise.all(links.map(({ file }) => hashText(place, readlinkSync(file, "buffer"))));
  const nothing = missing.length === 0 ? "" : "0".repeat((await hashText(place, new Uint8Array())).length);
  await updateIndex(place, [
    ...missing.map(({ name }) => `0 ${nothing}\t${name}`),
    ...regular.map(({ name, kind }, index) => `${kind === "program" ? "100755" : "100644"} ${objects[index]}\t${name}`),
    ...links.map(({ name }, index) => `120000 ${linkObjects[index]}\t${name}`),
  ]);
  return (await plumbing(place, ["write-tree"])).trim();
}

async function updateIndex(place: GitPlace, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await plumbing(place, ["update-index", "-z", "--index-info"], { input: lines.map((line) => `${line}\0`).join("") });
}

/** `--stdin-paths` takes one path a line, with or without a carriage return, so a name with a line end is hashed by itself. */
async function hashFiles(place: GitPlace, files: readonly string[]): Promise<string[]> {
  const plain = files.filter((file) => !/[\r\n]/.test(file));
  const input = plain.map((file) => `${file}\n`).join("");
  const printed =
    plain.length === 0 ? "" : await plumbing(place, ["hash-object", "-w", "--no-filters", "--stdin-paths"], { input });
  const objects = new Map(printed.split("\n").map((object, index) => [plain[index], object]));
  return Promise.all(files.map(async (file) => objects.get(file) ?? (await hashText(place, readFileSync(file)))));
}

async function hashText(place: GitPlace, content: Uint8Array): Promise<string> {
  return (await plumbing(place, ["hash-object", "-w", "--no-filters", "--stdin"], { input: content })).trim();
}

/** A commit that keeps others alive and holds nothing of its own; the first of them is where it was made. */
export async function keepingCommit(place: GitPlace, commits: readonly string[], message: string): Promise<string> {
  const own = { ...place, environment: { ...place.environment, ...identity } };
  return commit(own, `${commits[0]}^{tree}`, commits, message);
}

async function commit(place: GitPlace, tree: string, parents: readonly string[], message: string): Promise<string> {
  const args = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-F", "-"];
  return (await plumbing(place, args, { input: message })).trim();
}

/**
 * HEAD, and the commits that git's files of an operation in progress name: without them it could not go on. `modules` are whole
 * repositories, which may be of any size.
 */
async function relatedCommits(place: GitPlace, admin: string, parents: readonly string[]): Promise<string[]> {
  const texts = filesBelow(admin)
    .filter((name) => !notState.test(name) && !/^(index|logs|modules|sharedindex)/.test(name))
    .map((name) => ({ name, text: readFileSync(join(admin, name), "latin1") }));
  const named = [...new Set(texts.flatMap(({ name, text }) => text.match(names(name)) ?? []))];
  if (named.length === 0) return [...parents];
  const types = await plumbing(place, ["cat-file", "--batch-check=%(objectname) %(objecttype)"], {
    input: `${named.join("\n")}\n`,
  });
  const commits = types
    .split("\n")
    .flatMap((line) => (line.endsWith(" commit") ? [line.slice(0, -" commit".length)] : []));
  return [...new Set([...parents, ...commits])];
}

/** How a file of git's names commits: the list of what a cherry-pick or revert has yet to do abbreviates them. */
function names(file: string): RegExp {
  return file === "sequencer/todo" ? /(?<=^\w+ )[0-9a-f]{4,64}\b/gm : /\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b/g;
}

async function commitOf(place: GitPlace, revision: string): Promise<string | undefined> {
  const result = await tryGit(place, ["rev-parse", "--verify", "--quiet", `${revision}^{commit}`]);
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}

function kindOf(folder: string, path: string): "file" | "program" | "link" | undefined {
  if (!existsWithin(folder, path)) return undefined;
  const stat = lstatSync(join(folder, path));
  if (stat.isSymbolicLink()) return "link";
  if (!stat.isFile()) return undefined;
  return (stat.mode & 0o100) === 0 ? "file" : "program";
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
}
