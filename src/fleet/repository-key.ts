import { join } from "node:path";
import { locationOf } from "../forges/location.ts";
import { makePrivateDirectory, readTextIfExists, replaceFile } from "../system/files.ts";
import { tryGit } from "../system/git/command.ts";
import { type Remote, remotesOf } from "../system/git/remotes.ts";
import type { Repository } from "../system/git/repository.ts";
import { type Fleet, gitAt } from "./fleet.ts";

/** Long enough that no two repositories of one host ever share a mirror. */
const keyLength = 24;

/**
 * What one repository is called on all machines, 24 hexadecimal digits: clones of one remote have the same key, however each of them writes
 * its address. Without a remote on another machine it is the repository's own, and stays with its git directory.
 */
export async function repositoryKey(fleet: Fleet, { commonDirectory }: Repository): Promise<string> {
  const place = gitAt(fleet, commonDirectory);
  const address = sharedAddress(await remotesOf(place));
  if (address !== undefined) return digest(["remote", address]);
  // A shallow clone has other roots than a whole one; the id tells it from its like anyway.
  const roots = await tryGit(place, ["rev-list", "--max-parents=0", "--all"]);
  return digest(["own", ...roots.stdout.split("\n").filter(Boolean).sort(), ownId(commonDirectory)]);
}

/** Whether a text can be such a key: it becomes a part of a path. */
export function isRepositoryKey(text: string): boolean {
  return new RegExp(`^[0-9a-f]{${keyLength}}$`).test(text);
}

/** `github.com/acme/shop`: of `origin`, else of the first remote that is on another machine. Pure. */
export function sharedAddress(remotes: readonly Remote[]): string | undefined {
  const inOrder = remotes.toSorted((a, b) => Number(b.name === "origin") - Number(a.name === "origin"));
  const [location] = inOrder.flatMap(({ fetches }) => locationOf(fetches) ?? []);
  return location === undefined ? undefined : `${location.host}/${location.path}`;
}

/** It is made when it is first asked for. */
function ownId(commonDirectory: string): string {
  const folder = join(commonDirectory, "fleet");
  const file = join(folder, "id");
  const known = readTextIfExists(file)?.trim() ?? "";
  if (/^[0-9a-f-]{36}$/.test(known)) return known;
  const made = crypto.randomUUID();
  makePrivateDirectory(folder);
  replaceFile(file, `${made}\n`);
  return made;
}

function digest(parts: readonly string[]): string {
  return new Bun.CryptoHasher("sha256").update(parts.join("\n")).digest("hex").slice(0, keyLength);
}
