import { renameSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../../errors.ts";
import { mirrorsRoot } from "../../state/places.ts";
import { exists, isRealDirectory, makePrivateDirectory, removeTree, temporaryPath } from "../../system/files.ts";
import { git, tryGit } from "../../system/git/command.ts";
import { type Repository, requireRepository } from "../../system/git/repository.ts";
import { type Fleet, gitAt, statePlaces } from "../fleet.ts";
import { isRepositoryKey } from "../repository-key.ts";

/**
 * What a push into a mirror may do: bring what is new. Nothing that another user's agents have can be moved or deleted by one. Where a file
 * of Git LFS is not to be had a checkout has its pointer, and does not fail.
 */
const settings = [
  ["receive.denyNonFastForwards", "true"],
  ["receive.denyDeletes", "true"],
  ["receive.autogc", "false"],
  ["lfs.skipdownloaderrors", "true"],
] as const;

/** Who commits, where git on this machine has not been told. */
export interface Committer {
  readonly name: string;
  readonly email: string;
}

/** Where the mirror of a repository is on this machine, or would be. Throws FleetError `usage` for what is no key. */
function mirrorPath(fleet: Fleet, key: string): string {
  if (isRepositoryKey(key)) return join(mirrorsRoot(statePlaces(fleet)), `${key}.git`);
  throw new FleetError("usage", `${JSON.stringify(key)} is no key of a repository`);
}

/** The repository on this machine that agents of another one work on; `undefined` when there is none yet. */
export async function findMirror(fleet: Fleet, key: string): Promise<Repository | undefined> {
  const path = mirrorPath(fleet, key);
  return isRealDirectory(path) ? requireRepository(gitAt(fleet, path)) : undefined;
}

/** The repository on this machine that agents of another one work on. Throws FleetError `failed` when there is none. */
export async function requireMirror(fleet: Fleet, key: string): Promise<Repository> {
  const mirror = await findMirror(fleet, key);
  if (mirror !== undefined) return mirror;
  throw new FleetError("failed", "this machine has nothing of the repository", {
    code: "no-mirror",
    hint: "to start agents on it here, run fleet create BRANCH --host NAME",
  });
}

/**
 * Makes the bare repository that agents of another machine's user work on, unless it is there. It appears whole or not at all, also when
 * two ask at once. The committer only counts where git here has none.
 */
export async function prepareMirror(fleet: Fleet, key: string, committer: Committer | undefined): Promise<Repository> {
  const path = mirrorPath(fleet, key);
  if (!exists(path)) await makeMirror(fleet, path);
  const mirror = await requireMirror(fleet, key);
  if (committer !== undefined) await introduce(fleet, mirror, committer);
  return mirror;
}

async function makeMirror(fleet: Fleet, path: string): Promise<void> {
  const root = mirrorsRoot(statePlaces(fleet));
  makePrivateDirectory(root);
  const unfinished = temporaryPath(path);
  try {
    await git(gitAt(fleet, root), ["init", "--quiet", "--bare", "--template=", "--", unfinished]);
    for (const [name, value] of settings) await git(gitAt(fleet, unfinished), ["config", name, value]);
    renameSync(unfinished, path);
  } catch (error) {
    // Somebody else was faster.
    if (!isRealDirectory(path)) throw error;
  } finally {
    removeTree(unfinished);
  }
}

async function introduce(fleet: Fleet, { root }: Repository, { name, email }: Committer): Promise<void> {
  const place = gitAt(fleet, root);
  const known = await tryGit(place, ["config", "--get", "user.email"]);
  if (known.exitCode === 0 && known.stdout.trim() !== "") return;
  await git(place, ["config", "user.name", name]);
  await git(place, ["config", "user.email", email]);
}
