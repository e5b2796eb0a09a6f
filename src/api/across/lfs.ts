import { FleetError } from "../../errors.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet/fleet.ts";
import { ownerId } from "../../state/owner.ts";
import { exists } from "../../system/files.ts";
import {
  addLfsPiece,
  type LfsFile,
  lfsFilesIn,
  lfsPath,
  lfsPiece,
  readLfsPiece,
  usesLfs,
} from "../../system/git/lfs.ts";
import type { Repository } from "../../system/git/repository.ts";
import { atMost } from "../../system/limit.ts";
import { ask, hostRows, type Machine } from "./machine.ts";

/** A repository, and what it is called on all machines. */
interface Shared {
  readonly repository: Repository;
  readonly key: string;
}

const filesAtOnce = 4;

/**
 * Brings the files of Git LFS that commits have, each once, into the mirror of a machine: no push of git does. What cannot be brought is
 * told, and is a pointer there. Throws FleetError when the link breaks.
 */
export async function bringLfsFiles(
  fleet: Fleet,
  machine: Machine,
  { repository, key }: Shared,
  commits: readonly string[],
): Promise<void> {
  const { commonDirectory } = repository;
  if (!usesLfs(commonDirectory)) return;
  const { name } = machine.host;
  await tellingWhy(fleet, `files of Git LFS are pointers on ${name}`, async () => {
    const trees = commits.map((commit) => `${commit}^{tree}`);
    const files = await lfsFilesIn(gitAt(fleet, commonDirectory), trees);
    if (files.length === 0) return;
    const oids = files.map(({ oid }) => oid);
    const { missing, installed } = await ask(fleet, machine, hostRows.lfsExpect, { key, oids });
    const wanted = files.filter(({ oid }) => missing.includes(oid));
    const [here, nowhere] = divided(wanted, ({ oid }) => exists(lfsPath(commonDirectory, oid)));
    if (here.length > 0) note(fleet, `${name}: ${counted(here)} ${here.length === 1 ? "goes" : "go"} there, once`);
    const limit = atMost(filesAtOnce);
    await Promise.all(here.map((file) => limit(() => bring(fleet, machine, { repository, key }, file))));
    if (!installed) {
      const hint = `to have the files there, install git-lfs on ${name} and run git lfs install`;
      warn(fleet, `${name} has no Git LFS, so its agents see pointers; ${hint}`);
    }
    if (nowhere.length > 0)
      warn(fleet, `${counted(nowhere)} not here, so pointers on ${name}; to have them, run git lfs pull`);
  });
}

async function bring(fleet: Fleet, machine: Machine, { repository, key }: Shared, file: LfsFile): Promise<void> {
  const owner = ownerId(statePlaces(fleet));
  const { oid, bytes } = file;
  let offset = 0;
  do {
    const piece = readLfsPiece(repository.commonDirectory, oid, offset, lfsPiece) ?? Buffer.of();
    const content = piece.toString("base64");
    const { fine } = await ask(fleet, machine, hostRows.lfsPut, { key, owner, oid, bytes, offset, content });
    if (!fine || (piece.length === 0 && bytes > 0)) throw damaged(oid, machine.host.name);
    offset += piece.length;
  } while (offset < bytes);
}

/**
 * Fetches the files of Git LFS that agents of a machine have made, and are not here yet: no fetch of git does. What cannot be fetched is told.
 * Throws FleetError when the link breaks.
 */
export async function fetchLfsFiles(
  fleet: Fleet,
  machine: Machine,
  { repository, key }: Shared,
  work: readonly { readonly commit: string; readonly base: string }[],
): Promise<void> {
  const { commonDirectory } = repository;
  if (!usesLfs(commonDirectory) || work.length === 0) return;
  const { name } = machine.host;
  await tellingWhy(fleet, `files of Git LFS stay on ${name}, and are pointers here`, async () => {
    const revisions = [...work.map(({ commit }) => commit), "--not", ...work.map(({ base }) => base)];
    const named = await lfsFilesIn(gitAt(fleet, commonDirectory), revisions);
    const wanted = named.filter(({ oid }) => !exists(lfsPath(commonDirectory, oid)));
    const limit = atMost(filesAtOnce);
    const fetched = await Promise.all(
      wanted.map((file) => limit(() => fetchOne(fleet, machine, { repository, key }, file))),
    );
    const absent = wanted.filter((_, index) => fetched[index] === false);
    if (absent.length > 0) warn(fleet, `${counted(absent)} not on ${name} either, so pointers here`);
  });
}

/** Returns whether the machine has it. */
async function fetchOne(fleet: Fleet, machine: Machine, { repository, key }: Shared, file: LfsFile): Promise<boolean> {
  let offset = 0;
  do {
    const { content } = await ask(fleet, machine, hostRows.lfsGet, { key, oid: file.oid, offset });
    if (content === null) return false;
    const piece = Buffer.from(content, "base64");
    const isFine = await addLfsPiece(repository.commonDirectory, {
      file,
      by: `${process.pid}`,
      offset,
      content: piece,
    });
    if (!isFine || (piece.length === 0 && file.bytes > 0)) throw damaged(file.oid, machine.host.name);
    offset += piece.length;
  } while (offset < file.bytes);
  return true;
}

function damaged(oid: string, host: string): FleetError {
  return new FleetError("failed", `the file ${oid.slice(0, 8)} of Git LFS did not arrive whole to or from ${host}`);
}

/** Work without these files is better than none; a link that broke is another matter. */
async function tellingWhy(fleet: Fleet, consequence: string, task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    const isLost = error instanceof FleetError && error.code?.startsWith("host-") === true;
    if (!(error instanceof FleetError) || isLost || fleet.cancelled.aborted) throw error;
    warn(fleet, `${consequence}: ${error.message}`);
  }
}

function divided<Value>(values: readonly Value[], isFirst: (value: Value) => boolean): [Value[], Value[]] {
  return [values.filter(isFirst), values.filter((value) => !isFirst(value))];
}

function counted(files: readonly LfsFile[]): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const size = bytes < 1e5 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  return `${files.length} ${files.length === 1 ? "file" : "files"} of Git LFS (${size})`;
}

function note(fleet: Fleet, text: string): void {
  fleet.report({ kind: "note", text });
}

function warn(fleet: Fleet, text: string): void {
  fleet.report({ kind: "warning", text });
}
