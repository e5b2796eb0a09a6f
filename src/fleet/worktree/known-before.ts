import { linkSync, statSync } from "node:fs";
import { join } from "node:path";
import { asRefusal } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { parsedJson } from "../../state/json.ts";
import { type AgentFiles, agentFiles, type StatePlaces } from "../../state/places.ts";
import { namesIn, readTextIfExists, removeTree, replaceCache, writePrivateFile } from "../../system/files.ts";
import { otherRefNames, refNames } from "../../system/git/ref-names.ts";
import type { Repository } from "../../system/git/repository.ts";
import { type Fingerprints, sharedFiles, sharedSettings } from "../../system/git/shared-files.ts";

/** What there was in a repository at a moment, by name. */
export interface Known {
  /** `null` where git keeps them in a form that is not read. */
  readonly refs: readonly string[] | null;
  readonly other_refs: readonly string[] | null;
  /** The names of the registrations: `.git/worktrees/NAME`. */
  readonly worktrees: readonly string[];
  readonly settings: Fingerprints | null;
  readonly files: Fingerprints | null;
}

/** What an agent has left there: `null` for a setting or file that was not there before it, and nothing for one that was another. */
export type Left = Partial<Pick<Known, "refs" | "other_refs" | "worktrees">> & {
  readonly settings?: Readonly<Record<string, string | null>> | null;
  readonly files?: Readonly<Record<string, string | null>> | null;
};

/** Keeps beside agents what there was in their repository before they started: all of one launch share it, as one file with many names. */
export class KnownBefore {
  readonly #text: string;
  #written: string | undefined;

  /** `without` is what agents have left there. */
  constructor({ commonDirectory }: Pick<Repository, "commonDirectory">, without: Left = {}) {
    const known: Known = {
      refs: namesBut(
        readable(() => refNames(commonDirectory)),
        without.refs,
      ),
      other_refs: namesBut(
        readable(() => otherRefNames(commonDirectory)),
        without.other_refs,
      ),
      worktrees:
        namesBut(
          readable(() => registrationsIn(commonDirectory)),
          without.worktrees,
        ) ?? [],
      settings: contentBut(
        readable(() => sharedSettings(commonDirectory)),
        without.settings,
      ),
      files: contentBut(
        readable(() => sharedFiles(commonDirectory)),
        without.files,
      ),
    };
    this.#text = textOf(known);
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

function namesBut(names: readonly string[] | undefined, left: readonly string[] | null | undefined): string[] | null {
  const others = new Set(left);
  return names?.filter((name) => !others.has(name)) ?? null;
}

function contentBut(content: Fingerprints | undefined, left: Left["settings"]): Fingerprints | null {
  if (content === undefined) return null;
  const before = Object.entries({ ...content, ...left });
  return Object.fromEntries(before.flatMap(([name, what]) => (what === null ? [] : [[name, what]])));
}

function textOf(known: Known | Left): string {
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
  new KnownBefore(repository, readLeft(files.leftBehind)).keepWith(files);
  removeTree(files.leftBehind);
}

/** What each of these agents found; nothing of what an earlier version did not note. Those of one launch are read once. */
export function knownBefore(places: StatePlaces, agents: readonly AgentEntry[]): Partial<Known>[] {
  const files = new Map<number, string>();
  let unknown = false;
  for (const { id } of agents) {
    const { knownBefore: file } = agentFiles(places, id);
    const inode = statSync(file, { throwIfNoEntry: false })?.ino;
    if (inode === undefined) unknown = true;
    else files.set(inode, file);
  }
  return [...[...files.values()].map(readKnown), ...(unknown ? [{}] : [])];
}

function readKnown(file: string): Partial<Known> {
  const { settings, files, ...names } = readLeft(file);
  return {
    ...names,
    ...(areFingerprints(settings) ? { settings } : {}),
    ...(areFingerprints(files) ? { files } : {}),
  };
}

function readLeft(file: string): Left {
  const read = (parsedJson(readTextIfExists(file) ?? "") ?? {}) as Partial<Record<keyof Known, unknown>>;
  const { refs, other_refs, worktrees, settings, files } = read;
  return {
    ...(refs === null || isTexts(refs) ? { refs } : {}),
    ...(other_refs === null || isTexts(other_refs) ? { other_refs } : {}),
    ...(isTexts(worktrees) ? { worktrees } : {}),
    ...(isContent(settings) ? { settings } : {}),
    ...(isContent(files) ? { files } : {}),
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function isContent(value: unknown): value is Record<string, string | null> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((each) => each === null || typeof each === "string");
}

function areFingerprints(content: Left["settings"]): content is Fingerprints {
  return content != null && Object.values(content).every((each) => each !== null);
}

/** The names of the registrations of all linked worktrees of a repository. */
export function registrationsIn(commonDirectory: string): string[] {
  return namesIn(join(commonDirectory, "worktrees"));
}

/** A name is new that was missing when one of them started. */
export function isNewTo(lists: readonly (readonly string[])[]): (name: string) => boolean {
  const sets = lists.map((names) => new Set(names));
  return (name) => sets.some((names) => !names.has(name));
}
