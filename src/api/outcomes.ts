import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../errors.ts";
import { type Fleet, statePlaces } from "../fleet/fleet.ts";
import { fullnessCommand } from "../system/disk.ts";
import {
  claimDirectory,
  isDirectory,
  isForWantOfRoom,
  makePrivateDirectory,
  readTextIfExists,
  removeTree,
  replaceFile,
} from "../system/files.ts";
import { identityOf, isRunning, type ProcessIdentity } from "../system/processes/identity.ts";

/** What was answered: an answer, or an error. */
export type Outcome = { readonly answer: unknown } | { readonly error: unknown };

/** What is kept of an operation that a caller has named: what it was, who runs it, and how it ended once it has. */
interface Kept {
  readonly call: string;
  /** Of the input, which may hold prompts and is not kept. */
  readonly digest: string;
  readonly by: ProcessIdentity | undefined;
  readonly outcome?: Outcome;
}

const keptMilliseconds = 7 * 24 * 3600 * 1000;
/** The last ones stay whatever the clock says: it may have been set forward since. */
const newest = 500;

/** A call as it is told from others with the same operation id. */
export interface NamedCall {
  readonly operation: string;
  readonly call: string;
  readonly input: unknown;
}

/**
 * Notes that an operation begins, on disk before anything is done. The result is what it ended with when it was done before.
 * @throws {FleetError} `usage` when the id belongs to another call, `failed` when it runs elsewhere or was interrupted
 */
export async function beginOperation(fleet: Fleet, named: NamedCall): Promise<Outcome | undefined> {
  const { operation, call } = named;
  const digest = digestOf(named);
  const folder = allOf(fleet);
  makePrivateDirectory(folder);
  forgetOld(folder);
  if (claimDirectory(folderOf(fleet, operation))) {
    await claim(fleet, operation, { call, digest });
    return undefined;
  }
  const known = readKept(fleet, operation);
  if (known === undefined) throw notEnded(operation);
  if (known.call !== call || known.digest !== digest) {
    throw new FleetError("usage", `the operation ${operation} was another call`, {
      code: "operation-reused",
      hint: "choose a new operation id for each call; the same one only to repeat a call",
    });
  }
  return outcomeOf(operation, known);
}

/** On a full disk, say, nothing is left of an operation that was not begun: whoever repeats it is not told to wait for it. */
async function claim(fleet: Fleet, operation: string, what: Pick<Kept, "call" | "digest">): Promise<void> {
  try {
    keep(fleet, operation, { ...what, by: await identityOf(process.pid) });
  } catch (error) {
    removeTree(folderOf(fleet, operation));
    throw isForWantOfRoom(error) ? noRoom(allOf(fleet), error) : error;
  }
}

function noRoom(folder: string, cause: unknown): FleetError {
  return new FleetError("failed", "no space left on device: nothing was done, since it could not be noted first", {
    code: "no-space",
    hint: `to see how full the disk is, run ${fullnessCommand(folder)}`,
    cause,
  });
}

/** Keeps what an operation ended with, for seven days. Throws FleetError when that cannot be written. */
export function endOperation(fleet: Fleet, operation: string, outcome: Outcome): void {
  const known = readKept(fleet, operation);
  if (known !== undefined) keep(fleet, operation, { ...known, outcome });
}

/** What an operation ended with. Throws FleetError `failed` when it is not known, runs still, or was interrupted. */
export async function resultOf(fleet: Fleet, operation: string): Promise<Outcome> {
  const known = readKept(fleet, operation);
  if (known === undefined) {
    throw new FleetError("failed", `there is no operation ${operation}, or it is more than seven days old`, {
      code: "operation-unknown",
      hint: "to see what there is, call list",
    });
  }
  return outcomeOf(operation, known);
}

async function outcomeOf(operation: string, { outcome, by }: Kept): Promise<Outcome> {
  if (outcome !== undefined) return outcome;
  if (by === undefined || (await isRunning(by))) throw notEnded(operation);
  throw new FleetError("failed", `the operation ${operation} was interrupted`, {
    code: "operation-interrupted",
    hint: "call list: it completes or undoes what is half done; then decide, with a new operation id",
  });
}

function notEnded(operation: string): FleetError {
  return new FleetError("failed", `the operation ${operation} has not ended yet`, {
    code: "operation-running",
    hint: `ask again: {"id":1,"result":"${operation}"}`,
  });
}

function readKept(fleet: Fleet, operation: string): Kept | undefined {
  const text = readTextIfExists(fileOf(fleet, operation));
  return text === undefined ? undefined : (JSON.parse(text) as Kept);
}

function keep(fleet: Fleet, operation: string, kept: Kept): void {
  replaceFile(fileOf(fleet, operation), JSON.stringify(kept));
}

function digestOf({ call, input }: NamedCall): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify([call, input])).digest("hex");
}

function allOf(fleet: Fleet): string {
  return join(statePlaces(fleet).journalRoot, "answered");
}

/** The id is letters, digits, `_`, `.` and `-`, and begins with a letter or digit: no path leads out of the folder. */
function folderOf(fleet: Fleet, operation: string): string {
  return join(allOf(fleet), operation);
}

function fileOf(fleet: Fleet, operation: string): string {
  return join(folderOf(fleet, operation), "kept.json");
}

function timeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function forgetOld(folder: string): void {
  if (!isDirectory(folder)) return;
  const oldest = Date.now() - keptMilliseconds;
  const kept = readdirSync(folder)
    .map((name) => ({ path: join(folder, name), time: timeOf(join(folder, name)) ?? oldest }))
    .sort((one, other) => other.time - one.time);
  for (const { path, time } of kept.slice(newest)) if (time < oldest) removeTree(path);
}
