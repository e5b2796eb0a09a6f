import { statSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config/config.ts";
import { isFile, readBytesIfExists } from "../../system/files.ts";

/** Written by package managers at the end of an installation: they tell which packages a test runs with. */
const installed = ["node_modules/.package-lock.json", "node_modules/.yarn-integrity", "node_modules/.modules.yaml"];

/** What is tried, and where. */
interface Tried {
  readonly worktree: string;
  /** The content of the worktree, as git names it. */
  readonly tree: string;
  readonly argv: readonly string[];
  /** Not in the sandbox that its agent has. */
  readonly isOutside: boolean;
}

/** Names all that decides how a test ends, as far as it can be known: not the network, not the clock. */
export function testKey(config: Config, { worktree, tree, argv, isOutside }: Tried): string {
  const hash = new Bun.CryptoHasher("sha256");
  const add = (text: string | Uint8Array) => hash.update(`${text.length}:`).update(text);
  add(tree);
  for (const word of argv) add(word);
  if (isOutside) add("outside");
  add(JSON.stringify(Object.entries(config.env).sort()));
  for (const file of [...config.credential_files, ...config.test_also, ...installed].sort()) {
    const path = join(worktree, file);
    add(file);
    if (isFile(path)) add(readBytesIfExists(path) ?? "");
    else add(modified(path));
  }
  return hash.digest("hex");
}

/** Of a directory or of nothing: when it last changed. */
function modified(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs.toString() ?? "";
}
