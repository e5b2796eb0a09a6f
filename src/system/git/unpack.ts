import { chmodSync, mkdirSync, readdirSync, rmdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { exists, existsWithin, isRealDirectory, removeTree } from "../files.ts";
import { type GitPlace, git, gitBytes, tryGit, withoutHooks } from "./command.ts";
import { statePaths } from "./snapshot.ts";

/** A snapshot as `takeSnapshot` made it. */
export interface Snapshot {
  readonly commit: string;
  /** What HEAD was; `undefined` on a branch without a commit. */
  readonly head: string | undefined;
  readonly state: string;
}

/** The parts of a snapshot. Throws FleetError `failed` when the commit is gone. */
export async function readSnapshot(place: GitPlace, commit: string): Promise<Snapshot> {
  const [, ...parents] = (await git(place, ["rev-list", "--parents", "-n", "1", commit])).trim().split(" ");
  const state = parents.at(-1) ?? "";
  return { commit, head: parents.length > 1 ? parents[0] : undefined, state };
}

/**
 * Brings a checkout of the snapshot's HEAD into the saved state: the files that differed, byte for byte, then git's own files, the index
 * among them. `place` is the new worktree, `admin` git's directory of it. HEAD stays as it is: whether the saved one can still be
 * taken is for the caller to know.
 */
export async function unpackSnapshot(place: GitPlace, admin: string, snapshot: Snapshot): Promise<void> {
  const from = snapshot.head ?? (await emptyTree(place));
  await writeChanges(place, { from, to: snapshot.commit }, place.directory, (path) => path);
  await setModes(place, snapshot.state);
  const prefix = `${statePaths.admin}/`;
  await writeChanges(place, { from: await emptyTree(place), to: snapshot.state }, admin, (path) =>
    path.startsWith(prefix) && path !== `${prefix}HEAD` ? path.slice(prefix.length) : undefined,
  );
  await forgetSizes(place);
  // The saved index remembers the times of files that are gone; a refresh that finds changes exits 1.
  await tryGit(place, [...withoutHooks, "update-index", "-q", "--refresh"]);
}

/**
 * The saved index remembers the sizes of files that are gone, too. A file that git converts may lie there in another size than before, since
 * the rules are younger than the old file was: git then calls it changed without a look at what is in it.
 */
async function forgetSizes(place: GitPlace): Promise<void> {
  // Where a filter fails, whoever looks next is told by git.
  const { stdout } = await tryGit(place, ["diff-files", "--raw", "-z", "--no-abbrev", "--ignore-submodules=all"]);
  const parts = stdout.split("\0");
  const differing = parts.flatMap((words, index) => {
    const [, mode = "", object = "", , status] = /^:(\S+) \S+ (\S+) (\S+) (\S)$/.exec(words) ?? [];
    return status === undefined ? [] : [{ mode, object, status, path: parts[index + 1] ?? "" }];
  });
  const inConflict = new Set(differing.filter(({ status }) => status === "U").map(({ path }) => path));
  const entries = differing.filter(({ status, path }) => status === "M" && !inConflict.has(path));
  if (entries.length === 0) return;
  const input = entries.map(({ mode, object, path }) => `${mode} ${object} 0\t${path}\0`).join("");
  await git(place, [...withoutHooks, "update-index", "-z", "--index-info"], { input });
}

interface Change {
  readonly mode: string;
  readonly object: string;
  readonly path: string;
}

/** Brings what differs between two trees into a folder, each path to where `target` says it belongs, if anywhere. */
async function writeChanges(
  place: GitPlace,
  { from, to }: { readonly from: string; readonly to: string },
  folder: string,
  target: (path: string) => string | undefined,
): Promise<void> {
  const raw = await git(place, ["diff-tree", "-r", "-z", "--raw", "--no-renames", from, to]);
  const changes = parseRaw(raw).flatMap(({ path, ...change }) => {
    const wanted = target(path);
    return wanted === undefined ? [] : [{ ...change, path: wanted }];
  });
  for (const { path } of changes.filter(({ mode }) => mode === nothing)) removeWithFolders(folder, path);
  const written = changes.filter(({ mode }) => mode !== nothing);
  const contents = await readObjects(
    place,
    written.map(({ object }) => object),
  );
  for (const [index, { mode, path }] of written.entries()) {
    writeEntry(join(folder, path), mode, contents[index] ?? Buffer.alloc(0));
  }
}

const nothing = "000000";

/** `:oldmode newmode oldobject newobject status` NUL `path` NUL. */
function parseRaw(raw: string): Change[] {
  const parts = raw.split("\0");
  const changes: Change[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const [, mode = "", , object = ""] = (parts[index] ?? "").split(" ");
    changes.push({ mode, object, path: parts[index + 1] ?? "" });
  }
  return changes;
}

/** The contents of objects in one call: `<object> <type> <size>` LF content LF for each. */
async function readObjects(place: GitPlace, objects: readonly string[]): Promise<Buffer[]> {
  if (objects.length === 0) return [];
  const bytes = await gitBytes(place, ["cat-file", "--batch"], { input: `${objects.join("\n")}\n` });
  const contents: Buffer[] = [];
  for (let offset = 0; contents.length < objects.length; ) {
    const lineEnd = bytes.indexOf(0x0a, offset);
    const size = Number(bytes.toString("latin1", offset, lineEnd).split(" ")[2]);
    contents.push(bytes.subarray(lineEnd + 1, lineEnd + 1 + size));
    offset = lineEnd + 1 + size + 1;
  }
  return contents;
}

/** Removes a file and, as git does, the folders that have nothing left in them. What is behind a link is not the file. */
function removeWithFolders(root: string, path: string): void {
  if (!existsWithin(root, path)) return;
  removeTree(join(root, path));
  for (let folder = dirname(path); folder !== "."; folder = dirname(folder)) {
    if (readdirSync(join(root, folder)).length > 0) return;
    rmdirSync(join(root, folder));
  }
}

/** Who may read the files, where that is not what git would let them. */
async function setModes(place: GitPlace, state: string): Promise<void> {
  const modes = await tryGit(place, ["cat-file", "blob", `${state}:${statePaths.modes}`]);
  if (modes.exitCode !== 0) return;
  for (const line of modes.stdout.split("\0").filter(Boolean)) {
    const [mode = ""] = line.split(" ", 1);
    chmodSync(join(place.directory, line.slice(mode.length + 1)), Number.parseInt(mode, 8));
  }
}

function writeEntry(file: string, mode: string, content: Buffer): void {
  const parent = dirname(file);
  if (!isRealDirectory(parent)) mkdirSync(parent, { recursive: true });
  if (exists(file)) removeTree(file);
  if (mode === "120000") symlinkSync(content, file);
  else writeFileSync(file, content, { mode: mode === "100755" ? 0o777 : 0o666 });
}

async function emptyTree(place: GitPlace): Promise<string> {
  return (await git(place, ["hash-object", "-t", "tree", "-w", "--stdin"], { input: "" })).trim();
}
