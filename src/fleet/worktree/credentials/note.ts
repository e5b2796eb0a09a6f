import { join } from "node:path";
import type { AgentEntry } from "../../../state/entry.ts";
import { isPathWithin, namesIn, readTextIfExists, replaceFile } from "../../../system/files.ts";
import { isExcludable, replaceExcludedPaths } from "../../../system/git/exclude.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { adminDirectory } from "../../../system/git/worktrees.ts";

/** The files that a worktree was given from the main checkout, relative to it. */
export interface Copies {
  readonly copied: readonly string[];
  /** Those that no ignore rule of the repository covers, so that we hide them. */
  readonly hidden: readonly string[];
}

/** Beside our record in git's directory of a worktree: it goes with the registration, whoever removes that. */
const copiesName = "ai-fleet-copies.json";

/** Writes down what a worktree is given. `admin` is git's own directory of it. */
export function noteCopies(admin: string, copies: Copies): void {
  replaceFile(join(admin, copiesName), `${JSON.stringify(copies, null, 2)}\n`);
}

/**
 * What a worktree was given. A note that does not parse, or none, is of nothing. The agent can write it too, so what we would not have
 * noted is not of it.
 */
export function readCopies(admin: string): Copies {
  const { copied, hidden } = parse(readTextIfExists(join(admin, copiesName)));
  return { copied: pathsIn(copied), hidden: pathsIn(hidden).filter(isExcludable) };
}

/** The files that the worktree of an agent was given, relative to it. */
export function filesGivenTo({ worktree }: Pick<AgentEntry, "worktree">): readonly string[] {
  const admin = adminDirectory(worktree);
  return admin === undefined ? [] : readCopies(admin).copied;
}

/**
 * Hides exactly what the worktrees that are registered now need hidden. Called whenever one came or went, by the holder of the
 * repository's lock.
 */
export function hideCopies(repository: Repository): void {
  replaceExcludedPaths(repository.commonDirectory, hiddenCopies(repository));
}

/** The paths that the worktrees that are registered now need hidden. */
export function hiddenCopies({ commonDirectory }: Repository): string[] {
  const registrations = join(commonDirectory, "worktrees");
  return namesIn(registrations).flatMap((name) => readCopies(join(registrations, name)).hidden);
}

function parse(text: string | undefined): { readonly copied?: unknown; readonly hidden?: unknown } {
  try {
    return JSON.parse(text ?? "{}") ?? {};
  } catch {
    return {};
  }
}

function pathsIn(value: unknown): string[] {
  return Array.isArray(value)
    ? value.filter((path) => typeof path === "string" && path !== "" && isPathWithin(path))
    : [];
}
