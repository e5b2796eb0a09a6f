import { expect, test } from "bun:test";
import fc from "fast-check";
import { FleetError } from "../../../../src/errors.ts";
import {
  type Evidence,
  type OurSession,
  type OurWorktree,
  planRepairs,
  type Repair,
  stands,
  type WrittenDown,
} from "../../../../src/fleet/operations/repair/plan.ts";
import type { AgentEntry } from "../../../../src/state/entry.ts";
import type { ProcessInfo } from "../../../../src/system/processes/process.ts";
import { agentEntry } from "../../../helpers/samples.ts";

const ids = ["0000000a", "0000000b", "0000000c", "0000000d"] as const;
const worktrees = ["/w/1", "/w/2", "/w/3", "/w/4"] as const;
const repositories = ["/code/one", "/code/two"] as const;
const sockets = ["/tmp/tmux-0/default", "/tmp/tmux-0/other"] as const;

const entry: fc.Arbitrary<AgentEntry> = fc
  .record({
    id: fc.constantFrom(...ids),
    worktree: fc.constantFrom(...worktrees),
    repo: fc.constantFrom(...repositories),
    session: fc.constantFrom("ai_1", "ai_2"),
    socket: fc.constantFrom(...sockets),
    created_at: fc.constantFrom("2025-05-31T23:05:00Z", "2025-06-01T23:05:00Z"),
  })
  .map(agentEntry);

function session(agentId: string, sessionName = "ai_1", socket: string = sockets[0]): OurSession {
  const shown = { exitCode: undefined, exitSignal: undefined, alternateScreen: false, marked: false, title: "" };
  const ids = { session: `$${agentId}`, pane: "%1", agentPane: "%1", ownerId: agentId, agentId };
  return { socket, pane: { ...ids, ...shown, sessionName, pid: 1, dead: false, attached: false } };
}

function worktree(root: string, path: string, mark: AgentEntry | undefined): OurWorktree {
  const repository = { root, commonDirectory: `${root}/.git`, bare: false, head: undefined };
  return { repository, path, admin: `${root}/.git/worktrees${path}`, entry: mark, lost: false };
}

function processInfo(pid: number): ProcessInfo {
  return { pid, parent: 1, name: "demo", start: "1", cpuSeconds: 0, memoryBytes: 0, zombie: false };
}

interface World extends Omit<Evidence, "directoryExists" | "isLost" | "replacedLink"> {
  readonly directories: readonly string[];
}

const byId = { selector: ({ id }: AgentEntry) => id, maxLength: 4 };
const world: fc.Arbitrary<World> = fc.record({
  registry: fc.uniqueArray(entry, byId),
  records: fc.uniqueArray(entry, byId),
  killed: fc.subarray([...ids]).map((chosen) => new Set<string>(chosen)),
  sessions: fc.array(
    fc
      .tuple(fc.constantFrom(...ids), fc.constantFrom("ai_1", "ai_2"), fc.constantFrom(...sockets))
      .map((all) => session(...all)),
    { maxLength: 4 },
  ),
  worktrees: fc.uniqueArray(
    fc
      .tuple(fc.constantFrom(...repositories), fc.constantFrom(...worktrees), fc.option(entry, { nil: undefined }))
      .map((all) => worktree(...all)),
    { selector: ({ path }) => path, maxLength: 4 },
  ),
  unasked: fc.constant([]),
  readRepositories: fc.subarray([...repositories]).map((chosen) => new Set<string>(chosen)),
  processes: fc
    .subarray([...ids])
    .map((chosen) => new Map<string, ProcessInfo[]>(chosen.map((id, index) => [id, [processInfo(index + 2)]]))),
  containers: fc
    .subarray([...ids, "unknown"])
    .map((chosen) => chosen.map((id) => ({ kind: "podman", agent: id, id: `container of ${id}` }) as const)),
  emptyGroups: fc.subarray([...ids]).map((chosen) => new Map(chosen.map((id) => [id, [`/groups/fleet-${id}`]]))),
  directories: fc.subarray([...worktrees]),
  inFlight: fc.array(entry, { maxLength: 2 }),
});

/** As evidence is gathered: the records of killed agents are left out. */
function plan({ directories, records, killed, ...rest }: World): Repair[] {
  return planRepairs({
    ...rest,
    killed,
    records: records.filter(({ id }) => !killed.has(id)),
    directoryExists: (path) => directories.includes(path),
    isLost: () => false,
    replacedLink: () => undefined,
  });
}

function agentOf(repair: Repair): string | undefined {
  if ("entry" in repair) return repair.entry.id;
  if (repair.kind === "end-session") return repair.session.pane.agentId;
  return "agent" in repair ? repair.agent : undefined;
}

function placeOf(repair: Repair): string | undefined {
  if ("entry" in repair) return repair.entry.worktree;
  return "path" in repair ? repair.path : undefined;
}

/** What the world is like when a repair was carried out. */
function after(before: World, repair: Repair): World {
  switch (repair.kind) {
    case "add":
    case "change":
      return { ...before, registry: [...before.registry.filter(({ id }) => id !== repair.entry.id), repair.entry] };
    case "forget":
      return { ...before, registry: before.registry.filter(({ id }) => id !== repair.entry.id) };
    case "connect":
      return { ...before, worktrees: before.worktrees.map((each) => ({ ...each, lost: false })) };
    case "end-session":
      return { ...before, sessions: before.sessions.filter((each) => each !== repair.session) };
    case "end-processes":
      return { ...before, processes: new Map([...before.processes].filter(([, each]) => each !== repair.processes)) };
    case "remove-container":
      return { ...before, containers: before.containers.filter((each) => each !== repair.container) };
    case "remove-group":
      return {
        ...before,
        emptyGroups: new Map([...before.emptyGroups].filter(([, all]) => !all.includes(repair.directory))),
      };
    case "unregister":
      return {
        ...before,
        worktrees: before.worktrees.filter(
          ({ repository, path }) => repository !== repair.repository || path !== repair.path,
        ),
      };
  }
}

test("when all is repaired there is nothing left to repair", () => {
  fc.assert(
    fc.property(world, (before) => {
      expect(plan(plan(before).reduce(after, before))).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test("the order in which things were found makes no difference", () => {
  const sorted = (repairs: readonly Repair[]) => repairs.map((repair) => JSON.stringify(repair)).sort();
  const reversed = ({ registry, records, sessions, worktrees, processes, ...rest }: World): World => ({
    ...rest,
    registry: registry.toReversed(),
    records: records.toReversed(),
    sessions: sessions.toReversed(),
    worktrees: worktrees.toReversed(),
    processes: new Map([...processes].toReversed()),
  });
  fc.assert(
    fc.property(world, (found) => {
      expect(sorted(plan(reversed(found)))).toEqual(sorted(plan(found)));
    }),
    { numRuns: 1000 },
  );
});

test("only what is provably ours and of no use to anybody is taken away", () => {
  fc.assert(
    fc.property(world, (found) => {
      const known = new Set(found.registry.map(({ id }) => id));
      const isOver = (id: string) => found.killed.has(id) && !known.has(id);
      for (const repair of plan(found)) {
        if (repair.kind === "end-session") expect(isOver(repair.session.pane.agentId)).toBe(true);
        if (repair.kind === "unregister")
          expect(
            found.worktrees.find(({ path, repository }) => path === repair.path && repository === repair.repository)
              ?.entry,
          ).toBeUndefined();
        if (repair.kind === "end-processes") {
          const owners = [...found.processes].filter(([, each]) => each === repair.processes);
          expect(owners.map(([id]) => isOver(id))).toEqual([true]);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test("an agent is forgotten only when its repository was read and nothing of it is anywhere", () => {
  fc.assert(
    fc.property(world, (found) => {
      for (const repair of plan(found)) {
        if (repair.kind !== "forget") continue;
        const { id, repo, worktree: place } = repair.entry;
        expect(found.readRepositories.has(repo)).toBe(true);
        expect(found.directories).not.toContain(place);
        expect(found.sessions.some(({ pane }) => pane.agentId === id)).toBe(false);
        expect(found.worktrees.some((each) => each.entry?.id === id)).toBe(false);
        expect(found.processes.has(id)).toBe(false);
      }
    }),
    { numRuns: 1000 },
  );
});

test("no two agents are added for one worktree, none for that of another, and none that was killed", () => {
  fc.assert(
    fc.property(world, (found) => {
      const added = plan(found).flatMap((repair) => (repair.kind === "add" ? [repair.entry] : []));
      expect(new Set(added.map((each) => each.worktree)).size).toBe(added.length);
      expect(new Set(added.map(({ id }) => id)).size).toBe(added.length);
      for (const { id, worktree: place } of added) {
        expect(found.killed.has(id)).toBe(false);
        expect(found.directories).toContain(place);
        const owners = found.worktrees.filter(({ path, entry: mark }) => path === place && mark !== undefined);
        if (owners.length > 0) expect(owners.map((owner) => owner.entry?.id)).toContain(id);
      }
    }),
    { numRuns: 1000 },
  );
});

test("an agent that another command is making, ending or bringing back is left alone, and so is its place", () => {
  fc.assert(
    fc.property(world, (found) => {
      const ids = found.inFlight.map(({ id }) => id);
      const places = found.inFlight.map((each) => each.worktree);
      for (const repair of plan(found)) {
        expect(ids).not.toContain(agentOf(repair));
        if (repair.kind !== "forget") expect(places).not.toContain(placeOf(repair));
      }
    }),
    { numRuns: 1000 },
  );
});

test("nothing is done about an agent whose repository or tmux server could not be asked", () => {
  fc.assert(
    fc.property(world, fc.constantFrom(...repositories, ...sockets), (found, place) => {
      const unasked = [{ place, error: new FleetError("failed", "it hangs") }];
      const untold = [...found.registry, ...found.records.filter(({ id }) => !found.killed.has(id))].filter(
        ({ repo, socket }) => repo === place || socket === place,
      );
      const ids = new Set(untold.map(({ id }) => id));
      for (const repair of plan({ ...found, unasked })) expect(ids).not.toContain(agentOf(repair));
    }),
    { numRuns: 1000 },
  );
});

const nothing: World = {
  registry: [],
  records: [],
  killed: new Set(),
  sessions: [],
  worktrees: [],
  unasked: [],
  readRepositories: new Set(),
  processes: new Map(),
  containers: [],
  emptyGroups: new Map(),
  directories: [],
  inFlight: [],
};
const agent = agentEntry({
  id: ids[0],
  worktree: worktrees[0],
  repo: repositories[0],
  session: "ai_1",
  socket: sockets[0],
});

test("a container is removed when its agent is killed or nobody knows it, and an empty group when its agent is killed", () => {
  const containers = ids.map((id) => ({ kind: "podman", agent: id, id: `of ${id}` }) as const);
  const emptyGroups = new Map(ids.map((id) => [id, [`/groups/fleet-${id}`]]));
  const found = { ...nothing, registry: [agent], directories: [agent.worktree], killed: new Set([ids[1]]) };
  const removed = plan({ ...found, containers, emptyGroups }).map(({ kind, why }) => `${kind}: ${why}`);
  const unknown = "remove-container: nothing else is known of its agent";
  expect(removed).toEqual([
    "remove-container: its agent was killed",
    ...ids.slice(2).map(() => unknown),
    "remove-group: its agent was killed",
  ]);
  const [, , marked, unmarked] = containers;
  const lost = {
    ...nothing,
    containers: [marked, unmarked].filter((each) => each !== undefined),
    worktrees: [worktree(agent.repo, agent.worktree, agentEntry({ ...agent, id: ids[2] }))],
    directories: [agent.worktree],
  };
  expect(plan(lost).map(({ kind }) => kind)).toEqual(["add", "remove-container"]);
  const unasked = [{ place: repositories[1], error: new FleetError("failed", "it hangs") }];
  expect(plan({ ...lost, unasked }).map(({ kind }) => kind)).toEqual(["add"]);
});

test("an agent that comes back is listed with the session that it has now", () => {
  const found = {
    ...nothing,
    records: [agent],
    directories: [agent.worktree],
    sessions: [session(agent.id, "renamed")],
  };
  expect(plan(found)).toEqual([
    {
      kind: "add",
      entry: { ...agent, session: "renamed" },
      why: "was not in the registry, but its worktree is there",
    },
  ]);
});

test("a session of the same name on another server is found there", () => {
  const found = {
    ...nothing,
    registry: [agent],
    directories: [agent.worktree],
    sessions: [session(agent.id, "ai_1", sockets[1])],
  };
  expect(plan(found)).toEqual([
    {
      kind: "change",
      entry: { ...agent, socket: sockets[1] },
      why: `its session is on the tmux server ${sockets[1]} now`,
    },
  ]);
});

test("an agent that still runs is not forgotten though its session and its worktree are gone", () => {
  const gone = { ...nothing, registry: [agent], readRepositories: new Set([agent.repo]) };
  expect(plan(gone).map(({ kind }) => kind)).toEqual(["forget"]);
  expect(plan({ ...gone, processes: new Map([[agent.id, [processInfo(2)]]]) })).toEqual([]);
});

test("an earlier agent is not listed again in the worktree of a later one", () => {
  const earlier = agentEntry({ ...agent, id: ids[1] });
  const found = { ...nothing, records: [earlier], directories: [agent.worktree] };
  expect(plan({ ...found, registry: [agent] })).toEqual([]);
  const marked = { ...found, worktrees: [worktree(agent.repo, agent.worktree, agent)] };
  expect(plan(marked).map((repair) => repair.kind === "add" && repair.entry)).toEqual([agent]);
});

test("a worktree whose repository was moved is connected with it, but with none of two that both have it", () => {
  const [old, now] = repositories;
  const registry = [{ ...agent, repo: old }];
  const lost = (root: string) => ({ ...worktree(root, agent.worktree, agent), lost: true });
  const found = { ...nothing, registry, directories: [agent.worktree], readRepositories: new Set([now]) };
  const moved = plan({ ...found, worktrees: [lost(now)] });
  expect(moved).toMatchObject([
    { kind: "change" },
    { kind: "connect", admin: `${now}/.git/worktrees${agent.worktree}` },
  ]);
  const copied = plan({ ...found, worktrees: [lost(now), lost("/code/copy")] });
  expect(copied.map(({ kind }) => kind)).not.toContain("connect");
});

test("a repair stands while all that is written down of its agent is as it was when evidence was gathered", () => {
  const entry = { ...agent, pid: 1 };
  const seen: WrittenDown = { registry: [entry], killed: new Set(), inFlight: [] };
  const repair: Repair = { kind: "forget", entry, why: "" };
  const other = agentEntry({ id: ids[1] });
  const moments: Readonly<Record<string, WrittenDown>> = {
    "as it was": { ...seen, registry: [{ ...entry }] },
    "others were made, killed, and are in flight": {
      registry: [other, entry],
      killed: new Set([ids[2]]),
      inFlight: [other],
    },
    "it was brought back": { ...seen, registry: [{ ...entry, pid: 2 }] },
    "it was killed": { ...seen, registry: [], killed: new Set([entry.id]) },
    "another command is at it": { ...seen, inFlight: [entry] },
  };
  expect(Object.keys(moments).filter((moment) => stands(seen, moments[moment] ?? seen, repair))).toEqual([
    "as it was",
    "others were made, killed, and are in flight",
  ]);
});
