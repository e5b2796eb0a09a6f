import { join } from "node:path";
import { makePrivateDirectory, readTextIfExists, replaceFile } from "../system/files.ts";
import { isTimestamp } from "./entry.ts";
import { parsedJson } from "./json.ts";
import { agentFiles, type StatePlaces } from "./places.ts";

const forges = ["github", "gitlab", "other"] as const;
const states = ["open", "draft", "closed", "merged"] as const;

/** The pull request of an agent, as it was seen last. */
export interface PullRecord {
  readonly v: 1;
  /** `other`: a command of the user opened it, and nobody is asked about it. */
  readonly forge: (typeof forges)[number];
  readonly host: string;
  /** The repository it goes into: `acme/shop`. */
  readonly project: string;
  /** `null` when the command of the user did not say. */
  readonly number: number | null;
  readonly url: string;
  readonly state: (typeof states)[number];
  /** The branch it goes into. */
  readonly base: string;
  /** The commit that fleet pushed last. */
  readonly pushed: string;
  /** The newest commit in it, as the forge has it. */
  readonly head: string;
  /** A hash of the text that fleet wrote last: what people have changed since is theirs. */
  readonly text: string;
  readonly at: string;
}

/** What is known of the pull request of an agent, if it has one. */
export function readPullRecord(places: StatePlaces, id: string): PullRecord | undefined {
  const text = readTextIfExists(pullFile(places, id));
  const value = text === undefined ? undefined : parsedJson(text);
  return isPullRecord(value) ? value : undefined;
}

/** Writes down what is known of the pull request of an agent. */
export function writePullRecord(places: StatePlaces, id: string, record: PullRecord): void {
  makePrivateDirectory(agentFiles(places, id).directory);
  replaceFile(pullFile(places, id), `${JSON.stringify(record, null, 2)}\n`);
}

function pullFile(places: StatePlaces, id: string): string {
  return join(agentFiles(places, id).directory, "pull-request.json");
}

const text = (value: unknown) => typeof value === "string";
const commit = (value: unknown) => typeof value === "string" && /^(?:[0-9a-f]{40}|[0-9a-f]{64}|)$/.test(value);
const shapes: Readonly<Record<keyof PullRecord, (value: unknown) => boolean>> = {
  v: (value) => value === 1,
  forge: (value) => forges.some((name) => name === value),
  host: text,
  project: text,
  number: (value) => value === null || Number.isSafeInteger(value),
  url: text,
  state: (value) => states.some((name) => name === value),
  base: text,
  pushed: commit,
  head: commit,
  text,
  at: isTimestamp,
};

function isPullRecord(value: unknown): value is PullRecord {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(shapes).every(([key, fits]) => fits((value as Record<string, unknown>)[key]));
}
