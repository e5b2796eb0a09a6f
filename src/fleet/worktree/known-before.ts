import { linkSync, statSync } from "node:fs";
import { join } from "node:path";
import { asRefusal } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { parsedJson } from "../../state/json.ts";
import { type AgentFiles, agentFiles, type StatePlaces } from "../../state/places.ts";
import { namesIn, readTextIfExists, removeTree, replaceCache, writePrivateFile } from "../../system/files.ts";
import { branchesAndTags, otherRefs, type Refs, stashes } from "../../system/git/ref-names.ts";
import type { Repository } from "../../system/git/repository.ts";
import { type Fingerprints, sharedFiles, sharedSettings } from "../../system/git/shared-files.ts";

/** What there was in a repository at a moment, by name; `null` where that could not be read, or not without a git. */
export interface Known {
  /** Branches and tags, and what they were at; nothing where an earlier version kept their names alone. */
  readonly refs: Refs | null;
  readonly other_refs: Refs | null;
  /** Messages by commits. */
  readonly stashes: Readonly<Record<string, string>> | null;
  /** The names of the registrations: `.git/worktrees/NAME`. */
  readonly worktrees: readonly string[];
  readonly settings: Fingerprints | null;
  readonly files: Fingerprints | null;
}

/** So much of it as an agent found when it started, or came back. */
export type KnownThen = Partial<Known> & { readonly seen_at?: number };

/** What there was under these names before an agent, where that is another thing now: `null` for nothing. */
type Before = Readonly<Record<string, string | null>>;

/** What an agent has left there. */
export type Left = Partial<Pick<Known, "worktrees"> & Record<keyof typeof readers, Before | null>>;

const readers = { refs: branchesAndTags, other_refs: otherRefs, stashes, settings: sharedSettings, files: sharedFiles };
const contents = Object.keys(readers) as (keyof typeof readers)[];

/** Keeps beside agents what there was in their repository before they started: all of one launch share it, as one file with many names. */
export class KnownBefore {
  readonly #text: string;
  #written: string | undefined;

  /** `without` is what agents have left there. */
  constructor({ commonDirectory }: Pick<Repository, "commonDirectory">, without: Left = {}) {
    const content = contents.map((kind) => [
      kind,
      contentBut(
        readable(() => readers[kind](commonDirectory)),
        without[kind],
      ),
    ]);
    const registrations = readable(() => registrationsIn(commonDirectory)) ?? [];
    const worktrees = registrations.filter((name) => without.worktrees?.includes(name) !== true);
    this.#text = textOf({ ...Object.fromEntries(content), worktrees });
  }

  keepWith({ knownBefore }: AgentFiles): void {
    if (this.#written !== undefined && linked(this.#written, knownBefore)) return;
    // Never into the file that is there, which others may share.
    replaceCache(knownBefore, this.#text);
    this.#written = knownBefore;
  }
}

/** What only another user may read is not known, which is no reason not to start. */
function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (asRefusal(error) === undefined) throw error;
    return undefined;
  }
}

function contentBut(content: Readonly<Record<string, string>> | undefined, left: Before | null | undefined) {
  if (content === undefined) return null;
  const before = Object.entries({ ...content, ...left });
  return Object.fromEntries(before.flatMap(([name, what]) => (what === null ? [] : [[name, what]])));
}

function textOf(known: Left): string {
  return `${JSON.stringify(known)}\n`;
}

/** Not every file system has links, and the agent whose file it was may have been undone. */
function linked(existing: string, path: string): boolean {
  try {
    linkSync(existing, path);
    return true;
  } catch {
    return false;
  }
}

/** Keeps with a killed agent what it has left behind, so that it is still its own when it comes back. */
export function keepLeft({ leftBehind }: AgentFiles, left: Left): void {
  const isAny = Object.values(left).some((each) => Object.keys(each ?? {}).length > 0);
  if (isAny) writePrivateFile(leftBehind, textOf(left));
}

/** An agent that comes back knows all that is there now, but what it had left behind itself. */
export function knowAgain(repository: Repository, files: AgentFiles): void {
  new KnownBefore(repository, readLeft(files.leftBehind, null)).keepWith(files);
  removeTree(files.leftBehind);
}

/**
 * What each of these agents found, the earliest first; nothing of what an earlier version did not note. Those of one launch are read once.
 */
export function knownBefore(places: StatePlaces, agents: readonly AgentEntry[]): KnownThen[] {
  const files = new Map<number, { readonly file: string; readonly seen_at: number }>();
  let unknown = false;
  for (const { id } of agents) {
    const { knownBefore: file } = agentFiles(places, id);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) unknown = true;
    else files.set(stat.ino, { file, seen_at: stat.mtimeMs });
  }
  const found = [...files.values()].toSorted((one, other) => one.seen_at - other.seen_at);
  return [...found.map(({ file, seen_at }) => ({ ...readKnown(file), seen_at })), ...(unknown ? [{}] : [])];
}

function readKnown(file: string): Partial<Known> {
  const { worktrees, ...left } = readLeft(file, "");
  const known = contents.flatMap((kind) => (hasBeen(left[kind]) ? [[kind, left[kind]]] : []));
  return { ...(worktrees === undefined ? {} : { worktrees }), ...Object.fromEntries(known) };
}

/** Earlier versions kept lists of names, which stand for `listed`. */
function readLeft(file: string, listed: "" | null): Left {
  const kept = (parsedJson(readTextIfExists(file) ?? "") ?? {}) as Partial<Record<keyof Known, unknown>>;
  const left = contents.flatMap((kind) => {
    const value = kept[kind];
    if (isTexts(value)) return [[kind, Object.fromEntries(value.map((name) => [name, listed]))]];
    return value === null || isBefore(value) ? [[kind, value]] : [];
  });
  return { ...(isTexts(kept.worktrees) ? { worktrees: kept.worktrees } : {}), ...Object.fromEntries(left) };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function isBefore(value: unknown): value is Before {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((each) => each === null || typeof each === "string");
}

/** That something was not there is kept only of what was left. */
function hasBeen(value: Before | null | undefined): boolean {
  return value === null || (value !== undefined && Object.values(value).every((each) => each !== null));
}

/** The names of the registrations of all linked worktrees of a repository. */
export function registrationsIn(commonDirectory: string): string[] {
  return namesIn(join(commonDirectory, "worktrees"));
}
