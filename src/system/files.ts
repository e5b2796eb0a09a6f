import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { FleetError } from "../errors.ts";
import { fullnessCommand } from "./disk.ts";
import { shellWord } from "./shell.ts";

/** Nobody but the user may read what we write, unless a caller says otherwise. */
const privateFile = 0o600;
const privateDirectory = 0o700;

/** The content of a text file, or `undefined` when there is none. Throws for every other failure, with the path in the error. */
export function readTextIfExists(path: string): string | undefined {
  return readBytesIfExists(path)?.toString("utf8");
}

/** The bytes of a file, or `undefined` when there is none. Throws FleetError `failed` for what is no file, such as a pipe. */
export function readBytesIfExists(path: string): Buffer | undefined {
  return unlessMissing(() => (isThereAsFile(path) ? readFileSync(path) : undefined));
}

/**
 * Even opening a pipe that nobody writes to would wait for ever, and of a directory Bun's error does not say which it was. Most files that are
 * asked for are not there, which is why nothing is thrown for those.
 */
function isThereAsFile(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  if (stat.isFile()) return true;
  throw new FleetError("failed", `${path} is not a file`, { hint: `to see what it is, run ls -l ${shellWord(path)}` });
}

/**
 * The text of a file that somebody may have written whom we do not trust: at most so many bytes, through no link, and never waiting for a
 * pipe. `undefined` for what is no such file.
 */
export function readUntrusted(path: string, most: number): string | undefined {
  return readUntrustedBytes(path, most)?.toString("utf8");
}

/** The bytes of a file that somebody may have written whom we do not trust, read as `readUntrusted` does. */
export function readUntrustedBytes(path: string, most: number): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(file);
    if (!fstatSync(file).isFile() || size > most) return undefined;
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, readSync(file, bytes, 0, size, 0));
  } finally {
    closeSync(file);
  }
}

/** Makes a directory that only the user can enter, and its parents. An existing one keeps its mode. */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: privateDirectory });
}

/** Writes a new private file. Throws FleetError `failed` that names it, since what the system says of a full disk does not. */
export function writePrivateFile(path: string, content: string | Uint8Array, mode = privateFile): void {
  try {
    writeFileSync(path, content, { mode });
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/**
 * Replaces a file so that a reader, or a machine that loses power, sees either the old or the new content. A symbolic link
 * keeps pointing where it points. ext4 flushes on rename anyway, so the fsync costs nothing measurable. Throws FleetError `failed`
 * that names the file, which is then as it was.
 */
export function replaceFile(path: string, content: string | Uint8Array, mode = privateFile): void {
  replace(path, content, mode, fsyncSync);
}

/**
 * Replaces a private file that can be made again: a reader sees the old or the new content, but a machine that loses power may leave
 * an empty one. Waiting for a disk costs milliseconds, which a hundred files make a third of a second.
 */
export function replaceCache(path: string, content: string | Uint8Array): void {
  replace(path, content, privateFile, () => undefined);
}

/**
 * Replaces a private file that only saves the next look some work: a disk that is full, or that nobody may write to, keeps no one from
 * looking. Says whether it was written.
 */
export function rememberIn(path: string, content: string | Uint8Array): boolean {
  try {
    replaceCache(path, content);
    return true;
  } catch {
    return false;
  }
}

function replace(path: string, content: string | Uint8Array, mode: number, settle: (file: number) => void): void {
  const target = unlessMissing(() => realpathSync(path)) ?? path;
  const temporary = temporaryPath(target);
  try {
    const file = openSync(temporary, "wx", mode);
    try {
      writeFileSync(file, content);
      settle(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw cannotWrite(target, error);
  }
}

function cannotWrite(path: string, cause: unknown): FleetError {
  return new FleetError("failed", `${path} cannot be written: ${refusal(cause)}`, {
    cause,
    hint: whereToLook(dirname(path), cause),
  });
}

/** The system's words for why it refused something: `no space left on device`. */
export function refusal(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return /^[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message;
}

/** The hint for a directory in which something could not be written. */
export function whereToLook(directory: string, cause: unknown): string {
  if (isForWantOfRoom(cause)) return `to see how full the disk is, run ${fullnessCommand(directory)}`;
  return `to see who may write there, run ls -ld ${shellWord(directory)}`;
}

/** Whether an error says that the disk is full, or that this user may not fill it any more. */
export function isForWantOfRoom(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG" || isForWantOfRoom(error.cause);
}

/** A path beside another for a file that will take its place; it says which process it belongs to. */
export function temporaryPath(path: string): string {
  return `${path}.${process.pid}.${Math.random().toString(36).slice(2, 10)}.tmp`;
}

/** The files in a directory that processes made on the way to replacing another and did not live to use, by the id of the process. */
export function temporaryFiles(directory: string): { readonly path: string; readonly pid: number }[] {
  const names = unlessMissing(() => readdirSync(directory)) ?? [];
  return names.flatMap((name) => {
    const pid = /\.(\d+)\.[0-9a-z]+\.tmp$/.exec(name)?.[1];
    return pid === undefined ? [] : [{ path: join(directory, name), pid: Number(pid) }];
  });
}

/** Moves a file or directory out of the way within its file system, making the parent of the target. */
export function moveAway(path: string, target: string): void {
  makePrivateDirectory(dirname(target));
  renameSync(path, target);
}

/** What is at a path that was listed, no link followed; `undefined` when it went, or cannot be looked at: too long, or behind a closed door. */
export function statIfSeen(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Whether anything, a broken link included, is at this path. */
export function exists(path: string): boolean {
  return unlessMissing(() => lstatSync(path, { throwIfNoEntry: false })) !== undefined;
}

/** Whether anything is at a path below a directory when no link is followed on the way: what a link leads to lies elsewhere. */
export function existsWithin(directory: string, path: string): boolean {
  const folders = path.split("/").slice(0, -1);
  const isBelowFolders = folders.every((_, index) => isRealDirectory(join(directory, ...folders.slice(0, index + 1))));
  return isBelowFolders && exists(join(directory, path));
}

/** Whether a directory, or a link to one, is at this path. */
export function isDirectory(path: string): boolean {
  return unlessMissing(() => statSync(path, { throwIfNoEntry: false }))?.isDirectory() ?? false;
}

/** Whether a file, or a link to one, is at this path. */
export function isFile(path: string): boolean {
  return unlessMissing(() => statSync(path, { throwIfNoEntry: false }))?.isFile() ?? false;
}

/** What is in a directory, by name; nothing when there is none, or it goes in this moment. A link to one is none. */
export function namesIn(directory: string): string[] {
  return isRealDirectory(directory) ? (unlessMissing(() => readdirSync(directory)) ?? []) : [];
}

/** Whether a directory, not a link to one, is at this path. */
export function isRealDirectory(path: string): boolean {
  return unlessMissing(() => lstatSync(path, { throwIfNoEntry: false }))?.isDirectory() ?? false;
}

/** Whether a file that the user may run is at this path. */
export function isExecutableFile(path: string): boolean {
  const stat = unlessMissing(() => statSync(path));
  return stat?.isFile() === true && (stat.mode & 0o111) !== 0;
}

/** The path with every link resolved, or `undefined` when nothing is there or a link leads to itself. */
export function realPath(path: string): string | undefined {
  try {
    return unlessMissing(() => realpathSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOOP") return undefined;
    throw error;
  }
}

/** Whether a path is a directory or lies in it; both absolute, and compared as they are written. */
export function isInside(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way !== ".." && !way.startsWith("../") && !way.startsWith("/");
}

/** Whether a relative path names something below where it is applied, whatever is there. */
export function isPathWithin(path: string): boolean {
  return !/\0|^\/|(?:^|\/)\.\.(?:\/|$)/.test(path);
}

/** Removes a file, or a directory with all that is in it; fine when it is gone already. */
export function removeTree(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/**
 * Removes a directory so that whoever comes by sees all of it or nothing, also when this process dies on the way: what is left then is a
 * temporary file of it.
 */
export function removeAtOnce(path: string): void {
  const doomed = temporaryPath(path);
  if (!exists(path)) return;
  renameSync(path, doomed);
  try {
    removeTree(doomed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    openToOwner(doomed);
    removeTree(doomed);
  }
}

/** Some caches (that of Go) make their directories read-only, and what is in such a one cannot be removed. */
function openToOwner(directory: string): void {
  chmodSync(directory, 0o700);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) openToOwner(join(directory, entry.name));
  }
}

/** Makes a directory and says whether this call was the one that made it: the atomic claim of a race. */
export function claimDirectory(path: string): boolean {
  try {
    mkdirSync(path, { mode: privateDirectory });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function unlessMissing<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
