import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { type FileHandle, link, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { exists, makePrivateDirectory, readTextIfExists, removeTree, temporaryPath } from "../../system/files.ts";
import type { HookEvent } from "./event.ts";

/** What is kept of a delivery until it has been dealt with. */
export interface Queued {
  /** The name of its file. */
  readonly name: string;
  /** Milliseconds since 1970 at which it came. */
  readonly at: number;
  readonly event: HookEvent;
}

/** A delivery is known by the id that its sender gave it and by its bytes: an id is not part of what was signed. */
export interface DeliveryKey {
  readonly id: string;
  readonly body: Uint8Array;
}

const mostPending = 20_000;
const keptMilliseconds = 30 * 24 * 3600 * 1000;

/**
 * Deliveries on disk: one file each, which moves to the done ones when it has been dealt with, and is known as a repeat for thirty days
 * after. What `add` has said yes to outlives the machine: file and folder are on disk then.
 */
export class Queue {
  readonly #pending: string;
  readonly #done: string;
  readonly #begun: string;
  readonly #seen = new Set<string>();
  #waiting: Queued[] = [];
  #last = 0;

  /** Reads what is there: what was not dealt with is to be. */
  constructor(folder: string) {
    this.#pending = join(folder, "pending");
    this.#done = join(folder, "done");
    this.#begun = join(folder, "begun");
    for (const each of [this.#pending, this.#done, this.#begun]) makePrivateDirectory(each);
    this.#forgetOld();
    const done = new Set(namesIn(this.#done));
    // A crash may have come between the note that it was dealt with and this.
    for (const name of namesIn(this.#pending)) if (done.has(name)) removeTree(join(this.#pending, name));
    for (const name of namesIn(this.#begun)) if (done.has(name)) removeTree(join(this.#begun, name));
    for (const name of [...done, ...namesIn(this.#pending)]) this.#remember(name);
    this.#waiting = namesIn(this.#pending)
      .flatMap((name) => readQueued(join(this.#pending, name), name) ?? [])
      .sort((one, other) => one.at - other.at);
    this.#last = this.#waiting.at(-1)?.at ?? 0;
  }

  /** Keeps a delivery, unless it was seen before. Throws when the disk refuses: the sender must not be told that it was taken. */
  async add(key: DeliveryKey, event: HookEvent): Promise<"taken" | "repeat" | "full"> {
    const [bytes, id] = [hashOf(key.body), hashOf(Buffer.from(`${event.source} ${key.id}`))];
    if (this.#seen.has(bytes) || (key.id !== "" && this.#seen.has(id))) return "repeat";
    if (this.#waiting.length >= mostPending) return "full";
    const name = `${bytes}.${key.id === "" ? "" : id}.json`;
    this.#remember(name);
    // In the order in which they came, those of the same millisecond too.
    this.#last = Math.max(Date.now(), this.#last + 0.001);
    const queued = { name, at: this.#last, event };
    try {
      const path = join(this.#pending, name);
      if (!(await writeDurably(path, JSON.stringify({ at: queued.at, event })))) return "repeat";
      await syncFolder(this.#pending);
    } catch (error) {
      for (const part of partsOf(name)) this.#seen.delete(part);
      throw error;
    }
    this.#waiting.push(queued);
    return "taken";
  }

  /** Those that have not been dealt with, in the order in which they came. */
  pending(): readonly Queued[] {
    return [...this.#waiting];
  }

  /** Whether a delivery is still to be dealt with: another server may have done it. */
  isOpen({ name }: Queued): boolean {
    if (exists(join(this.#pending, name)) && !exists(join(this.#done, name))) return true;
    this.#waiting = this.#waiting.filter((each) => each.name !== name);
    return false;
  }

  /** Notes that a delivery is being dealt with. Says whether that was noted before: then some of it may have been done. */
  async begin({ name }: Queued): Promise<"first" | "again"> {
    if (!(await writeDurably(join(this.#begun, name), ""))) return "again";
    await syncFolder(this.#begun);
    return "first";
  }

  /** Notes that a delivery has been dealt with, and how. */
  async finish({ name }: Queued, outcome: string): Promise<void> {
    const path = join(this.#done, name);
    await writeDurably(path, JSON.stringify({ at: Date.now(), outcome }));
    await syncFolder(this.#done);
    for (const folder of [this.#pending, this.#begun]) await rm(join(folder, name), { force: true });
    this.#waiting = this.#waiting.filter((each) => each.name !== name);
  }

  #remember(name: string): void {
    for (const part of partsOf(name)) this.#seen.add(part);
  }

  #forgetOld(): void {
    const oldest = Date.now() - keptMilliseconds;
    for (const name of namesIn(this.#done)) {
      const path = join(this.#done, name);
      if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? oldest) < oldest) removeTree(path);
    }
  }
}

function partsOf(name: string): string[] {
  return name.split(".").filter((part) => part !== "" && part !== "json");
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 32);
}

function namesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => /^[0-9a-f]{32}\.(?:[0-9a-f]{32})?\.json$/.test(name));
}

/** What was written by us alone; a file that a crash has left half written was never answered for. */
function readQueued(path: string, name: string): Queued | undefined {
  try {
    const { at, event } = JSON.parse(readTextIfExists(path) ?? "") as {
      readonly at: number;
      readonly event: HookEvent;
    };
    return { name, at, event };
  } catch {
    return undefined;
  }
}

/** Whether the file was made; it is complete the moment its name is there, and never replaces another. */
async function writeDurably(path: string, text: string): Promise<boolean> {
  const temporary = temporaryPath(path);
  const file = await open(temporary, "wx", 0o600);
  try {
    await synced(file, text);
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function synced(file: FileHandle, text: string): Promise<void> {
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const file = await open(folder, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
