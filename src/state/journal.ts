import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  exists,
  isDirectory,
  isFile,
  makePrivateDirectory,
  readTextIfExists,
  removeTree,
  replaceFile,
} from "../system/files.ts";
import { identityOf, type ProcessIdentity } from "../system/processes/identity.ts";
import { type AgentEntry, isAgentEntry, isTimestamp } from "./entry.ts";
import { parsedJson } from "./json.ts";
import { isMerged, type Merged } from "./merged.ts";
import type { StatePlaces } from "./places.ts";

/**
 * What an operation set out to do. `create` is undone unless the session exists, `restore` unless the agent is in the registry; `kill` is
 * always finished. `merge` is undone unless the branch has moved. `pick` is finished once its winner has been taken. `move` is left as it
 * is: only the other machine knows how far it came. `stop` is forgotten: what it has not ended runs on.
 */
const operationKinds = ["create", "kill", "restore", "merge", "pick", "move", "stop"] as const;

export type OperationKind = (typeof operationKinds)[number];

/**
 * One operation in flight, with its whole plan. It is written once, before anything is touched, and removed when all is done: how
 * far it came is found by looking at the world.
 */
export interface Operation {
  readonly v: 1;
  readonly id: string;
  readonly kind: OperationKind;
  readonly owner: ProcessIdentity;
  readonly agents: readonly AgentEntry[];
  /** For `create` and `restore`: branches that did not exist, which undoing may delete. */
  readonly new_branches: readonly string[];
  /** For `merge`, once that is known: which branch moves from where to where, and the checkout that moves with it. */
  readonly merge?: Merged & { readonly worktree: string | null };
  /** For `pick`, whose agents are the others: who wins, and since when. */
  readonly pick?: { readonly winner: AgentEntry; readonly since: string };
  /** For `move`, which claims no name. */
  readonly move?: PlannedMove;
  /** For `stop`, which claims no name: the ids of the agents that are to end. */
  readonly stop?: readonly string[];
}

/** What a move set out to do. */
interface PlannedMove {
  readonly agent: AgentEntry;
  /** Where to, in the words that are typed. */
  readonly to: string;
  /** It ran, and so is to run again. Absent in what an earlier version wrote. */
  readonly ran?: boolean;
  /** The host that it comes from, and the mirror of its repository there; absent when it comes from this machine. */
  readonly from?: { readonly host: string; readonly mirror: string };
}

/** Writes down an operation of this process before its first step. */
export async function beginOperation(
  places: StatePlaces,
  plan: Pick<Operation, "id" | "kind" | "agents" | "new_branches" | "merge" | "pick" | "move" | "stop">,
): Promise<Operation> {
  const owner = await identityOf(process.pid);
  if (owner === undefined) throw new Error("this process is not in the process table");
  const operation: Operation = { v: 1, ...plan, owner };
  makePrivateDirectory(places.journalRoot);
  replaceFile(operationFile(places, operation.id), `${JSON.stringify(operation, null, 2)}\n`);
  return operation;
}

/** The agents that an operation is about. */
export function agentsOf({ agents, move }: Operation): readonly AgentEntry[] {
  return move === undefined ? agents : [move.agent];
}

/** Forgets an operation that is done or undone. */
export function endOperation(places: StatePlaces, id: string): void {
  removeTree(operationFile(places, id));
}

/** Whether an operation is still in flight. Whoever runs or settles it forgets it last, and then ends itself. */
export function isInFlight(places: StatePlaces, id: string): boolean {
  return exists(operationFile(places, id));
}

/** The lock of whoever completes or undoes what a dead process has left of an operation. */
export function settlingLock(places: StatePlaces, id: string): string {
  return join(places.journalRoot, `${id}.settling`);
}

/** The operations in flight, of live processes and dead ones. What is not a whole operation is left for a person to look at. */
export function readJournal(places: StatePlaces): Operation[] {
  if (!isDirectory(places.journalRoot)) return [];
  return readdirSync(places.journalRoot)
    .filter((name) => name.endsWith(".json") && isFile(join(places.journalRoot, name)))
    .map((name) => ({ name, value: parsedJson(readTextIfExists(join(places.journalRoot, name)) ?? "") }))
    .flatMap(({ name, value }) => (isOperation(value) && name === `${value.id}.json` ? [value] : []));
}

function operationFile(places: StatePlaces, id: string): string {
  return join(places.journalRoot, `${id}.json`);
}

function isOperation(value: unknown): value is Operation {
  const operation = value as Partial<Operation> | null | undefined;
  return (
    typeof operation === "object" &&
    operation !== null &&
    operation.v === 1 &&
    typeof operation.id === "string" &&
    operationKinds.some((kind) => kind === operation.kind) &&
    isIdentity(operation.owner) &&
    isList(operation.new_branches, (branch) => typeof branch === "string") &&
    isList(operation.agents, isAgentEntry) &&
    (operation.merge === undefined || isMerged(operation.merge)) &&
    (operation.move === undefined || isPlannedMove(operation.move)) &&
    (operation.stop === undefined || isList(operation.stop, (id) => typeof id === "string")) &&
    (operation.pick === undefined || (isAgentEntry(operation.pick.winner) && isTimestamp(operation.pick.since)))
  );
}

function isPlannedMove({ agent, to, ran, from }: Partial<PlannedMove>): boolean {
  return (
    isAgentEntry(agent) &&
    typeof to === "string" &&
    ["undefined", "boolean"].includes(typeof ran) &&
    (from === undefined || [from.host, from.mirror].every((text) => typeof text === "string"))
  );
}

/** Half of one would say that the process is gone, and its work would be undone below it. */
function isIdentity(owner: Partial<ProcessIdentity> | undefined): boolean {
  return (
    Number.isSafeInteger(owner?.pid) &&
    [owner?.start, owner?.boot, owner?.namespace].every((text) => typeof text === "string")
  );
}

function isList(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}
