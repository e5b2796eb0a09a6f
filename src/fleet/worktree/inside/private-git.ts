import { mkdirSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { FleetError } from "../../../errors.ts";
import type { Mount } from "../../../sandboxes/sandbox.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import type { AgentFiles } from "../../../state/places.ts";
import {
  exists,
  isRealDirectory,
  makePrivateDirectory,
  readTextIfExists,
  readUntrusted,
  removeTree,
  writePrivateFile,
} from "../../../system/files.ts";
import { git } from "../../../system/git/command.ts";
import { allRefs } from "../../../system/git/ref-names.ts";
import { adminDirectory } from "../../../system/git/worktrees.ts";
import { type Fleet, gitAt } from "../../fleet.ts";

/**
 * The git directory that an agent in a sandbox has instead of the repository's: at the same path inside, with refs and objects of its
 * own on top of the repository's objects, which it can read and nobody can write from there. What it commits the host takes over as
 * it takes a fetch, see `take-in.ts`.
 */
export interface PrivateGit {
  /** Where it is outside. */
  readonly directory: string;
  /** The repository's own, over which it lies inside. */
  readonly common: string;
  /** Git's directory of the worktree, which both use. */
  readonly admin: string;
}

/** The repository's own objects, as seen inside. */
const sharedObjects = "fleet-objects";
/** What only the host may say of a worktree: another common directory would be other hooks for whoever runs git outside. */
const fixedAdminFiles = ["commondir", "gitdir", "config.worktree"];
/** Of the repository's directory, what is to be read inside as it is. */
const sharedParts = ["hooks", "info/exclude", "info/attributes", "modules", "lfs", "shallow", "rr-cache"];

/** Where the private git directory of an agent is. Throws FleetError `failed` when its worktree is none any more. */
export function privateGit(entry: AgentEntry, { privateGit: directory }: Pick<AgentFiles, "privateGit">): PrivateGit {
  const admin = adminDirectory(entry.worktree);
  if (admin === undefined) throw new FleetError("failed", `${entry.worktree} is not a worktree of git any more`);
  return { directory, common: dirname(dirname(admin)), admin };
}

const listing = ["for-each-ref", "--format=%(objectname) %(refname)"];

/**
 * Makes it as the repository is now, before anything runs inside. Its settings are a copy, which the agent may change for itself. Objects
 * and reflogs (a stash is one) that an earlier run left stay, and so do refs that the repository has not; nothing else that was written
 * inside is trusted. Throws FleetError `failed` for a repository that keeps its refs in tables. Returns what the refs of the repository
 * were.
 */
export async function preparePrivateGit(fleet: Fleet, own: PrivateGit): Promise<ReadonlyMap<string, string>> {
  const { directory, common, admin } = own;
  if (/refstorage\s*=\s*reftable/i.test(readTextIfExists(join(common, "config")) ?? "")) {
    throw new FleetError("failed", "a sandbox needs refs in files, and this repository keeps them in tables", {
      hint: "to change that, run git refs migrate --ref-format=files",
    });
  }
  const shared = allRefs(common) ?? refsIn(await git(gitAt(fleet, common), listing));
  const added = [...privateRefs(own)].filter(([name]) => !shared.has(name));
  removeAllButHistory(directory);
  const objects = join(directory, "objects");
  for (const folder of [objects, join(objects, "info"), join(objects, "pack")]) {
    if (!isRealDirectory(folder)) removeTree(folder);
    mkdirSync(folder, { recursive: true });
  }
  for (const name of ["refs/heads", "refs/tags", "info", sharedObjects, `worktrees/${basename(admin)}`]) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  for (const name of sharedParts.filter((part) => exists(join(common, part)))) {
    if (isRealDirectory(join(common, name))) mkdirSync(join(directory, name));
    else writePrivateFile(join(directory, name), "");
  }
  removeTree(join(objects, "info", "alternates"));
  writePrivateFile(join(objects, "info", "alternates"), `${join(common, sharedObjects)}\n`);
  writePrivateFile(join(directory, "HEAD"), readTextIfExists(join(common, "HEAD")) ?? "ref: refs/heads/main\n");
  writePrivateFile(join(directory, "config"), readTextIfExists(join(common, "config")) ?? "");
  const lines = [...shared, ...added].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, id]) => `${id} ${name}\n`);
  writePrivateFile(join(directory, "packed-refs"), lines.join(""));
  // A mount over it has to have a place.
  if (!exists(join(admin, "config.worktree"))) writePrivateFile(join(admin, "config.worktree"), "");
  return shared;
}

function removeAllButHistory(directory: string): void {
  makePrivateDirectory(directory);
  for (const name of readdirSync(directory))
    if (name !== "objects" && name !== "logs") removeTree(join(directory, name));
}

/** How it is seen inside. A directory that is mounted cannot be renamed, so neither can what would lead git elsewhere be put in its place. */
export function privateGitMounts(entry: AgentEntry, { directory, common, admin }: PrivateGit): Mount[] {
  const inside = (name: string) => join(common, name);
  const objects = join(directory, "objects");
  return [
    { path: common, from: directory, writable: true },
    { path: inside("objects"), from: objects, writable: true },
    { path: inside("objects/info"), from: join(objects, "info"), writable: true },
    { path: inside("objects/info/alternates"), from: join(objects, "info", "alternates") },
    { path: inside(sharedObjects), from: join(common, "objects") },
    ...sharedParts
      .filter((name) => exists(join(directory, name)))
      .map((name) => ({ path: inside(name), from: join(common, name), optional: true }) as const),
    ...alternatesOf(common).map((path) => ({ path, optional: true }) as const),
    { path: admin, writable: true },
    ...fixedAdminFiles.map((name) => ({ path: join(admin, name), optional: true }) as const),
    { path: join(entry.worktree, ".git") },
  ];
}

/** Where a repository that borrows objects has them from. */
function alternatesOf(common: string): string[] {
  const text = readTextIfExists(join(common, "objects", "info", "alternates")) ?? "";
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => resolve(join(common, "objects"), line));
}

const objectId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const refName = /^refs\/[^\0-\x20\x7f~^:?*[\\]{1,1000}$/;
const longestPackedRefs = 64 * 2 ** 20;

/** The refs in lines `ID NAME`, by name; lines of another shape are of nobody. */
function refsIn(text: string): Map<string, string> {
  const pairs = text.split("\n").flatMap((line): [string, string][] => {
    const blank = line.indexOf(" ");
    const [id, name] = [line.slice(0, blank), line.slice(blank + 1)];
    return objectId.test(id) && refName.test(name) && !name.includes("..") ? [[name, id]] : [];
  });
  return new Map(pairs);
}

/** What a ref is inside; `undefined` when it is not there. What is read was written by the agent, and is an id or nothing. */
export function privateRef({ directory }: Pick<PrivateGit, "directory">, name: string): string | undefined {
  const loose = readUntrusted(join(directory, name), 100)?.trim();
  if (loose !== undefined && objectId.test(loose)) return loose;
  return packedRefs(directory).get(name);
}

/** All refs inside, by name. */
function privateRefs({ directory }: Pick<PrivateGit, "directory">): Map<string, string> {
  const root = join(directory, "refs");
  const files = isRealDirectory(root) ? readdirSync(root, { recursive: true, withFileTypes: true }) : [];
  const loose = files.flatMap((file): [string, string][] => {
    if (!file.isFile()) return [];
    const name = join(file.parentPath, file.name).slice(directory.length + 1);
    const id = readUntrusted(join(directory, name), 100)?.trim() ?? "";
    return refName.test(name) && objectId.test(id) ? [[name, id]] : [];
  });
  return new Map([...packedRefs(directory), ...loose]);
}

function packedRefs(directory: string): Map<string, string> {
  return refsIn(readUntrusted(join(directory, "packed-refs"), longestPackedRefs) ?? "");
}
