import { join } from "node:path";
import { makePrivateDirectory, readTextIfExists, removeTree, replaceFile } from "../system/files.ts";
import { parsedJson } from "./json.ts";
import { agentFiles, type StatePlaces } from "./places.ts";

/** What belongs together of a race that an agent has won: its merge, and the end of the others. */
export interface Picked {
  readonly v: 1;
  /** The commit that the target was at then, as the record of the merge has it. */
  readonly merged: string;
  /** The kill operations that ended the others. */
  readonly operations: readonly string[];
}

/** What is known of the last race that an agent has won, if its merge was not taken back. */
export function readPicked(places: StatePlaces, id: string): Picked | undefined {
  const value = parsedJson(readTextIfExists(pickedFile(places, id)) ?? "");
  return isPicked(value) ? value : undefined;
}

/** Writes down a race that an agent has won, in place of an earlier one. */
export function writePicked(places: StatePlaces, id: string, picked: Picked): void {
  makePrivateDirectory(agentFiles(places, id).directory);
  replaceFile(pickedFile(places, id), `${JSON.stringify(picked, null, 2)}\n`);
}

/** Forgets it: it was taken back. */
export function forgetPicked(places: StatePlaces, id: string): void {
  removeTree(pickedFile(places, id));
}

function pickedFile(places: StatePlaces, id: string): string {
  return join(agentFiles(places, id).directory, "picked.json");
}

function isPicked(value: unknown): value is Picked {
  if (typeof value !== "object" || value === null) return false;
  const { v, merged, operations } = value as Partial<Record<keyof Picked, unknown>>;
  const isText = (one: unknown) => typeof one === "string" && one !== "";
  return v === 1 && isText(merged) && Array.isArray(operations) && operations.every(isText);
}
