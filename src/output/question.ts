import { readSync } from "node:fs";
import { writeAll } from "./streams.ts";

/** Asks a question on the terminal and says whether the answer was yes; everything else, the end of input too, is no. */
export function ask(question: string): boolean {
  writeAll(2, question);
  const buffer = Buffer.alloc(1024);
  const length = readSync(0, buffer);
  return /^\s*y(es)?\s*$/i.test(buffer.toString("utf8", 0, length));
}
