import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { isFile } from "./files.ts";

const chunkBytes = 65_536;
const lineEnd = 0x0a;

/**
 * The lines of a text file, the last first, read only as far as they are asked for and at most `bytes` back from the end, of which a
 * line that begins earlier is left out. None when there is no such file, or something else in its place.
 */
export function* linesFromEnd(path: string, bytes = Number.POSITIVE_INFINITY): Generator<string> {
  const file = open(path);
  if (file === undefined) return;
  try {
    let end = fstatSync(file).size;
    let step = chunkBytes;
    const limit = Math.max(0, end - bytes);
    /** What follows of the line whose beginning has not been read yet. */
    let rest: Buffer = Buffer.alloc(0);
    while (end > limit) {
      const start = Math.max(limit, end - step);
      const chunk = Buffer.concat([read(file, start, end - start), rest]);
      const first = chunk.indexOf(lineEnd);
      rest = first < 0 ? chunk : chunk.subarray(0, first);
      if (first >= 0)
        yield* chunk
          .toString("utf8", first + 1)
          .split("\n")
          .reverse();
      // A line of many megabytes is not copied for every few bytes of it.
      step = first < 0 ? step * 2 : chunkBytes;
      end = start;
    }
    if (limit === 0) yield rest.toString("utf8");
  } finally {
    closeSync(file);
  }
}

/** The beginning of a text file; empty when there is none, or something else in its place. */
export function beginningOf(path: string, bytes: number): string {
  const file = open(path);
  if (file === undefined) return "";
  try {
    return read(file, 0, bytes).toString("utf8");
  } finally {
    closeSync(file);
  }
}

function open(path: string): number | undefined {
  return isFile(path) ? openSync(path, "r") : undefined;
}

/** A file that is cut short meanwhile yields less. */
function read(file: number, start: number, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  return buffer.subarray(0, readSync(file, buffer, 0, bytes, start));
}
