import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { emptyGroups } from "../../../sandboxes/caps.ts";
import { readEnding } from "../../../state/ending.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { otherFleetOf, readMark } from "../../../state/marks.ts";
import { readRecords } from "../../../state/records.ts";
import { readRegistry } from "../../../state/registry.ts";
import { isRealDirectory, realPath } from "../../../system/files.ts";
import { discoverRepository, type Repository } from "../../../system/git/repository.ts";
import { adminDirectory, lockReason, registeredPath } from "../../../system/git/worktrees.ts";
import { readProcessTable } from "../../../system/processes/table.ts";
import { endable, processesByVariable } from "../../../system/processes/tree.ts";
import { listPanes } from "../../../system/tmux/panes.ts";
import { containersOf } from "../../contained.ts";
import { configuredServer, type Fleet, gitAt, serverAt, statePlaces } from "../../fleet.ts";
import type { Evidence, OurSession, OurWorktree } from "./plan.ts";

/** Asks every copy of what is known of the fleet. Throws FleetError when one that is there cannot be asked. */
export async function gatherEvidence(fleet: Fleet): Promise<Evidence> {
  const places = statePlaces(fleet);
  const registry = readRegistry(places);
  const all = readRecords(places);
  const killed = new Set(all.map(({ id }) => id).filter((id) => readEnding(places, id) !== undefined));
  const records = all.filter(({ id }) => !killed.has(id));
  const table = await readProcessTable();
  const marked = await processesByVariable(table, "AI_FLEET_ID");
  const repositories = await repositoriesOf(fleet, [...registry, ...all]);
  return {
    registry,
    records,
    killed,
    sessions: await ourSessions(fleet, [...registry, ...all]),
    worktrees: repositories.flatMap((repository) => ourWorktrees(fleet, repository)),
    readRepositories: new Set(repositories.map(({ root }) => root)),
    processes: new Map([...marked].map(([id, found]) => [id, endable(table, found)])),
    containers: await containersOf(fleet, [...registry, ...all]),
    emptyGroups: emptyGroups(),
    directoryExists: isRealDirectory,
  };
}

async function repositoriesOf(fleet: Fleet, entries: readonly AgentEntry[]): Promise<Repository[]> {
  const directories = [...new Set([fleet.directory, ...entries.map(({ repo }) => repo)])].filter(isRealDirectory);
  const found = await Promise.all(directories.map((directory) => discoverRepository(gitAt(fleet, directory))));
  const byRoot = new Map(
    found.filter((repository) => repository !== undefined).map((repository) => [repository.root, repository]),
  );
  return [...byRoot.values()];
}

async function ourSessions(fleet: Fleet, entries: readonly AgentEntry[]): Promise<OurSession[]> {
  const sockets = [...new Set([configuredServer(fleet).socket, ...entries.map(({ socket }) => socket)])];
  const panes = await Promise.all(
    sockets.map(async (socket) => (await listPanes(serverAt(fleet, socket))).map((pane) => ({ socket, pane }))),
  );
  return panes.flat().filter(({ pane }) => pane.agentId !== "" && pane.pane === pane.agentPane);
}

function ourWorktrees(fleet: Fleet, repository: Repository): OurWorktree[] {
  const places = statePlaces(fleet);
  const registrations = join(repository.commonDirectory, "worktrees");
  if (!isRealDirectory(registrations)) return [];
  return readdirSync(registrations)
    .map((name) => join(registrations, name))
    .flatMap((admin): OurWorktree[] => {
      const path = registeredPath(admin);
      if (path === undefined || isOfAnother(path, admin)) return [];
      const entry = readMark(admin);
      const other = entry === undefined ? undefined : otherFleetOf(admin, entry, places);
      if (entry !== undefined && other !== undefined) {
        const text = `${entry.branch}: left alone, it is of another fleet, whose agents are in ${other}`;
        fleet.report({ kind: "note", text });
        return [];
      }
      if (entry !== undefined) return [{ repository, path, entry }];
      const unfinished =
        lockReason(admin) === "initializing" && dirname(path) === places.worktreeRoot && !isRealDirectory(path);
      return unfinished ? [{ repository, path, entry: undefined }] : [];
    });
}

/** The place of a worktree that git still has registered may be that of another by now. */
function isOfAnother(path: string, admin: string): boolean {
  const current = adminDirectory(path);
  return current !== undefined && isRealDirectory(current) && realPath(current) !== realPath(admin);
}
