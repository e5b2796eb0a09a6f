import { appendFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makePrivateDirectory, namesIn, readTextIfExists, removeTree, replaceFile } from "../system/files.ts";
import { type AgentEntry, isAgentEntry } from "./entry.ts";
import { parsedJson } from "./json.ts";
import type { StatePlaces } from "./places.ts";

type Places = Pick<StatePlaces, "trustRoot">;

/** What a host has told last of what an agent there has used: it stays known when the host is silent, or gone. */
export interface ToldUsage {
  readonly v: 1;
  readonly host: string;
  /** As it is there. */
  readonly entry: AgentEntry;
  /** How many bytes the host has told of the answers that the agent was given. */
  readonly bytes: number;
  readonly at_least: boolean;
  readonly subscription: boolean;
  readonly quota: ToldQuota | null;
  readonly problems: readonly string[];
}

interface ToldQuota {
  readonly at: number;
  readonly plan?: string | undefined;
  readonly windows: readonly { readonly minutes: number; readonly usedPercent: number; readonly resetsAt: number }[];
}

/** Writes down what a host has told; `records` is what is new of the answers. */
export function writeToldUsage(places: Places, told: ToldUsage, records: string): void {
  const { host, entry } = told;
  makePrivateDirectory(folderOf(places, host));
  // What was being written when a fleet died may have no end. What is told twice counts once.
  if (records !== "") appendFileSync(recordsFile(places, host, entry.id), `\n${records}`, { mode: 0o600 });
  replaceFile(usageFile(places, host, entry.id), `${JSON.stringify(told)}\n`);
}

/** What each host has told last of its agents, those of hosts that are not known any more included. */
export function toldUsage(places: Places): ToldUsage[] {
  return namesIn(usageRoot(places)).flatMap((host) =>
    namesIn(folderOf(places, host))
      .filter((name) => name.endsWith(".json"))
      .flatMap((name) => {
        const told = parsedJson(readTextIfExists(join(folderOf(places, host), name)) ?? "");
        return isToldUsage(told) && told.host === host && name === `${told.entry.id}.json` ? [told] : [];
      }),
  );
}

/** The answers that an agent was given on a host, a line of JSON each, as far as the host has told. */
export function toldRecords(places: Places, { host, entry }: ToldUsage): string {
  return readTextIfExists(recordsFile(places, host, entry.id)) ?? "";
}

/** Forgets what a host has told of an agent that it does not know any more. */
export function forgetToldUsage(places: Places, { host, entry }: ToldUsage): void {
  removeTree(usageFile(places, host, entry.id));
  removeTree(recordsFile(places, host, entry.id));
}

function usageRoot({ trustRoot }: Places): string {
  return join(dirname(trustRoot), "away", "usage");
}

/** The name of a host is letters, digits, dots and dashes. */
function folderOf(places: Places, host: string): string {
  return join(usageRoot(places), host);
}

function usageFile(places: Places, host: string, id: string): string {
  return join(folderOf(places, host), `${id}.json`);
}

function recordsFile(places: Places, host: string, id: string): string {
  return join(folderOf(places, host), `${id}.jsonl`);
}

function isToldUsage(value: unknown): value is ToldUsage {
  const { v, host, entry, bytes, problems } = (value ?? {}) as Partial<ToldUsage>;
  return (
    v === 1 && typeof host === "string" && isAgentEntry(entry) && Number.isSafeInteger(bytes) && Array.isArray(problems)
  );
}
