import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { exists, isRealDirectory, removeTree } from "../files.ts";
import { type GitPlace, git, gitBytes, tryGit } from "./command.ts";
import { stateFolders } from "./snapshot.ts";

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
  await writeChanges(place, from, snapshot.commit, (path) => join(place.directory, path));
  const prefix = `${stateFolders.admin}/`;
  await writeChanges(place, await emptyTree(place), snapshot.state, (path) =>
    path.startsWith(prefix) && path !== `${prefix}HEAD` ? join(admin, path.slice(prefix.length)) : undefined,
  );
  // The saved index remembers the times of files that are gone; a refresh that finds changes exits 1.
  await tryGit(place, ["update-index", "-q", "--refresh"]);
}

interface Change {
  readonly mode: string;
  readonly object: string;
  readonly path: string;
}

async function writeChanges(
  place: GitPlace,
  from: string,
  to: string,
  target: (path: string) => string | undefined,
): Promise<void> {
  const raw = await git(place, ["diff-tree", "-r", "-z", "--raw", "--no-renames", from, to]);
  const changes = parseRaw(raw);
  for (const { mode, path } of changes) {
    const file = target(path);
    if (file !== undefined && mode === "000000") removeTree(file);
  }
  const written = changes.filter(({ mode, path }) => mode !== "000000" && target(path) !== undefined);
  const contents = await readObjects(
    place,
    written.map(({ object }) => object),
  );
  for (const [index, { mode, path }] of written.entries()) {
    writeEntry(target(path) ?? "", mode, contents[index] ?? Buffer.alloc(0));
  }
}

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

function writeEntry(file: string, mode: string, content: Buffer): void {
  const parent = dirname(file);
  if (!isRealDirectory(parent)) mkdirSync(parent, { recursive: true });
  if (exists(file)) removeTree(file);
  if (mode === "120000") symlinkSync(content, file);
  else writeFileSync(file, content);
  if (mode === "100755") chmodSync(file, 0o755);
}

async function emptyTree(place: GitPlace): Promise<string> {
  return (await git(place, ["hash-object", "-t", "tree", "-w", "--stdin"], { input: "" })).trim();
}
