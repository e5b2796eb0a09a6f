import { appendFileSync, statSync } from "node:fs";
import type { TranscriptPlace } from "../../agents/adapter.ts";
import { findAgent } from "../../agents/catalog.ts";
import { objectIn } from "../../agents/json-lines.ts";
import type { Quota } from "../../agents/usage.ts";
import { readEnding } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { type AgentFiles, agentFiles } from "../../state/places.ts";
import { exists, readTextIfExists, rememberIn } from "../../system/files.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { transcriptPlace } from "../watch/transcript.ts";
import { keptBytes, keptRecords } from "./kept.ts";
import { priceStep, priceTableDate } from "./prices.ts";
import { type Collection, recordLine, type UsageRecord } from "./records.ts";
import { isWhole, totalsOf, type UsageGroup } from "./totals.ts";
import { type ReadSoFar, readUnread } from "./unread.ts";

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
interface Ledger extends ReadSoFar {
  readonly v: 1;
  /** The prices that the groups are made for. */
  readonly prices: string;
  /** The CLIs that have worked here. */
  readonly agents: readonly string[];
  /** How many bytes of `replies.jsonl` the rest is made of. */
  readonly keptBytes: number;
  /** The agent was killed then, and all that it wrote before has been read. */
  readonly closedAt: string | undefined;
  readonly groups: readonly UsageGroup[];
  readonly whole: boolean;
  readonly quota: Quota | undefined;
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
  const { ledger, problems } = lookAgain(fleet, entry, place);
  return asUsage(fleet, ledger, problems, ledger.groups);
}

/** What an agent has used since a moment, looked at as `usageOf` does. */
export function usageSince(
  fleet: Reader,
  entry: AgentEntry,
  since: Date,
  place = transcriptPlace(fleet, entry),
): AgentUsage {
  const { ledger, problems, files } = lookAgain(fleet, entry, place);
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
  const kinds = adaptersOf(fleet, agents).map(({ usage }) => usage?.complete ?? "always");
  return kinds.includes("never") || (kinds.includes("at the end") && !whole);
}

interface LookedAt {
  readonly files: AgentFiles;
  readonly ledger: Ledger;
  readonly problems: readonly string[];
}

function lookAgain(fleet: Reader, entry: AgentEntry, place: TranscriptPlace, known?: Ledger): LookedAt {
  const files = agentFiles(statePlaces(fleet), entry.id);
  const before = known ?? readLedger(files);
  const endedAt = endOf(fleet, entry, files);
  if (endedAt !== undefined && before.closedAt === endedAt) return { files, ledger: before, problems: [] };
  const agents = [...new Set([...before.agents, entry.agent])];
  const found = readUnread(adaptersOf(fleet, agents), place, before);
  const isClosed = endedAt !== before.closedAt;
  if (!found.changed && !isClosed && before.agents.length === agents.length) {
    return { files, ledger: before, problems: found.problems };
  }
  if (before.keptBytes > keptBytes(files)) return lookAgain(fleet, entry, place, empty);
  const since = place.startedAt.getTime();
  const kept = keptRecords(files);
  const until = endedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(endedAt) + 999;
  const fresh = found.records
    .filter((record) => record.kind === "fork" || (record.at >= since && record.at <= until))
    .flatMap((record) => newRecords(kept, record));
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
    groups: totalsOf(kept, since, priceStep),
    whole: isWhole(kept),
    quota: found.quota ?? before.quota,
  };
  if (isKept && exists(files.directory)) rememberIn(files.usage, `${JSON.stringify(ledger)}\n`);
  return { files, ledger, problems: found.problems };
}

/**
 * When the agent was ended. To find out that it was not costs less than not to find it: a look at a hundred agents is to take milliseconds.
 */
function endOf(fleet: Reader, { id }: AgentEntry, { ending }: AgentFiles): string | undefined {
  const hasEnded = statSync(ending, { throwIfNoEntry: false }) !== undefined;
  return hasEnded ? readEnding(statePlaces(fleet), id)?.ended_at : undefined;
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

/** What cannot be read, or was made with other prices, is made anew from the beginning. */
function readLedger(files: AgentFiles): Ledger {
  const ledger = objectIn(readTextIfExists(files.usage)) as Partial<Ledger>;
  if (ledger.v !== 1 || ledger.prices !== priceTableDate) return empty;
  return { ...empty, ...ledger };
}

/** The CLIs of these names. One of which nothing is known any more, since its settings are gone, has written nothing that can be read. */
function adaptersOf({ settings }: Reader, names: readonly string[]) {
  return names.flatMap((name) => findAgent(name, settings.config.agents) ?? []);
}
