import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ToldCost } from "../model/wire/shared.ts";
import { isDirectory, makePrivateDirectory, readTextIfExists, removeTree, replaceFile } from "../system/files.ts";
import { type AgentEntry, isAgentEntry, isTimestamp } from "./entry.ts";
import { parsedJson } from "./json.ts";
import type { StatePlaces } from "./places.ts";

/** An agent on another machine, as it was seen from here last. */
export interface AwayAgent {
  readonly v: 1;
  readonly host: string;
  /** As it is there, but for `repo`, which is the repository here. */
  readonly entry: AgentEntry;
  /** The mirror of the repository there. */
  readonly mirror: string;
  /** What was fetched of its work last; absent before the first time. */
  readonly work?: AwayWork;
}

/** The work of an agent on another machine, as it is in the repository here. */
export interface AwayWork {
  /** The commit that was checked out. */
  readonly head: string;
  /** A commit that has all of its working tree: `head`, or one on top of it. */
  readonly commit: string;
  /** How many files are in no commit of its own. */
  readonly unsaved: number;
  readonly fetched_at: string;
  /** What it had said last. */
  readonly last_words?: string | undefined;
  /** What it had used. */
  readonly cost?: ToldCost | undefined;
}

/** Where the fleet writes down what it knows of agents on other machines. */
function awayRoot({ trustRoot }: Pick<StatePlaces, "trustRoot">): string {
  return join(dirname(trustRoot), "away");
}

function awayFile(places: Pick<StatePlaces, "trustRoot">, id: string): string {
  return join(awayRoot(places), `${id}.json`);
}

/** Writes down what is known of an agent on another machine now. */
export function writeAway(places: Pick<StatePlaces, "trustRoot">, agent: AwayAgent): void {
  makePrivateDirectory(awayRoot(places));
  replaceFile(awayFile(places, agent.entry.id), `${JSON.stringify(agent, null, 2)}\n`);
}

/** What is known of the agent with this id, if it is on another machine. */
export function readAway(places: Pick<StatePlaces, "trustRoot">, id: string): AwayAgent | undefined {
  const value = parsedJson(readTextIfExists(awayFile(places, id)) ?? "");
  return isAway(value) && value.entry.id === id ? value : undefined;
}

/** All agents on other machines that are known here, in the order they were made in. */
export function awayAgents(places: Pick<StatePlaces, "trustRoot">): AwayAgent[] {
  const root = awayRoot(places);
  if (!isDirectory(root)) return [];
  return readdirSync(root)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => readAway(places, name.slice(0, -".json".length)) ?? [])
    .sort(byAge);
}

/** Those of a fan-out are of the same moment: then by their numbers. */
function byAge({ entry: a }: AwayAgent, { entry: b }: AwayAgent): number {
  return a.created_at.localeCompare(b.created_at) || a.branch.localeCompare(b.branch, "en", { numeric: true });
}

/** Forgets an agent that is on no other machine any more. What was fetched of it stays. */
export function forgetAway(places: Pick<StatePlaces, "trustRoot">, id: string): void {
  removeTree(awayFile(places, id));
}

function isAway(value: unknown): value is AwayAgent {
  const { v, host, entry, mirror, work } = (value ?? {}) as Partial<AwayAgent>;
  return (
    v === 1 &&
    typeof host === "string" &&
    typeof mirror === "string" &&
    isAgentEntry(entry) &&
    (work === undefined || isWork(work))
  );
}

function isWork({ head, commit, unsaved, fetched_at, last_words, cost }: Partial<AwayWork>): boolean {
  const isCommit = (text: unknown) => typeof text === "string" && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
  return (
    isCommit(head) &&
    isCommit(commit) &&
    Number.isSafeInteger(unsaved) &&
    isTimestamp(fetched_at) &&
    (last_words === undefined || typeof last_words === "string") &&
    (cost === undefined || (typeof cost === "object" && cost !== null))
  );
}
