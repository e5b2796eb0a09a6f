import { appendFileSync, closeSync, createReadStream, openSync, readSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { exists, isFile, isRealDirectory, makePrivateDirectory, removeTree, writePrivateFile } from "../files.ts";
import { type GitPlace, git } from "./command.ts";

/** A file that Git LFS keeps beside the objects of git. */
export interface LfsFile {
  /** Its SHA-256, by which it is found. */
  readonly oid: string;
  readonly bytes: number;
}

/** What Git LFS commits in the place of a file; see its spec.md. */
const pointer =
  /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n/gm;

/** How many bytes of one go over a line at a time: with a fitting head the line is one that `fleet api` takes. */
export const lfsPiece = 3_000_000;

/** Whether Git LFS has kept anything for a repository. Git is not asked. */
export function usesLfs(commonDirectory: string): boolean {
  return isRealDirectory(join(commonDirectory, "lfs", "objects"));
}

/** Where Git LFS keeps a file of a repository, whether it is there or not. */
export function lfsPath(commonDirectory: string, oid: string): string {
  return join(commonDirectory, "lfs", "objects", oid.slice(0, 2), oid.slice(2, 4), oid);
}

/** The files of Git LFS that are named by what these words make `git rev-list --objects` list, each once. */
export async function lfsFilesIn(place: GitPlace, revisions: readonly string[]): Promise<LfsFile[]> {
  const small = ["rev-list", "--objects", "--no-object-names", "--filter=blob:limit=1k", ...revisions];
  const objects = await git(place, small);
  const contents = objects === "" ? "" : await git(place, ["cat-file", "--batch"], { input: objects });
  const found = [...contents.matchAll(pointer)].map(
    ([, oid = "", size]) => [oid, { oid, bytes: Number(size) }] as const,
  );
  return [...new Map(found).values()];
}

/** A piece of such a file, `undefined` when it is not there. Past its end the piece is empty. */
export function readLfsPiece(commonDirectory: string, oid: string, offset: number, most: number): Buffer | undefined {
  const path = lfsPath(commonDirectory, oid);
  if (!isFile(path)) return undefined;
  const file = openSync(path, "r");
  try {
    const piece = Buffer.alloc(most);
    return piece.subarray(0, readSync(file, piece, 0, most, offset));
  } finally {
    closeSync(file);
  }
}

interface Piece {
  readonly file: LfsFile;
  /** Whoever brings it: pieces of two do not mix. */
  readonly by: string;
  readonly offset: number;
  readonly content: Uint8Array;
}

/**
 * Adds a piece to a file that is being brought, the first one at offset 0. With the last one it gets its name, if it is what the name says.
 * Returns whether it was: one that is not, or whose pieces do not follow each other, is forgotten, and has to be brought again.
 */
export async function addLfsPiece(commonDirectory: string, { file, by, offset, content }: Piece): Promise<boolean> {
  const path = lfsPath(commonDirectory, file.oid);
  if (exists(path)) return true;
  const part = join(commonDirectory, "lfs", "tmp", `${file.oid}-${by}`);
  let isKept = false;
  try {
    append(part, offset, content);
    const size = sizeOf(part);
    isKept = size === offset + content.length && size < file.bytes;
    if (isKept) return true;
    if (size !== file.bytes || (await hashOf(part)) !== file.oid) return false;
    makePrivateDirectory(dirname(path));
    renameSync(part, path);
    return true;
  } finally {
    if (!isKept) removeTree(part);
  }
}

function append(part: string, offset: number, content: Uint8Array): void {
  if (offset === 0) {
    makePrivateDirectory(dirname(part));
    writePrivateFile(part, content);
  } else if (sizeOf(part) === offset) {
    appendFileSync(part, content);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function hashOf(path: string): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
