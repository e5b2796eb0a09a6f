import { dirname, join } from "node:path";
import { readTextIfExists, removeTree, replaceFile } from "../system/files.ts";
import { isTimestamp } from "./entry.ts";
import type { StatePlaces } from "./places.ts";

type Places = Pick<StatePlaces, "trustRoot">;

/** Notes that a host was asked and did not answer; since when that is so, as an ISO 8601 time in UTC. */
export function noteSilence(places: Places, host: string): string {
  const file = fileOf(places, host);
  const known = readTextIfExists(file)?.trim() ?? "";
  if (isTimestamp(known)) return known;
  const now = `${new Date().toISOString().slice(0, 19)}Z`;
  replaceFile(file, `${now}\n`);
  return now;
}

/** Notes that a host has answered. */
export function noteAnswer(places: Places, host: string): void {
  const file = fileOf(places, host);
  if (readTextIfExists(file) !== undefined) removeTree(file);
}

/** The name of a host is letters, digits, dots and dashes. */
function fileOf({ trustRoot }: Places, host: string): string {
  return join(dirname(trustRoot), `silent-${host}`);
}
