import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isRealDirectory, namesIn, readTextIfExists } from "../files.ts";

/** Refs and what each is at: the name of an object, or `ref: REF`. */
export type Refs = Readonly<Record<string, string>>;

/**
 * All local branches and tags by their full names (`refs/heads/fix`), read from git's own files, which takes no process; `undefined` where
 * git keeps them in another form (`reftable`).
 */
export function branchesAndTags(commonDirectory: string): Refs | undefined {
  return refsOf(commonDirectory, ["heads", "tags"], "heads|tags");
}

/** Kinds that are named apart, that git and fleet keep for themselves, or that are of one worktree alone. */
const apart = ["heads", "tags", "remotes", "fleet", "prefetch", "bisect", "worktree", "rewritten"];
/** Kinds in which other tools keep commits alive for themselves: Jujutsu, git-branchless, GitButler, Graphite. */
const ofTools = ["jj", "branchless", "gitbutler", "branch-metadata"];
/** Kinds that a fetch brings and moves where it is told to: of GitHub, GitLab, Bitbucket and Gerrit. */
const ofHosts = ["pull", "merge-requests", "pull-requests", "changes"];

/** All other refs that are shared (`refs/notes/commits`), read as `branchesAndTags` does. */
export function otherRefs(commonDirectory: string): Refs | undefined {
  const excluded = [...apart, ...ofTools, ...ofHosts];
  const kinds = namesIn(join(commonDirectory, "refs")).filter((kind) => !excluded.includes(kind));
  return refsOf(commonDirectory, kinds, `(?!(?:${excluded.join("|")})/)[^/\n]+`);
}

/** The refs below some kinds: loose ones before packed ones, as git does, since whoever packs them goes the other way. */
function refsOf(commonDirectory: string, looseKinds: readonly string[], packedKinds: string): Refs | undefined {
  if (isRealDirectory(join(commonDirectory, "reftable"))) return undefined;
  const names = looseKinds.flatMap((kind) => looseRefs(commonDirectory, `refs/${kind}`));
  const loose = names.flatMap((name): [string, string][] => {
    const text = readTextIfExists(join(commonDirectory, name));
    return text === undefined ? [] : [[name, text.trim()]];
  });
  const packed = readTextIfExists(join(commonDirectory, "packed-refs")) ?? "";
  const lines = packed.matchAll(new RegExp(`^([0-9a-f]+) (refs/(?:${packedKinds})/.+)$`, "gm"));
  return Object.fromEntries([...[...lines].map(([, object = "", name = ""]) => [name, object] as const), ...loose]);
}

/** The messages of the user's stashes by the names of their commits, as git lists them; `undefined` as above. */
export function stashes(commonDirectory: string): Readonly<Record<string, string>> | undefined {
  if (isRealDirectory(join(commonDirectory, "reftable"))) return undefined;
  const log = readTextIfExists(join(commonDirectory, "logs", "refs", "stash")) ?? "";
  const lines = [...log.matchAll(/^[0-9a-f]+ ([0-9a-f]+) [^\t\n]*\t?(.*)$/gm)];
  return Object.fromEntries(lines.map(([, object = "", message = ""]) => [object, message]));
}

const objectName = /^[0-9a-f]{40,64}$/;

/**
 * What all refs are, by their full names, read from git's own files: loose ones before packed ones, as git does, since whoever packs them
 * goes the other way. Those that name another are what that is. `undefined` where only git can tell.
 */
export function allRefs(commonDirectory: string): Map<string, string> | undefined {
  if (isRealDirectory(join(commonDirectory, "reftable"))) return undefined;
  const loose = looseRefs(commonDirectory, "refs").flatMap((name): [string, string][] => {
    const text = readTextIfExists(join(commonDirectory, name));
    return text === undefined ? [] : [[name, text.trimEnd()]];
  });
  const packed = readTextIfExists(join(commonDirectory, "packed-refs")) ?? "";
  const lines = [...packed.matchAll(/^([0-9a-f]{40,64}) (refs\/.+)$/gm)];
  const told = new Map([...lines.map(([, value = "", name = ""]) => [name, value] as const), ...loose]);
  const refs = new Map<string, string>();
  for (const [name, value] of told) {
    const named = /^ref: (.+)$/.exec(value)?.[1];
    const found = named === undefined ? value : told.get(named);
    // What leads nowhere is no ref for git either.
    if (found === undefined) continue;
    if (!objectName.test(found)) return undefined;
    refs.set(name, found);
  }
  return refs;
}

/** The commits that all local branches are at, by their short names, read as `branchesAndTags` does. */
export function branchTips(commonDirectory: string): Map<string, string> {
  const packed = readTextIfExists(join(commonDirectory, "packed-refs")) ?? "";
  const tips = new Map<string, string>();
  for (const [, tip = "", name = ""] of packed.matchAll(/^([0-9a-f]+) refs\/heads\/(.+)$/gm)) tips.set(name, tip);
  for (const ref of looseRefs(commonDirectory, "refs/heads")) {
    const tip = (readTextIfExists(join(commonDirectory, ref)) ?? "").trim();
    if (objectName.test(tip)) tips.set(ref.slice("refs/heads/".length), tip);
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
