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

/** The commits that all local branches are at, by their short names, read as `refNames` does. */
export function branchTips(commonDirectory: string): Map<string, string> {
  const packed = readTextIfExists(join(commonDirectory, "packed-refs")) ?? "";
  const tips = new Map<string, string>();
  for (const [, id = "", name = ""] of packed.matchAll(/^([0-9a-f]+) refs\/heads\/(.+)$/gm)) tips.set(name, id);
  for (const ref of looseRefs(commonDirectory, "refs/heads")) {
    const id = (readTextIfExists(join(commonDirectory, ref)) ?? "").trim();
    if (/^[0-9a-f]{40,64}$/.test(id)) tips.set(ref.slice("refs/heads/".length), id);
  }
  return tips;
}

function looseRefs(commonDirectory: string, kind: string): string[] {
  const directory = join(commonDirectory, kind);
  if (!isRealDirectory(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".lock"))
    .map((entry) => join(entry.parentPath, entry.name).slice(commonDirectory.length + 1));
}
