import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isRealDirectory, readTextIfExists } from "../files.ts";

const kinds = ["refs/heads", "refs/tags"];

/**
 * The names of all local branches and tags (`refs/heads/fix`), read from git's own files, which takes no process; `undefined` where git
 * keeps them in another form (`reftable`).
 */
export function refNames(commonDirectory: string): string[] | undefined {
  if (isRealDirectory(join(commonDirectory, "reftable"))) return undefined;
  const packed = readTextIfExists(join(commonDirectory, "packed-refs")) ?? "";
  const names = [...packed.matchAll(/^[0-9a-f]+ (refs\/(?:heads|tags)\/.+)$/gm)].map(([, name = ""]) => name);
  return [...new Set([...names, ...kinds.flatMap((kind) => looseRefs(commonDirectory, kind))])];
}

function looseRefs(commonDirectory: string, kind: string): string[] {
  const directory = join(commonDirectory, kind);
  if (!isRealDirectory(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".lock"))
    .map((entry) => join(entry.parentPath, entry.name).slice(commonDirectory.length + 1));
}
