import { computed, signal } from "@preact/signals";
import { look } from "../connection/call.ts";
import { role } from "../connection/session.ts";
import { repositories } from "./agents.ts";

interface Repository {
  readonly root: string;
  readonly name: string;
}

interface About {
  readonly fleet: string;
  /** The version of a newer program that lies in the place of the one that serves. */
  readonly newer: string | null;
  readonly repositories: readonly Repository[];
  /** Other machines; a server that is older than this page does not say. */
  readonly hosts?: readonly string[];
}

interface Index {
  readonly operations: readonly { readonly name: string; readonly changes: boolean }[];
}

export const about = signal<About | undefined>(undefined);
const rows = signal<ReadonlyMap<string, boolean>>(new Map());

/** Asks the server what it is and what it can do; again after every new connection, since it may be another one by then. */
export async function learnServer(): Promise<void> {
  const [server, index] = await Promise.all([look<About>("/api/v1/server"), look<Index>("/api/v1")]);
  about.value = server;
  rows.value = new Map(index.operations.map(({ name, changes }) => [name, changes]));
}

/** Whether this server has the row, and whoever looks may use it: what cannot be done is not offered. */
export function can(name: string): boolean {
  const changes = rows.value.get(name);
  return changes !== undefined && (role.value === "owner" || !changes);
}

/** Where agents can be started: where they are, and where the server was started. */
export const knownRepositories = computed(() => [
  ...new Set([...(about.value?.repositories ?? []).map(({ root }) => root), ...repositories.value]),
]);

/** The other machines that agents can be started on. */
export const knownHosts = computed(() => about.value?.hosts ?? []);
