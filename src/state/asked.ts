import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDirectory, makePrivateDirectory, readTextIfExists, removeTree, replaceFile } from "../system/files.ts";
import { parsedJson } from "./json.ts";
import type { StatePlaces } from "./places.ts";

type Places = Pick<StatePlaces, "trustRoot">;

/** Something that a host was asked to do and that may have come to an end there which nobody here knows. */
export interface Asked {
  /** The name of the operation, by which the host knows it for seven days. */
  readonly operation: string;
  readonly host: string;
  /** The row that was called: `prompt`. */
  readonly row: string;
  readonly branches: readonly string[];
  /** When, as an ISO 8601 time in UTC. */
  readonly at: string;
}

/** Writes down what a host is about to be asked. */
export function writeAsked(places: Places, asked: Asked): void {
  makePrivateDirectory(rootOf(places));
  replaceFile(fileOf(places, asked.operation), `${JSON.stringify(asked)}\n`);
}

/** Forgets what a host was asked: it is known what came of it. */
export function forgetAsked(places: Places, operation: string): void {
  removeTree(fileOf(places, operation));
}

/** What a host was asked and nobody knows the end of. */
export function askedOf(places: Places, host: string): Asked[] {
  const root = rootOf(places);
  if (!isDirectory(root)) return [];
  return readdirSync(root)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      const value = parsedJson(readTextIfExists(join(root, name)) ?? "");
      return isAsked(value) && value.host === host && `${value.operation}.json` === name ? value : [];
    });
}

function isAsked(value: unknown): value is Asked {
  const { operation, host, row, branches, at } = (value ?? {}) as Partial<Asked>;
  return (
    [operation, host, row, at].every((text) => typeof text === "string") &&
    Array.isArray(branches) &&
    branches.every((branch) => typeof branch === "string")
  );
}

function rootOf({ trustRoot }: Places): string {
  return join(dirname(trustRoot), "asked");
}

function fileOf(places: Places, operation: string): string {
  return join(rootOf(places), `${operation}.json`);
}
