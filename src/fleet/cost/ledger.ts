import { appendFileSync, statSync } from "node:fs";
import type { AgentAdapter, TranscriptPlace } from "../../agents/adapter.ts";
import { findAgent } from "../../agents/catalog.ts";
import { objectIn } from "../../agents/json-lines.ts";
import type { FileContext, FileUsage, Quota, RowUsage, UsageFile } from "../../agents/usage.ts";
import { readEnding } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { type AgentFiles, agentFiles } from "../../state/places.ts";
import { type Position, readAppended } from "../../system/appended.ts";
import { exists, readTextIfExists, rememberIn } from "../../system/files.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { transcriptPlace } from "../watch/transcript.ts";
import { keptBytes, keptRecords } from "./kept.ts";
import { priceStep, priceTableDate } from "./prices.ts";
import { type Collection, recordLine, type UsageRecord } from "./records.ts";
import { isWhole, totalsOf, type UsageGroup } from "./totals.ts";

/** Where transcripts and what is kept of them are found. */
type Reader = Pick<Fleet, "settings" | "environment">;

/** What one agent has used. */
export interface AgentUsage {
  readonly groups: readonly UsageGroup[];
  /** It has used more: of some answers nothing is written down, or not yet. */
  readonly atLeast: boolean;
  /** What its CLI was told of the account. */
  readonly quota: Quota | undefined;
  /** What could not be read, and why. */
  readonly problems: readonly string[];
}

/** What is kept in `usage.json`. */
interface Ledger {
  readonly v: 1;
  /** The prices that the groups are made for. */
  readonly prices: string;
  /** The CLIs that have worked here. */
  readonly agents: readonly string[];
  /** How far each file has been read, and what it said that later rows need. */
  readonly files: Readonly<Record<string, ReadFile>>;
  /** When and how long the files of a database were. */
  readonly databases: Readonly<Record<string, string>>;
  /** How many bytes of `replies.jsonl` the rest is made of. */
  readonly keptBytes: number;
  /** The agent was killed then, and all that it wrote before has been read. */
  readonly closedAt: string | undefined;
  readonly groups: readonly UsageGroup[];
  readonly whole: boolean;
  readonly quota: Quota | undefined;
}

interface ReadFile extends Position {
  readonly context: FileContext;
}

const empty: Ledger = {
  v: 1,
  prices: priceTableDate,
  agents: [],
  files: {},
  databases: {},
  keptBytes: 0,
  closedAt: undefined,
  groups: [],
  whole: true,
  quota: undefined,
};

/**
 * What an agent has used up to now. Only what was appended to its transcripts since the last look is read; what was found stays when
 * they are gone. Two looks at the same time may find the same, which is counted once. What cannot be read is named, and stops nothing.
 */
export function usageOf(fleet: Reader, entry: AgentEntry, place = transcriptPlace(fleet, entry)): AgentUsage {
  const files = agentFiles(statePlaces(fleet), entry.id);
  const { ledger, problems } = lookAgain(fleet, entry, files, place);
  return asUsage(fleet, ledger, problems, ledger.groups);
}

/** What an agent has used since a moment, looked at as `usageOf` does. */
export function usageSince(
  fleet: Reader,
  entry: AgentEntry,
  since: Date,
  place = transcriptPlace(fleet, entry),
): AgentUsage {
  const files = agentFiles(statePlaces(fleet), entry.id);
  const { ledger, problems } = lookAgain(fleet, entry, files, place);
  const groups = ledger.groups.length === 0 ? [] : totalsOf(keptRecords(files), since.getTime(), priceStep);
  return asUsage(fleet, ledger, problems, groups);
}

function asUsage(
  fleet: Reader,
  ledger: Ledger,
  problems: readonly string[],
  groups: readonly UsageGroup[],
): AgentUsage {
  return { groups, atLeast: isAtLeast(fleet, ledger) || problems.length > 0, quota: ledger.quota, problems };
}

function isAtLeast(fleet: Reader, { agents, groups, whole }: Ledger): boolean {
  if (groups.length === 0) return false;
  const kinds = agents.map((name) => adapterNamed(fleet, name)?.usage?.complete ?? "always");
  return kinds.includes("never") || (kinds.includes("at the end") && !whole);
}

interface LookedAt {
  readonly ledger: Ledger;
  readonly problems: readonly string[];
}

function lookAgain(
  fleet: Reader,
  entry: AgentEntry,
  files: AgentFiles,
  place: TranscriptPlace,
  before = readLedger(files),
): LookedAt {
  const endedAt = endOf(fleet, entry, files);
  if (endedAt !== undefined && before.closedAt === endedAt) return { ledger: before, problems: [] };
  const agents = [...new Set([...before.agents, entry.agent])];
  const found = foundOf(fleet, agents, place, before);
  const isClosed = endedAt !== before.closedAt;
  if (!found.changed && !isClosed && before.agents.length === agents.length) {
    return { ledger: before, problems: found.problems };
  }
  if (before.keptBytes > keptBytes(files)) return lookAgain(fleet, entry, files, place, empty);
  const since = place.startedAt.getTime();
  const known = keptRecords(files);
  const until = endedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(endedAt) + 999;
  const fresh = found.records
    .filter((record) => record.kind === "fork" || (record.at >= since && record.at <= until))
    .flatMap((record) => newRecords(known, record));
  const isKept = keepRecords(files, fresh);
  const ledger: Ledger = {
    v: 1,
    prices: priceTableDate,
    agents,
    files: found.files,
    databases: found.databases,
    keptBytes: keptBytes(files),
    closedAt: endedAt,
    // Also when nothing is new here: another look may have found the same a moment ago.
    groups: totalsOf(known, since, priceStep),
    whole: isWhole(known),
    quota: found.quota ?? before.quota,
  };
  if (isKept && exists(files.directory)) rememberIn(files.usage, `${JSON.stringify(ledger)}\n`);
  return { ledger, problems: found.problems };
}

/**
 * When the agent was ended. To find out that it was not costs less than not to find it: a look at a hundred agents is to take milliseconds.
 */
function endOf(fleet: Reader, { id }: AgentEntry, { ending }: AgentFiles): string | undefined {
  const hasEnded = statSync(ending, { throwIfNoEntry: false }) !== undefined;
  return hasEnded ? readEnding(statePlaces(fleet), id)?.ended_at : undefined;
}

/** What agents have written since it was looked at last. */
function foundOf(fleet: Reader, agents: readonly string[], place: TranscriptPlace, before: Ledger): Found {
  const { files, databases } = before;
  const found: Found = { records: [], files: { ...files }, databases: { ...databases }, problems: [], changed: false };
  for (const agent of agents) {
    const adapter = adapterNamed(fleet, agent);
    if (adapter !== undefined) noting(found, `what ${agent} has written`, () => lookAt(adapter, place, found));
  }
  return found;
}

/** Where they cannot be kept, on a full disk, the next look reads them in the transcripts again. */
function keepRecords({ replies }: AgentFiles, fresh: readonly UsageRecord[]): boolean {
  try {
    if (fresh.length > 0) appendFileSync(replies, `\n${fresh.map(recordLine).join("\n")}\n`, { mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

/** What tells something new: an answer, and that its session is a copy when the answer is known from another. */
function newRecords(known: Collection, record: UsageRecord): UsageRecord[] {
  const { agent, session } = record;
  const isCopy = record.kind === "reply" && record.inner !== true && known.isOfAnotherSession(record);
  const records: UsageRecord[] = isCopy ? [record, { kind: "fork", agent, session }] : [record];
  return records.filter((each) => known.add(each));
}

interface Found {
  readonly records: UsageRecord[];
  readonly files: Record<string, ReadFile>;
  readonly databases: Record<string, string>;
  /** What could not be read, and why. */
  readonly problems: string[];
  quota?: Quota;
  changed: boolean;
}

function lookAt({ name, usage }: AgentAdapter, place: TranscriptPlace, found: Found): void {
  if (usage?.kind === "files") lookAtFiles(name, usage, place, found);
  if (usage?.kind !== "database") return;
  const stamps = usage.files(place).map((path) => [path, stampOf(path)] as const);
  if (stamps.every(([path, stamp]) => found.databases[path] === stamp)) return;
  // The stamps are taken first: what is written meanwhile is found again the next time.
  const replies = usage.replies(place);
  found.records.push(...replies.map((reply) => ({ kind: "reply" as const, agent: name, session: "", ...reply })));
  for (const [path, stamp] of stamps) found.databases[path] = stamp;
  found.changed = true;
}

/** The files that began first are read first: a later one may begin with what it copied out of them. */
function lookAtFiles(name: string, usage: FileUsage<TranscriptPlace>, place: TranscriptPlace, found: Found): void {
  const grown: { readonly file: UsageFile; readonly born: number }[] = [];
  for (const file of usage.files(place)) {
    noting(found, file.path, () => {
      const stat = statSync(file.path, { throwIfNoEntry: false });
      const known = found.files[file.path];
      if (stat?.isFile() !== true || (known?.offset === stat.size && known.inode === stat.ino)) return;
      grown.push({ file, born: stat.birthtimeMs });
    });
  }
  grown.sort((a, b) => a.born - b.born);
  for (const { file } of grown) {
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

/** What cannot be read, or was made with other prices, is made anew from the beginning. */
function readLedger(files: AgentFiles): Ledger {
  const ledger = objectIn(readTextIfExists(files.usage)) as Partial<Ledger>;
  if (ledger.v !== 1 || ledger.prices !== priceTableDate) return empty;
  return { ...empty, ...ledger };
}

function adapterNamed(fleet: Reader, name: string): AgentAdapter | undefined {
  return findAgent(name, fleet.settings.config.agents);
}
