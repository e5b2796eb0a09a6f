import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isRealDirectory, readTextIfExists } from "../files.ts";
import { type GitPlace, git, gitFailure, tryGit } from "./command.ts";

/** What git writes into the file HEAD of a repository whose refs are in tables (git-init(1), `--ref-format=reftable`). */
const headElsewhere = "ref: refs/heads/.invalid";

/** Where the tables of a repository, or of what one worktree alone has, are. */
function tablesOf(directory: string): string {
  return join(directory, "reftable");
}

/** Whether git keeps the refs of a repository, or those of one worktree, in tables. */
export function hasTables(directory: string): boolean {
  return isRealDirectory(tablesOf(directory));
}

/**
 * What HEAD is at, for git's directory of a repository or worktree: `ref: refs/heads/NAME`, or a commit; `undefined` where there is none.
 * Read from git's own files, in whichever of its two forms, since it is asked of hundreds of worktrees at once.
 */
export function headOf(directory: string): string | undefined {
  const text = readTextIfExists(join(directory, "HEAD"))?.trimEnd();
  return text === headElsewhere ? (headInTables(directory) ?? text) : text;
}

/**
 * The tables are named from the oldest to the newest, and what a newer one says holds. Git may put tables together while they are read: then
 * one is gone, and the names are others.
 */
function headInTables(directory: string, looks = 5): string | undefined {
  const names = (readTextIfExists(join(tablesOf(directory), "tables.list")) ?? "").split("\n").filter(Boolean);
  for (const name of names.reverse()) {
    const table = bytesIfThere(join(tablesOf(directory), name));
    if (table === undefined) return looks === 1 ? undefined : headInTables(directory, looks - 1);
    const found = readable(() => headInTable(table));
    if (found !== undefined) return found.value;
  }
  return undefined;
}

function bytesIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** A table that is cut off, or of a form that is not known, says nothing. */
function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const kinds = { deleted: 0, commit: 1, tag: 2, symbolic: 3 } as const;

/**
 * What one table says of HEAD, with no value where it says that there is none; `undefined` when it says nothing. The format is git's
 * (Documentation/technical/reftable). Records are sorted, so HEAD is in the first block of refs.
 */
function headInTable(table: Buffer): { readonly value: string | undefined } | undefined {
  const isSecond = table[4] === 2;
  const start = isSecond ? 28 : 24;
  if (table.toString("latin1", 0, 4) !== "REFT" || table[start] !== "r".charCodeAt(0)) return undefined;
  const hashBytes = isSecond && table.toString("latin1", 24, 28) === "s256" ? 32 : 20;
  // The length of the first block counts from the beginning of the file; at its end are the places of some of its records.
  const blockEnd = table.readUIntBE(start + 1, 3);
  const end = blockEnd - 2 - 3 * table.readUInt16BE(blockEnd - 2);
  const reader = new Reader(table, start + 4);
  for (let name = ""; reader.position < end; ) {
    const shared = reader.number();
    const rest = reader.number();
    name = name.slice(0, shared) + reader.text(rest >> 3);
    reader.number();
    const value = valueIn(reader, rest & 7, hashBytes);
    if (name === "HEAD") return { value };
    if (name > "HEAD") return undefined;
  }
  return undefined;
}

function valueIn(reader: Reader, kind: number, hashBytes: number): string | undefined {
  if (kind === kinds.deleted) return undefined;
  if (kind === kinds.symbolic) return `ref: ${reader.text(reader.number())}`;
  const commit = reader.hex(hashBytes);
  if (kind === kinds.tag) reader.hex(hashBytes);
  return commit;
}

/** Goes through the records of a block. */
class Reader {
  readonly #bytes: Buffer;
  position: number;

  constructor(bytes: Buffer, position: number) {
    this.#bytes = bytes;
    this.position = position;
  }

  /** Seven bits a byte, the highest says that another follows; each further byte adds one, so that no number has two forms. */
  number(): number {
    let byte = this.#bytes.readUInt8(this.position++);
    let value = byte & 0x7f;
    while ((byte & 0x80) !== 0) {
      byte = this.#bytes.readUInt8(this.position++);
      value = (value + 1) * 128 + (byte & 0x7f);
    }
    return value;
  }

  text(length: number): string {
    this.position += length;
    return this.#bytes.toString("utf8", this.position - length, this.position);
  }

  hex(length: number): string {
    this.position += length;
    return this.#bytes.toString("hex", this.position - length, this.position);
  }
}

/** The refs beside HEAD that only one worktree has; what else git writes there are files in either form. */
const ownRefs = ["ORIG_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD", "BISECT_HEAD", "AUTO_MERGE"];
const ownKinds = ["refs/bisect", "refs/worktree", "refs/rewritten"];

/**
 * The objects that only tables name of a worktree, if it has some: its own refs, and the reflogs of its HEAD and of a branch. Where refs are
 * files, `objectsNamedBy` finds them.
 */
export async function objectsInTables(place: GitPlace, admin: string, branch: string): Promise<string[]> {
  if (!hasTables(admin)) return [];
  const refs = await git(place, ["rev-parse", "--revs-only", ...ownRefs]);
  const kept = await git(place, ["for-each-ref", "--format=%(objectname)", ...ownKinds]);
  const logs = await Promise.all(["HEAD", `refs/heads/${branch}`].map((ref) => logOf(place, ref)));
  return [refs, kept, ...logs].flatMap((text) => text.split("\n").filter(Boolean));
}

/** Of a HEAD without a commit git shows no reflog, though there is one: then it is among those of all. */
async function logOf(place: GitPlace, ref: string): Promise<string> {
  const result = await tryGit(place, ["reflog", "show", "--format=%H", ref, "--"]);
  if (result.exitCode === 0) return result.stdout;
  if (!/bad revision/.test(result.stderr)) throw gitFailure(result, place);
  return ref === "HEAD" ? git(place, ["rev-list", "--no-walk=unsorted", "--reflog"]) : "";
}
