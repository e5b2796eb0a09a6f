/**
 * Writes what the program says about itself: the command reference of README.md, and the manual page dist/fleet.1.
 * `bun run docs --check` writes nothing, and fails naming what is stale.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { renderManual } from "../src/cli/manual.ts";

const root = resolve(import.meta.dir, "..");
const markers = {
  begin: "<!-- The reference begins. It is written by: scripts/bun run docs -->",
  end: "<!-- The reference ends. -->",
};

/** A file that is written in whole or in part from the command definitions. */
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

/** The documents as they should be now. Throws when README.md has no place for the reference. */
export async function documents(): Promise<Document[]> {
  const { reference, manPage } = await renderManual();
  return [document("README.md", (text) => withReference(text, reference)), document("dist/fleet.1", () => manPage)];
}

function document(path: string, rewritten: (text: string) => string): Document {
  const file = join(root, path);
  const text = existsSync(file) ? readFileSync(file, "utf8") : undefined;
  const content = rewritten(text ?? "");
  return { path, content, stale: text !== undefined && text !== content };
}

/** The text with the reference in the place of what is between the markers. */
export function withReference(text: string, reference: string): string {
  const [before, rest, ...more] = text.split(markers.begin);
  const [, after, ...others] = (rest ?? "").split(markers.end);
  if (before === undefined || after === undefined || more.length + others.length > 0) {
    throw new Error(`README.md needs one line ${markers.begin} and after it one line ${markers.end}`);
  }
  return `${before}${markers.begin}\n\n${reference}\n${markers.end}${after}`;
}
