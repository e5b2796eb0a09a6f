import { lstatSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { asRefusal } from "../../errors.ts";
import { parsedJson } from "../../state/json.ts";
import { agentFiles } from "../../state/places.ts";
import { isRealDirectory, readTextIfExists, rememberIn } from "../../system/files.ts";
import { type GitPlace, git } from "../../system/git/command.ts";
import { adminDirectory, type WorktreeHead } from "../../system/git/worktrees.ts";
import { type Fleet, gitIn, statePlaces } from "../fleet.ts";
import type { Observation } from "./observe.ts";
import type { WorktreeHeads } from "./worktree-heads.ts";

/** How far an agent is from where it started: its commits and what it has not committed, untracked files too. */
export interface Changes {
  readonly files: number;
  /** Lines; those of binary files are not counted. */
  readonly added: number;
  readonly deleted: number;
  /** When this was seen. */
  readonly at: Date;
}

/** So many worktrees are looked at anew by one list, and for so long they are waited for, by one that is made again and again longer. */
const most = 8;
const patienceMilliseconds = { once: 20, often: 2000 };
/** A worktree in which somebody works is looked at again after this time, for its index tells nothing of a file that is being written. */
const workingMilliseconds = 5000;
/** Of an untracked file with more than this the lines are not counted. */
const largestCounted = 1_000_000;

/** `key` says of what moment a look is, as `keyOf` has it. */
type Keyed = Pick<Observation, "entry"> & Pick<Seen, "key">;

interface Seen {
  readonly key: string;
  readonly changes: Changes;
}

/** How thoroughly worktrees are looked at. */
export interface ChangesOptions {
  /** All of them, however long it takes. */
  readonly fresh?: boolean;
  /** The caller looks again and again, and nobody waits for it to return. */
  readonly often?: boolean;
}

/**
 * What agents have changed, by their ids, from the last look where nothing has moved since. Looks at the rest, eight at most, without
 * holding the caller up; with `fresh` at all of them, and waits.
 */
export async function changesOf(
  fleet: Fleet,
  observations: readonly Observation[],
  heads: WorktreeHeads,
  { fresh = false, often = false }: ChangesOptions,
): Promise<ReadonlyMap<string, Changes>> {
  const seen = new Map(observations.map((agent) => [agent.entry.id, lastSeen(fleet, agent)]));
  const keyed = observations.map((agent) => ({ ...agent, key: keyOf(agent, heads.of(agent.entry)) }));
  const stale = keyed.filter(({ entry, key }) => seen.get(entry.id)?.key !== key);
  if (stale.length > 0) await lookAnew(fleet, seen, fresh ? stale : stale.slice(0, most), { fresh, often });
  return new Map([...seen].flatMap(([id, last]) => (last === undefined ? [] : [[id, last.changes] as const])));
}

/** Looks at worktrees in parallel, for as long as the caller may be held up; what was not finished then is left as it was. */
async function lookAnew(
  fleet: Fleet,
  seen: Map<string, Seen | undefined>,
  agents: readonly Keyed[],
  { fresh, often }: Required<ChangesOptions>,
): Promise<void> {
  const cancelling = new AbortController();
  const cancelled = fresh ? fleet.cancelled : AbortSignal.any([fleet.cancelled, cancelling.signal]);
  const looks = Promise.all(agents.map((agent) => look(fleet, agent, seen, cancelled)));
  await (fresh ? looks : Promise.race([looks, Bun.sleep(patienceMilliseconds[often ? "often" : "once"])]));
  cancelling.abort();
  await looks;
}

async function look(
  fleet: Fleet,
  { entry, key }: Keyed,
  seen: Map<string, Seen | undefined>,
  cancelled: AbortSignal,
): Promise<void> {
  if (cancelled.aborted || adminDirectory(entry.worktree) === undefined) return;
  try {
    const changes = await countChanges(gitIn(fleet, entry), entry.base, cancelled);
    if (cancelled.aborted) return;
    seen.set(entry.id, { key, changes });
    remember(fleet, entry.id, { key, changes });
  } catch (error) {
    // A list shows what can be seen; what git could not look at has no numbers.
    if (asRefusal(error) === undefined) throw error;
  }
}

/** What a look would find anew: another commit, another index, another turn, and while one works, every few seconds. */
function keyOf({ status }: Observation, at: WorktreeHead | undefined): string {
  const times = ["index", "logs/HEAD"].map((name) => (at === undefined ? "" : modified(join(at.admin, name))));
  const turn = status.word === "working" ? Math.floor(Date.now() / workingMilliseconds) : status.since?.getTime();
  return [at?.head ?? "", ...times, status.word, turn ?? ""].join(" ");
}

function modified(path: string): string {
  return String(statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? "");
}

async function countChanges(place: GitPlace, base: string, cancelled: AbortSignal): Promise<Changes> {
  const options = { cancelled };
  const [tracked, others] = await Promise.all([
    git(place, ["diff", "--numstat", "-z", "--no-renames", "--no-ext-diff", base, "--"], options),
    git(place, ["ls-files", "-z", "--others", "--exclude-standard"], options),
  ]);
  const rows = tracked.split("\0").filter(Boolean);
  const untracked = others.split("\0").filter((path) => path !== "" && !path.endsWith("/"));
  const lines = rows.map((row) =>
    row
      .split("\t")
      .slice(0, 2)
      .map((count) => (count === "-" ? 0 : Number(count))),
  );
  const total = (index: 0 | 1) => lines.reduce((sum, counts) => sum + (counts[index] ?? 0), 0);
  return {
    files: rows.length + untracked.length,
    added: total(0) + untracked.reduce((sum, path) => sum + linesIn(join(place.directory, path)), 0),
    deleted: total(1),
    at: new Date(),
  };
}

function linesIn(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() !== true || stat.size > largestCounted) return 0;
  const bytes = readFileSync(path);
  if (bytes.includes(0)) return 0;
  const ends = bytes.reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 0);
  return bytes.length === 0 || bytes.at(-1) === 0x0a ? ends : ends + 1;
}

function seenFile(fleet: Fleet, id: string): string {
  return join(agentFiles(statePlaces(fleet), id).directory, "changes.json");
}

function lastSeen(fleet: Fleet, { entry }: Observation): Seen | undefined {
  const value = parsedJson(readTextIfExists(seenFile(fleet, entry.id)) ?? "") as
    | Partial<Changes & { key: unknown; at: unknown }>
    | undefined;
  if (typeof value !== "object" || value === null) return undefined;
  const { key, files, added, deleted } = value;
  const at = new Date(String(value.at));
  const isWhole =
    typeof key === "string" && [files, added, deleted].every(Number.isSafeInteger) && !Number.isNaN(at.getTime());
  if (!isWhole) return undefined;
  return { key, changes: { files: Number(files), added: Number(added), deleted: Number(deleted), at } };
}

function remember(fleet: Fleet, id: string, { key, changes }: Seen): void {
  if (!isRealDirectory(agentFiles(statePlaces(fleet), id).directory)) return;
  rememberIn(seenFile(fleet, id), `${JSON.stringify({ key, ...changes })}\n`);
}
