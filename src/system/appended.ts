import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { isFile } from "./files.ts";

const chunkBytes = 262_144;
/** One for all files that are read, one after another: to get new memory for each takes as long as to read it. */
let shared: Buffer | undefined;
const lineEnd = 0x0a;
/** How much before a position is compared, to see that what was read is still there. */
const proofBytes = 64;

/** How far a file has been read. */
export interface Position {
  readonly device: number;
  readonly inode: number;
  /** The bytes of whole lines that have been read. */
  readonly offset: number;
  /** A hash of the bytes before `offset`. */
  readonly proof: string;
}

/**
 * Hands over the lines, of those appended to a file since a position, in which one of the marks stands, in their order. A last line
 * without a line end is left for the next time, since it may still be being written. A file that is another one than at the position,
 * or no longer holds what it held there, is read `anew`, from its beginning. Returns the new position; the old one when there is no such file.
 */
export function readAppended(
  path: string,
  before: Position | undefined,
  marks: readonly string[],
  take: (line: string, anew: boolean) => void,
): Position | undefined {
  if (!isFile(path)) return before;
  const file = openSync(path, "r");
  try {
    const { dev: device, ino: inode, size } = fstatSync(file);
    const isSame = before?.device === device && before.inode === inode && before.offset <= size;
    if (isSame && before.offset === size) return before;
    const start = isSame && proofOf(file, before.offset) === before.proof ? before.offset : 0;
    const offset = takeLines(file, start, marks, (line) => take(line, start === 0));
    return { device, inode, offset, proof: proofOf(file, offset) };
  } finally {
    closeSync(file);
  }
}

/** Returns where the last whole line ends. */
function takeLines(file: number, start: number, marks: readonly string[], take: (line: string) => void): number {
  shared ??= Buffer.allocUnsafe(chunkBytes);
  let buffer = shared;
  let offset = start;
  let held = 0;
  for (;;) {
    const count = readSync(file, buffer, held, buffer.length - held, offset + held);
    if (count === 0) return offset;
    const bytes = buffer.subarray(0, held + count);
    const end = bytes.lastIndexOf(lineEnd) + 1;
    for (const [from, to] of markedLines(bytes.subarray(0, end), marks)) take(bytes.toString("utf8", from, to));
    offset += end;
    held = bytes.length - end;
    // A line that is longer than the buffer is not read again for every few bytes of it.
    const next = held * 2 > buffer.length ? Buffer.allocUnsafe(buffer.length * 2) : buffer;
    bytes.copy(next, 0, end);
    buffer = next;
  }
}

/** Where the lines begin and end in which one of the marks stands. To look for bytes is many times faster than to parse every line. */
function markedLines(bytes: Buffer, marks: readonly string[]): [number, number][] {
  const lines = new Map<number, number>();
  for (const mark of marks) {
    let found = bytes.indexOf(mark);
    while (found >= 0) {
      const from = bytes.lastIndexOf(lineEnd, found) + 1;
      const to = bytes.indexOf(lineEnd, found);
      lines.set(from, to);
      found = bytes.indexOf(mark, to);
    }
  }
  return [...lines].sort(([a], [b]) => a - b);
}

function proofOf(file: number, offset: number): string {
  const start = Math.max(0, offset - proofBytes);
  const bytes = Buffer.alloc(offset - start);
  readSync(file, bytes, 0, bytes.length, start);
  return Bun.hash(bytes).toString(36);
}
