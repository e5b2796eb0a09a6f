import { writeSync } from "node:fs";
import { FleetError } from "../errors.ts";

/** The reader of our output has gone, as `head` does: nothing is wrong, and nothing more is wanted. */
export class ReaderGone extends Error {
  override readonly name = "ReaderGone";
}

/**
 * Writes all of a text, or of bytes, to standard output (1) or standard error (2). Synchronous, because what `process.stdout` still holds when a
 * program exits is lost, and because loading that stream costs 11 ms. Throws ReaderGone when nobody reads standard output any more.
 */
export function writeAll(stream: 1 | 2, text: string | Uint8Array): void {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(stream, bytes, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") Bun.sleepSync(1);
      else if (stream === 2) return;
      else if (code === "EPIPE") throw new ReaderGone();
      else
        throw new FleetError("failed", `standard output cannot be written: ${(error as Error).message}`, {
          cause: error,
        });
    }
  }
}
