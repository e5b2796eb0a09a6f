import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { AgentEntry } from "../../state/entry.ts";
import { readMark } from "../../state/marks.ts";
import { isInside, isRealDirectory, readTextIfExists } from "../../system/files.ts";
import type { Repository } from "../../system/git/repository.ts";
import { registeredPath } from "../../system/git/worktrees.ts";

/** A worktree that nobody of ours was given. */
export interface LeftOutside {
  readonly path: string;
  /** `undefined` when its HEAD is detached. */
  readonly branch: string | undefined;
}

/**
 * The worktrees inside of the main checkout that git has registered since the first of these agents was made: agents have sub-agents of
 * their own work in such places, and leave them there. Whose each is cannot be told, so they are named and left alone.
 */
export function leftOutside(repository: Repository, ended: readonly AgentEntry[]): LeftOutside[] {
  const registrations = join(repository.commonDirectory, "worktrees");
  if (ended.length === 0 || repository.bare || !isRealDirectory(registrations)) return [];
  const since = Math.min(...ended.map(({ created_at }) => Date.parse(created_at)));
  return readdirSync(registrations)
    .map((name) => join(registrations, name))
    .flatMap((admin) => {
      const path = registeredPath(admin);
      if (path === undefined || !isInside(repository.root, path) || !isRealDirectory(path)) return [];
      if (readMark(admin) !== undefined || registeredAt(admin) < since) return [];
      const branch = readTextIfExists(join(admin, "HEAD"))?.match(/^ref: refs\/heads\/(.+)$/m)?.[1];
      return [{ path, branch }];
    });
}

/** Git writes this file once, when it makes the worktree. */
function registeredAt(admin: string): number {
  return statSync(join(admin, "commondir")).mtimeMs;
}
