import { statSync } from "node:fs";
import type { AgentAdapter, TranscriptPlace } from "../../agents/adapter.ts";
import { objectIn } from "../../agents/json-lines.ts";
import type { DatabaseUsage, FileContext, FileUsage, Quota, RowUsage, UsageFile } from "../../agents/usage.ts";
import { type Position, readAppended } from "../../system/appended.ts";
import type { UsageRecord } from "./records.ts";

/** How far what agents write has been read. It is kept between two looks, so it is plain JSON. */
export interface ReadSoFar {
  /** How far each file has been read, and what it said that later rows need. */
  readonly files: Readonly<Record<string, ReadFile>>;
  /** When and how long the files of a database were. */
  readonly databases: Readonly<Record<string, string>>;
}

interface ReadFile extends Position {
  readonly context: FileContext;
}

/** What agents have written since it was looked at last, and how far it has been read now. */
export interface Unread extends ReadSoFar {
  readonly records: readonly UsageRecord[];
  /** What could not be read, and why. */
  readonly problems: readonly string[];
  readonly quota?: Quota;
  /** Something was written, if only what says nothing of usage. */
  readonly changed: boolean;
}

interface Found extends Unread {
  readonly records: UsageRecord[];
  readonly files: Record<string, ReadFile>;
  readonly databases: Record<string, string>;
  readonly problems: string[];
  quota?: Quota;
  changed: boolean;
}

/** Reads what agents whose record is in a place have written since. What cannot be read is named, and stops nothing. */
export function readUnread(adapters: readonly AgentAdapter[], place: TranscriptPlace, before: ReadSoFar): Unread {
  const { files, databases } = before;
  const found: Found = { records: [], files: { ...files }, databases: { ...databases }, problems: [], changed: false };
  for (const { name, usage } of adapters) {
    noting(found, `what ${name} has written`, () => {
      if (usage?.kind === "files") readFiles(name, usage, place, found);
      else if (usage !== undefined) readDatabase(name, usage, place, found);
    });
  }
  return found;
}

function readDatabase(name: string, usage: DatabaseUsage<TranscriptPlace>, place: TranscriptPlace, found: Found): void {
  const stamps = usage.files(place).map((path) => [path, stampOf(path)] as const);
  if (stamps.every(([path, stamp]) => found.databases[path] === stamp)) return;
  // The stamps are taken first: what is written meanwhile is found again the next time.
  const replies = usage.replies(place);
  found.records.push(...replies.map((reply) => ({ kind: "reply" as const, agent: name, session: "", ...reply })));
  for (const [path, stamp] of stamps) found.databases[path] = stamp;
  found.changed = true;
}

function readFiles(name: string, usage: FileUsage<TranscriptPlace>, place: TranscriptPlace, found: Found): void {
  for (const file of grownFiles(usage.files(place), found)) {
    const before = found.files[file.path];
    let context: FileContext | undefined;
    const take = (line: string, anew: boolean) => {
      context ??= anew ? {} : (before?.context ?? {});
      const row = usage.read(objectIn(line), context, place, file);
      context = row.context ?? context;
      found.records.push(...recordsOf(row, name, file));
      if (row.quota !== undefined && row.quota.at >= (found.quota?.at ?? 0)) found.quota = row.quota;
    };
    noting(found, file.path, () => {
      const position = readAppended(file.path, before, usage.marks, take);
      if (position === undefined || position === before) return;
      found.files[file.path] = { ...position, context: context ?? before?.context ?? {} };
      found.changed = true;
    });
  }
}

/** Those that began first come first: a later one may begin with what it copied out of them. */
function grownFiles(files: readonly UsageFile[], found: Found): UsageFile[] {
  const grown: { readonly file: UsageFile; readonly born: number }[] = [];
  for (const file of files) {
    noting(found, file.path, () => {
      const stat = statSync(file.path, { throwIfNoEntry: false });
      const known = found.files[file.path];
      if (stat?.isFile() !== true || (known?.offset === stat.size && known.inode === stat.ino)) return;
      grown.push({ file, born: stat.birthtimeMs });
    });
  }
  return grown.sort((a, b) => a.born - b.born).map(({ file }) => file);
}

/** A file that cannot be read says nothing; all others do. */
function noting(found: Found, what: string, look: () => void): void {
  try {
    look();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    found.problems.push(`${what} cannot be read: ${code}`);
  }
}

function recordsOf({ reply, total }: RowUsage, agent: string, { session, inner }: UsageFile): UsageRecord[] {
  const ofAgent = inner === true ? { agent, session, inner } : { agent, session };
  return [
    ...(reply === undefined ? [] : [{ kind: "reply" as const, ...ofAgent, ...reply }]),
    ...(total === undefined ? [] : [{ kind: "total" as const, agent, session, ...total }]),
  ];
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
}
