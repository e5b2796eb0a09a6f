import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parsedJson } from "../state/json.ts";
import { isDirectory, makePrivateDirectory, readTextIfExists, replaceFile } from "../system/files.ts";
import { identityOf, isOutOfSight, isRunning, type ProcessIdentity } from "../system/processes/identity.ts";

/** A server that runs, as it says itself. */
export interface RunningServer {
  readonly process: ProcessIdentity;
  /** `http://127.0.0.1:7171`; nothing at a socket. */
  readonly url: string | null;
  readonly socket: string | null;
  /** The version of its program. */
  readonly version: string;
  readonly started_at: string;
  /** It serves nothing but webhooks. */
  readonly hooks_only: boolean;
  /** The tmux session it runs in, when it was started with --detach. */
  readonly session: string | null;
}

/** Notes that a server runs here. The result takes the note away again; that of a server which was killed goes with the next look. */
export async function noteServer(folder: string, server: Omit<RunningServer, "process">): Promise<() => void> {
  const process_ = await identityOf(process.pid);
  if (process_ === undefined) return () => undefined;
  const notes = notesOf(folder);
  makePrivateDirectory(notes);
  const path = join(notes, `${process.pid}.json`);
  replaceFile(path, JSON.stringify({ process: process_, ...server }));
  return () => rmSync(path, { force: true });
}

/** The servers of this fleet that run on this machine, the newest first. Notes of those that do not are removed. */
export async function runningServers(folder: string): Promise<RunningServer[]> {
  const notes = notesOf(folder);
  const names = isDirectory(notes) ? readdirSync(notes).filter((name) => name.endsWith(".json")) : [];
  const known = await Promise.all(names.map((name) => livingServer(join(notes, name))));
  return known
    .flatMap((server) => server ?? [])
    .sort((one, other) => Date.parse(other.started_at) - Date.parse(one.started_at));
}

async function livingServer(path: string): Promise<RunningServer | undefined> {
  const noted = parsedJson(readTextIfExists(path) ?? "") as RunningServer | undefined;
  if (noted?.process === undefined || isOutOfSight(noted.process)) return undefined;
  if (await isRunning(noted.process)) return noted;
  rmSync(path, { force: true });
  return undefined;
}

function notesOf(folder: string): string {
  return join(folder, "running");
}
