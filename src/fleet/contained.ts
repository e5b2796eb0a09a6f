import { isContainer } from "../model/sandbox.ts";
import { type Caps, cappingMilliseconds } from "../sandboxes/caps.ts";
import { sandboxes } from "../sandboxes/catalog.ts";
import { type ContainerGroups, groupsOfContainer } from "../sandboxes/container-groups.ts";
import type { ContainerEngine, ContainerView, OwnContainer } from "../sandboxes/sandbox.ts";
import type { AgentEntry } from "../state/entry.ts";
import { type AgentFiles, agentFiles } from "../state/places.ts";
import { exists, namesIn, readTextIfExists, removeTree } from "../system/files.ts";
import { poll } from "../system/poll.ts";
import { processIdsInProc, startsInProc } from "../system/processes/proc.ts";
import { addMemoryEnds, type CappingOutcome, type KeptGroups, keepGroups } from "./capped.ts";
import { type Fleet, statePlaces } from "./fleet.ts";

/** Waits until an agent runs in its container, whose client is this process, and keeps in mind which groups that is in. */
export async function awaitContainer(
  { cancelled }: Fleet,
  { sandbox }: AgentEntry,
  files: AgentFiles,
  client: number,
): Promise<CappingOutcome> {
  const options = { every: 5, deadline: Number.POSITIVE_INFINITY, cancelled };
  const find = containerFinder(containerFiles(files), sandbox ?? {});
  let seen: { readonly since: number; readonly directories: readonly string[] } | undefined;
  const outcome = await poll(options, (): CappingOutcome | undefined => {
    const groups = find();
    if (groups === undefined) return ending(client);
    const { version, directories, kept, started, first } = groups;
    if (seen?.directories.join() !== directories.join()) {
      keepGroups(files, { version, directories, memory_ends: 0, container: true, ...numbered(first) });
    }
    seen = { since: seen?.since ?? performance.now(), directories };
    if (kept) return started ? "kept" : ending(client);
    // A runtime may set the caps of a group a moment after something is in it.
    return performance.now() - seen.since > cappingMilliseconds ? "uncapped" : undefined;
  });
  return outcome ?? "ended";
}

function numbered(first: number | undefined): Pick<KeptGroups, "first"> {
  const start = first === undefined ? undefined : startsInProc([first]).get(first);
  return first === undefined || start === undefined ? {} : { first: { pid: first, start } };
}

/**
 * Looks for the groups of a container that an engine is about to make. It notes a container before it starts anything in it, so what runs
 * before that need not be looked at again and again.
 */
function containerFinder({ note }: ContainerFiles, caps: Caps): () => ContainerGroups | undefined {
  const older = exists(note) ? undefined : new Set(processIdsInProc());
  const begun = performance.now();
  return () => {
    const id = (readTextIfExists(note) ?? "").trim();
    const isLate = performance.now() - begun > olderMilliseconds;
    return groupsOfContainer(id, caps, isLate ? undefined : older);
  };
}

/** How long a process id is taken for that of a process which was there before: the kernel gives the ids of those that ended anew. */
const olderMilliseconds = 2000;

function ending(client: number): "ended" | undefined {
  return exists(`/proc/${client}`) ? undefined : "ended";
}

/** Where a container writes things down: the agent's own, or one in which something runs beside it. */
export type ContainerFiles = Pick<ContainerView, "note" | "memoryReport">;

/** The files of the container of an agent, or of one beside it that has a name. */
export function containerFiles({ containers, inside }: AgentFiles, name = "agent"): ContainerFiles {
  return { note: `${containers}/${name}.id`, memoryReport: `${inside}/memory-${name}` };
}

/** What the containers of a fleet bear as a label: where it keeps its agents, which no other fleet does. */
export function ownerOf(fleet: Fleet): string {
  return statePlaces(fleet).agentsRoot;
}

/** Where containers of an agent were noted and not removed since. */
function notesOf({ containers }: AgentFiles): string[] {
  return namesIn(containers)
    .filter((name) => name.endsWith(".id"))
    .map((name) => `${containers}/${name}`);
}

/** Removes all containers of agents, whatever still runs in them. Throws FleetError `failed` when one stays. */
export async function removeContainers(fleet: Fleet, entries: readonly AgentEntry[]): Promise<void> {
  for (const [engine, group] of Map.groupBy(entries, engineOf)) {
    if (engine === undefined) continue;
    const notes = group.flatMap(({ id }) => notesOf(agentFiles(statePlaces(fleet), id)));
    const ids = notes.map((note) => (readTextIfExists(note) ?? "").trim());
    await engine.remove(
      ids.filter((id) => id !== ""),
      fleet.environment,
    );
    for (const note of notes) removeTree(note);
  }
}

/** A container that bears the label of a fleet, and what keeps it. */
export interface KeptContainer extends OwnContainer {
  readonly kind: "podman" | "docker";
}

/** The engines that one of these agents is held by, or the next would be. */
export function enginesOf(fleet: Fleet, entries: readonly AgentEntry[]): KeptContainer["kind"][] {
  const kinds = new Set([fleet.settings.config.sandbox, ...entries.map(({ sandbox }) => sandbox?.kind)]);
  return (["podman", "docker"] as const).filter((kind) => kinds.has(kind));
}

/**
 * All containers of a fleet that an engine has, by their label, whether anything runs in them or not. Throws FleetError `failed` when it does
 * not answer.
 */
export async function containersOf(fleet: Fleet, kind: KeptContainer["kind"]): Promise<KeptContainer[]> {
  const containers = (await sandboxes[kind].engine?.list(ownerOf(fleet), fleet.environment)) ?? [];
  return containers.map((container): KeptContainer => ({ ...container, kind }));
}

/** Removes a container, whatever runs in it. Throws FleetError `failed` when it stays. */
export async function removeContainer({ environment }: Fleet, { kind, id }: KeptContainer): Promise<void> {
  await sandboxes[kind].engine?.remove([id], environment);
}

/** Removes a container that something ran in beside an agent: one whose client was ended goes on without it. */
export async function removeOwnContainer(
  fleet: Fleet,
  entry: AgentEntry,
  { note, memoryReport }: ContainerFiles,
): Promise<void> {
  const id = (readTextIfExists(note) ?? "").trim();
  if (groupsOfContainer(id, {}) !== undefined) await engineOf(entry)?.remove([id], fleet.environment);
  addMemoryEnds(agentFiles(statePlaces(fleet), entry.id), memoryReport);
  removeTree(memoryReport);
  removeTree(note);
}

function engineOf({ sandbox }: AgentEntry): ContainerEngine | undefined {
  return sandbox === undefined || !isContainer(sandbox) || sandbox.kind === "none"
    ? undefined
    : sandboxes[sandbox.kind].engine;
}
