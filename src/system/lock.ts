import { closeSync, fstatSync, linkSync, mkdirSync, openSync, statSync, utimesSync } from "node:fs";
import { basename, dirname } from "node:path";
import { FleetError } from "../errors.ts";
import { readTextIfExists, refusal, removeTree, temporaryPath, whereToLook, writePrivateFile } from "./files.ts";
import { lockInKernel } from "./kernel-lock.ts";
import { removeLeftovers } from "./leftovers.ts";
import {
  identityOf,
  isInContainer,
  isOfThisKernel,
  isOutOfSight,
  isRunning,
  type ProcessIdentity,
} from "./processes/identity.ts";
import { shellWord } from "./shell.ts";

export interface LockOptions {
  /** Called once, after a second of waiting, with who holds the lock: `process 4711`, and how to give up on one that cannot be seen. */
  readonly onWait?: (holder: string) => void;
  readonly cancelled?: AbortSignal;
  /** What must be written down is not called off by a wait of less than a second; a longer one the user may end. */
  readonly insists?: boolean;
}

const patienceMilliseconds = 1000;
const longestNap = 20;
/** A holder shows so often that it lives; whoever cannot see it gives up on one that has not for so long. */
const sign = { everyMilliseconds: 5000, missedMilliseconds: 60_000 };
/** Breaking a lock takes microseconds; whoever is at it for this long has died doing it. */
const breakingMilliseconds = 5000;

/**
 * Runs `body` while holding the lock file `path`, across processes.
 *
 * The lock is taken with link(2), so its content (who holds it) is complete the moment the name exists; a holder that died is
 * found out by its pid, start and boot, and its lock is taken over. One in a container, whose processes others cannot see, also has the
 * kernel's lock of the file: who gets that knows that it has ended. 50 processes with 5 updates each lose none and wait at most 0.3 s.
 */
export async function withLock<Value>(path: string, options: LockOptions, body: () => Promise<Value>): Promise<Value> {
  const claim = temporaryPath(path);
  const held = await writeClaim(path, claim);
  const ours = readTextIfExists(claim);
  try {
    await acquire(path, claim, options);
  } catch (error) {
    release(held);
    throw error;
  } finally {
    removeTree(claim);
  }
  const alive = setInterval(() => touch(path), sign.everyMilliseconds);
  try {
    await removeLeftovers([dirname(path)], basename(path));
    return await body();
  } finally {
    clearInterval(alive);
    // Whoever could not see us may have given it up meanwhile, and another may have it.
    if (readTextIfExists(path) === ours) removeTree(path);
    release(held);
  }
}

/** Who holds a lock, as it is written into it. */
interface Holder extends ProcessIdentity {
  /** The file system on which it has the kernel's lock of the file, too: what another mount of it says may not be the same. */
  readonly kernel_lock?: number;
}

function release(held: number | undefined): void {
  if (held !== undefined) closeSync(held);
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch (error) {
    // It was given up by somebody who could not see us.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** Returns the open file whose lock the kernel keeps for us, if it does. */
async function writeClaim(path: string, claim: string): Promise<number | undefined> {
  try {
    const identity = await identityOf(process.pid);
    writePrivateFile(claim, JSON.stringify(identity));
    const held = isInContainer() ? heldInKernel(claim) : undefined;
    if (held !== undefined) writePrivateFile(claim, JSON.stringify({ ...identity, kernel_lock: fstatSync(held).dev }));
    return held;
  } catch (cause) {
    removeTree(claim);
    throw cannotBeTaken(path, cause);
  }
}

function heldInKernel(path: string): number | undefined {
  const file = openSync(path, "r");
  if (lockInKernel(file) === true) return file;
  closeSync(file);
  return undefined;
}

/**
 * Whether the kernel has given up the lock of a holder in another container of this machine, which it does when that ends. `undefined` where
 * the kernel has none that tells.
 */
function isGivenUp(path: string, { kernel_lock: device, ...holder }: Holder): boolean | undefined {
  if (device === undefined || !isOutOfSight(holder) || !isOfThisKernel(holder)) return undefined;
  try {
    if (statSync(path).dev !== device) return undefined;
    const held = heldInKernel(path);
    release(held);
    return held !== undefined;
  } catch {
    return undefined;
  }
}

function cannotBeTaken(path: string, cause: unknown): FleetError {
  const hint = cause instanceof FleetError ? cause.hint : undefined;
  return new FleetError("failed", `the lock ${path} cannot be taken: ${refusal(cause)}`, {
    cause,
    hint: hint ?? whereToLook(dirname(path), cause),
  });
}

async function acquire(path: string, claim: string, options: LockOptions): Promise<void> {
  const started = performance.now();
  let told = false;
  for (let nap = 1; !tryLink(claim, path); nap = Math.min(nap * 2, longestNap)) {
    const waited = performance.now() - started;
    if (options.insists !== true || waited > patienceMilliseconds) options.cancelled?.throwIfAborted();
    const holder = readHolder(path);
    const isGone = async (seen: Holder) =>
      !(await isRunning(seen)) || (isGivenUp(path, seen) ?? isSilent(path, claim, seen));
    if (holder !== undefined && (await isGone(holder))) {
      await breakLock(path, holder);
      continue;
    }
    if (!told && holder !== undefined && waited > patienceMilliseconds) {
      told = true;
      options.onWait?.(described(path, holder));
    }
    await Bun.sleep(nap + Math.random() * nap);
  }
}

/**
 * Whether a holder that cannot be seen has shown no sign of life for so long that it is gone, by the clocks of both: asked where the kernel
 * does not know, since a clock that is set forward would make a holder that lives a silent one.
 */
function isSilent(path: string, claim: string, holder: ProcessIdentity): boolean {
  if (!isOutOfSight(holder)) return false;
  touch(claim);
  try {
    return statSync(claim).mtimeMs - statSync(path).mtimeMs > sign.missedMilliseconds;
  } catch {
    return false;
  }
}

function described(path: string, holder: ProcessIdentity): string {
  if (!isOutOfSight(holder)) return `process ${holder.pid}`;
  const place = holder.machine === undefined ? "elsewhere" : `of another container or machine, ${holder.machine}`;
  return `process ${holder.pid} ${place}; it is waited for while it shows signs of life, or until you run rm ${shellWord(path)}`;
}

function tryLink(claim: string, path: string): boolean {
  try {
    linkSync(claim, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cannotBeTaken(path, cause);
  }
}

/** Nobody: no process holds a lock whose content was lost with the power. */
const nobody: ProcessIdentity = { pid: 0, start: "", boot: "", namespace: "" };

/** `undefined` when it was released in this moment: the next attempt gets it. */
function readHolder(path: string): Holder | undefined {
  const text = readTextIfExists(path);
  if (text === undefined) return undefined;
  try {
    return (JSON.parse(text) as Holder | null) ?? nobody;
  } catch {
    return nobody;
  }
}

/** Only one waiter at a time may break, and only after it has seen again that the lock is still the dead holder's. */
async function breakLock(path: string, dead: ProcessIdentity): Promise<void> {
  const breaking = `${path}.break`;
  try {
    mkdirSync(breaking);
  } catch {
    if (ageMilliseconds(breaking) > breakingMilliseconds) removeTree(breaking);
    await Bun.sleep(1);
    return;
  }
  try {
    const holder = readHolder(path);
    if (holder !== undefined && holder.pid === dead.pid && holder.start === dead.start && holder.boot === dead.boot) {
      removeTree(path);
    }
  } finally {
    removeTree(breaking);
  }
}

function ageMilliseconds(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}
