/**
 * Writes what the program says about itself: the command reference src/cli/REFERENCE.md, and the manual pages in dist/man1/.
 * `bun run docs --check` writes nothing, and fails naming what is stale.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { renderManual } from "../src/cli/manual.ts";

const root = resolve(import.meta.dir, "..");

/** A file that is written from the command definitions. */
interface Document {
  /** From the root of the repository. */
  readonly path: string;
  /** What it should be. */
  readonly content: string;
  /** It is there and is something else. What was never written is not stale. */
  readonly stale: boolean;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2), await documents());

function main(words: readonly string[], written: readonly Document[]): number {
  if (words.length > 1 || words.some((word) => word !== "--check")) {
    console.error("usage: scripts/bun run docs [--check]");
    return 2;
  }
  if (words.includes("--check")) return check(written);
  for (const { path, content } of written) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return 0;
}

function check(written: readonly Document[]): number {
  const stale = written.filter((document) => document.stale);
  for (const { path } of stale) console.error(`${path} is stale; to write it anew, run scripts/bun run docs`);
  return stale.length === 0 ? 0 : 1;
}

/** The documents as they should be now. */
export async function documents(): Promise<Document[]> {
  const { reference, manPages } = await renderManual();
  return [
    document("src/cli/REFERENCE.md", reference),
    ...Object.entries(manPages).map(([name, page]) => document(`dist/man1/${name}`, page)),
  ];
}

function document(path: string, content: string): Document {
  const file = join(root, path);
  return { path, content, stale: existsSync(file) && readFileSync(file, "utf8") !== content };
}
