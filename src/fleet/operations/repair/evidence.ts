import { dirname, join } from "node:path";
import { asRefusal } from "../../../errors.ts";
import { emptyGroups } from "../../../sandboxes/capped-groups.ts";
import { readAway } from "../../../state/away.ts";
import { endedAgents } from "../../../state/ending.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { agentsOf, readJournal } from "../../../state/journal.ts";
import { otherFleetOf, readMark } from "../../../state/marks.ts";
import { readRecords } from "../../../state/records.ts";
import { readRegistry } from "../../../state/registry.ts";
import { exists, isRealDirectory, namesIn, realPath } from "../../../system/files.ts";
import { replacedLink } from "../../../system/git/replaced-link.ts";
import { discoverRepository, type Repository } from "../../../system/git/repository.ts";
import { adminDirectory, lockReason, registeredPath } from "../../../system/git/worktrees.ts";
import { readProcessTable } from "../../../system/processes/table.ts";
import { endable, processesByVariable } from "../../../system/processes/tree.ts";
import { listPanes } from "../../../system/tmux/panes.ts";
import { containersOf, enginesOf } from "../../contained.ts";
import { configuredServer, type Fleet, gitAt, serverAt, statePlaces } from "../../fleet.ts";
import type { Evidence, OurSession, OurWorktree, WrittenDown } from "./plan.ts";
import type { Unasked } from "./unasked.ts";

/** Asks every copy of what is known of the fleet; a repository, tmux server or engine of containers that cannot be asked is named in it. */
export async function gatherEvidence(fleet: Fleet): Promise<Evidence> {
  const { registry, killed, inFlight } = writtenDown(fleet);
  const all = readRecords(statePlaces(fleet));
  const records = all.filter(({ id }) => !killed.has(id));
  // An agent that has moved to another machine runs there, and that may be this one by another name.
  const isElsewhere = (id: string) => readAway(statePlaces(fleet), id) !== undefined;
  const table = await readProcessTable();
  const marked = await processesByVariable(table, "AI_FLEET_ID");
  const unasked: Unasked[] = [];
  const repositories = await repositoriesOf(fleet, [...registry, ...all], unasked);
  const sessions = await ourSessions(fleet, [...registry, ...all], unasked);
  const containers = enginesOf(fleet, [...registry, ...all]).map((kind) =>
    asked(fleet, kind, unasked, () => containersOf(fleet, kind)),
  );
  const evidence = {
    registry,
    records,
    killed,
    sessions,
    unasked,
    worktrees: repositories.flatMap((repository) => ourWorktrees(fleet, repository)),
    readRepositories: new Set(repositories.map(({ root }) => root)),
    processes: new Map(
      [...marked].filter(([id]) => !isElsewhere(id)).map(([id, found]) => [id, endable(table, found)]),
    ),
    containers: (await Promise.all(containers)).flatMap((found) => found ?? []),
    emptyGroups: emptyGroups(fleet.environment),
    directoryExists: isRealDirectory,
    isLost,
    replacedLink,
  };
  return { ...evidence, inFlight: [...inFlight, ...writtenDown(fleet).inFlight] };
}

/** What is written down at this moment. What nobody is at any more was settled before, or waits for something. */
export function writtenDown(fleet: Fleet): WrittenDown {
  const places = statePlaces(fleet);
  // First, for what is done is in the others before it leaves the journal.
  const inFlight = readJournal(places).flatMap(agentsOf);
  const ended = endedAgents(places).map(({ entry }) => entry.id);
  return { registry: readRegistry(places), killed: new Set(ended), inFlight };
}

async function repositoriesOf(fleet: Fleet, entries: readonly AgentEntry[], unasked: Unasked[]): Promise<Repository[]> {
  const directories = [...new Set([fleet.directory, ...entries.map(({ repo }) => repo)])].filter(isRealDirectory);
  const found = await Promise.all(
    directories.map((place) => asked(fleet, place, unasked, () => discoverRepository(gitAt(fleet, place)))),
  );
  const byRoot = new Map(
    found.filter((repository) => repository !== undefined).map((repository) => [repository.root, repository]),
  );
  return [...byRoot.values()];
}

async function ourSessions(fleet: Fleet, entries: readonly AgentEntry[], unasked: Unasked[]): Promise<OurSession[]> {
  const sockets = [...new Set([configuredServer(fleet).socket, ...entries.map(({ socket }) => socket)])];
  const panes = await Promise.all(
    sockets.map(async (socket) => {
      const found = await asked(fleet, socket, unasked, () => listPanes(serverAt(fleet, socket)));
      return (found ?? []).map((pane) => ({ socket, pane }));
    }),
  );
  return panes.flat().filter(({ pane }) => pane.agentId !== "" && pane.pane === pane.agentPane);
}

/** What somewhere is answered; `undefined` where nobody answers, which is noted. */
async function asked<Answer>(
  fleet: Fleet,
  place: string,
  unasked: Unasked[],
  ask: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (error) {
    const refusal = asRefusal(error);
    if (refusal === undefined || fleet.cancelled.aborted) throw error;
    unasked.push({ place, error: refusal });
    return undefined;
  }
}

function ourWorktrees(fleet: Fleet, repository: Repository): OurWorktree[] {
  const places = statePlaces(fleet);
  const registrations = join(repository.commonDirectory, "worktrees");
  return namesIn(registrations)
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
      if (entry !== undefined) return [{ repository, path, admin, entry, lost: isLost(path) }];
      return isUnfinished(fleet, admin) ? [{ repository, path, admin, entry: undefined, lost: false }] : [];
    });
}

/** Whether git's directory of a worktree is of one at a place of ours that git has not come to make, or was stopped while making. */
export function isUnfinished(fleet: Fleet, admin: string): boolean {
  const path = registeredPath(admin);
  return (
    path !== undefined &&
    readMark(admin) === undefined &&
    lockReason(admin) === "initializing" &&
    dirname(path) === statePlaces(fleet).worktreeRoot &&
    !isRealDirectory(path)
  );
}

/** Whether a worktree names a directory of git that is not there any more, since its repository was moved, say. */
function isLost(worktree: string): boolean {
  const named = adminDirectory(worktree);
  return named !== undefined && !exists(named);
}

/** The place of a worktree that git still has registered may be that of another by now. */
function isOfAnother(path: string, admin: string): boolean {
  const current = adminDirectory(path);
  return current !== undefined && isRealDirectory(current) && realPath(current) !== realPath(admin);
}
