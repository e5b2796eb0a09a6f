import { isDeepStrictEqual } from "node:util";
import type { AgentEntry } from "../../../state/entry.ts";
import type { ReplacedLink } from "../../../system/git/replaced-link.ts";
import type { Repository } from "../../../system/git/repository.ts";
import type { ProcessInfo } from "../../../system/processes/process.ts";
import type { Pane } from "../../../system/tmux/panes.ts";
import type { KeptContainer } from "../../contained.ts";
import { isUntold, type Unasked } from "./unasked.ts";

/** A session that carries one of our ids. */
export interface OurSession {
  readonly socket: string;
  readonly pane: Pane;
}

/** A worktree that carries one of our ids, or that git was stopped while making. */
export interface OurWorktree {
  readonly repository: Repository;
  readonly path: string;
  /** Git's directory of it. */
  readonly admin: string;
  /** What its mark says; `undefined` for one that was never finished. */
  readonly entry: AgentEntry | undefined;
  /** It names a directory of git that is not there, though git has it registered: its repository was moved. */
  readonly lost: boolean;
}

/** What the fleet itself has written down. */
export interface WrittenDown {
  readonly registry: readonly AgentEntry[];
  /** The ids of agents that were killed. */
  readonly killed: ReadonlySet<string>;
  /** The agents that other commands are making, ending or bringing back: what is seen of them is true for a moment only. */
  readonly inFlight: readonly AgentEntry[];
}

/** All that is known of the fleet, from every copy of it. What could not be asked is not in it, and nothing follows from that. */
export interface Evidence extends WrittenDown {
  /** Records of agents that were not killed. */
  readonly records: readonly AgentEntry[];
  readonly sessions: readonly OurSession[];
  /** At most one at each path. */
  readonly worktrees: readonly OurWorktree[];
  readonly unasked: readonly Unasked[];
  /** The repositories whose worktrees were read: only for them a missing worktree is missing. */
  readonly readRepositories: ReadonlySet<string>;
  readonly processes: ReadonlyMap<string, readonly ProcessInfo[]>;
  /** Containers that bear the label of this fleet. */
  readonly containers: readonly KeptContainer[];
  /** Empty groups for caps, by the ids of their agents. */
  readonly emptyGroups: ReadonlyMap<string, readonly string[]>;
  readonly directoryExists: (path: string) => boolean;
  /** Whether the worktree at a path names a directory of git that is not there. */
  readonly isLost: (path: string) => boolean;
  /** Whether a worktree has a repository of its own in place of its link to the one it is of. */
  readonly replacedLink: (worktree: string, repository: string) => ReplacedLink | undefined;
}

/** One thing that does not agree, and what is done about it. */
export type Repair =
  | { readonly kind: "add"; readonly entry: AgentEntry; readonly why: string }
  | { readonly kind: "change"; readonly entry: AgentEntry; readonly why: string }
  | { readonly kind: "forget"; readonly entry: AgentEntry; readonly why: string }
  | {
      readonly kind: "unregister";
      readonly repository: Repository;
      readonly path: string;
      readonly admin: string;
      readonly why: string;
    }
  | {
      readonly kind: "connect";
      readonly entry: AgentEntry;
      readonly repository: Repository;
      readonly admin: string;
      readonly why: string;
    }
  | { readonly kind: "end-session"; readonly session: OurSession; readonly why: string }
  | { readonly kind: "remove-container"; readonly container: KeptContainer; readonly why: string }
  | { readonly kind: "remove-group"; readonly agent: string; readonly directory: string; readonly why: string }
  | {
      readonly kind: "end-processes";
      readonly agent: string;
      readonly processes: readonly ProcessInfo[];
      readonly why: string;
    };

/** What does not agree in the evidence, but for agents that are in flight, or of which not all could be asked. Pure. */
export function planRepairs(evidence: Evidence): Repair[] {
  const owned = ownedWorktrees(evidence);
  const corrected = corrections(evidence, owned);
  const repairs = [
    ...additions(evidence, owned),
    ...corrected,
    ...connections(evidence, owned),
    ...leftovers(evidence, forgottenBy(corrected)),
  ];
  const untold = [...evidence.registry, ...evidence.records].filter(isUntold(evidence.unasked));
  const ids = new Set([...evidence.inFlight, ...untold].map(({ id }) => id));
  const places = new Set(evidence.inFlight.map(({ worktree }) => worktree));
  return repairs.filter((repair) => !ids.has(agentOf(repair) ?? "") && !places.has(placeOf(repair) ?? ""));
}

/** Whether all that is written down of the agent that a repair is about is as it was in the evidence. Pure. */
export function stands(evidence: WrittenDown, now: WrittenDown, repair: Repair): boolean {
  const agent = agentOf(repair);
  if (agent === undefined) return true;
  const entryIn = ({ registry }: WrittenDown) => registry.find(({ id }) => id === agent);
  return (
    now.inFlight.every(({ id }) => id !== agent) &&
    now.killed.has(agent) === evidence.killed.has(agent) &&
    isDeepStrictEqual(entryIn(now), entryIn(evidence))
  );
}

/** The id of the agent that a repair is about; `undefined` when it is about that of nobody. */
function agentOf(repair: Repair): string | undefined {
  switch (repair.kind) {
    case "add":
    case "change":
    case "forget":
    case "connect":
      return repair.entry.id;
    case "end-session":
      return repair.session.pane.agentId;
    case "remove-container":
      return repair.container.agent;
    case "remove-group":
    case "end-processes":
      return repair.agent;
    case "unregister":
      return undefined;
  }
}

/** The worktree that a repair is about. */
function placeOf(repair: Repair): string | undefined {
  if (repair.kind === "unregister") return repair.path;
  return repair.kind === "add" || repair.kind === "change" ? repair.entry.worktree : undefined;
}

/** The ids of the agents that repairs take from the registry. */
function forgottenBy(repairs: readonly Repair[]): Set<string> {
  return new Set(repairs.flatMap((repair) => (repair.kind === "forget" ? [repair.entry.id] : [])));
}

/** An agent whose worktree or repository is nowhere, though something else of it is there or nobody could look: nothing is done about it. */
export interface Absent {
  readonly entry: AgentEntry;
  /** Whether its repository is where it was. */
  readonly hasRepository: boolean;
  readonly hasWorktree: boolean;
  /** Whether what is at the place of its repository does not know its worktree: another one was put there, say. */
  readonly isUnknown: boolean;
  /** Present when its worktree has a repository of its own. */
  readonly replaced: ReplacedLink | undefined;
}

/** The agents that stay as they are without these: they were moved by hand, say, or their disk is not mounted. Pure. */
export function absentAgents(evidence: Evidence): Absent[] {
  const owned = ownedWorktrees(evidence);
  const forgotten = forgottenBy(corrections(evidence, owned));
  const inFlight = new Set(evidence.inFlight.map(({ id }) => id));
  const isLeft = isUntold(evidence.unasked);
  return evidence.registry
    .filter((entry) => !forgotten.has(entry.id) && !inFlight.has(entry.id) && !isLeft(entry))
    .map((entry) => {
      const { repo } = owned.get(entry.id) ?? entry;
      return {
        entry,
        hasRepository: evidence.readRepositories.has(repo),
        hasWorktree: owned.has(entry.id),
        isUnknown: marksOf(entry, evidence).length === 0 && evidence.isLost(entry.worktree),
        replaced: evidence.replacedLink(entry.worktree, repo),
      };
    })
    .filter(
      ({ hasRepository, hasWorktree, isUnknown, replaced }) =>
        !hasRepository || !hasWorktree || isUnknown || replaced !== undefined,
    );
}

/** The worktrees that bear the mark of an agent. */
function marksOf({ id }: AgentEntry, { worktrees }: Evidence): OurWorktree[] {
  return worktrees.filter(({ entry }) => entry?.id === id);
}

/** An agent whose worktree is there, with the place where it is. */
type Owned = ReadonlyMap<string, AgentEntry>;

/**
 * Whose the worktrees are that are there, by the id of the agent: the mark in a worktree says it; without one the registry does, or else
 * the newest record that names the place.
 */
function ownedWorktrees(evidence: Evidence): Owned {
  const { registry, records, worktrees, directoryExists } = evidence;
  const registered = new Map(registry.map((entry) => [entry.id, entry]));
  const isAsRegistered = ({ id, worktree }: AgentEntry) => registered.get(id)?.worktree === worktree;
  const marks = worktrees
    .flatMap(({ entry, path }) => (entry === undefined ? [] : [{ ...entry, worktree: path }]))
    .filter(({ worktree }) => directoryExists(worktree))
    .toSorted((a, b) => Number(isAsRegistered(b)) - Number(isAsRegistered(a)) || a.worktree.localeCompare(b.worktree));
  const owned = new Map<string, AgentEntry>();
  const own = (entry: AgentEntry) => {
    const known = registered.get(entry.id) ?? entry;
    owned.set(entry.id, { ...known, worktree: entry.worktree, repo: currentRepository(known, evidence) });
  };
  for (const entry of [...marks, ...registry.filter(({ worktree }) => directoryExists(worktree))]) {
    if (!owned.has(entry.id)) own(entry);
  }
  const taken = new Set([...marks, ...owned.values()].map(({ worktree }) => worktree));
  for (const entry of records.toSorted(byAge)) {
    if (owned.has(entry.id) || taken.has(entry.worktree) || !directoryExists(entry.worktree)) continue;
    taken.add(entry.worktree);
    own(entry);
  }
  return owned;
}

/** The youngest first. */
function byAge(a: AgentEntry, b: AgentEntry): number {
  return b.created_at.localeCompare(a.created_at) || a.id.localeCompare(b.id);
}

/** Agents that the registry has lost. */
function additions({ registry, killed, sessions }: Evidence, owned: Owned): Repair[] {
  const known = new Set(registry.map(({ id }) => id));
  return [...owned.values()]
    .filter(({ id }) => !known.has(id) && !killed.has(id))
    .map((entry) => ({
      kind: "add",
      entry: { ...entry, ...whereabouts(entry, sessions) },
      why: "was not in the registry, but its worktree is there",
    }));
}

/** The session of an agent as it is called now; the one that it had, if that is among several. */
function whereabouts(entry: AgentEntry, sessions: readonly OurSession[]): Pick<AgentEntry, "session" | "socket"> {
  const distance = (place: Pick<AgentEntry, "session" | "socket">) =>
    (place.socket === entry.socket ? 0 : 2) + (place.session === entry.session ? 0 : 1);
  const [nearest] = sessions
    .filter(({ pane }) => pane.agentId === entry.id)
    .map(({ socket, pane }) => ({ socket, session: pane.sessionName }))
    .toSorted(
      (a, b) => distance(a) - distance(b) || a.socket.localeCompare(b.socket) || a.session.localeCompare(b.session),
    );
  return nearest ?? { session: entry.session, socket: entry.socket };
}

/** A repository that is where it was is not given up for a copy of it; one that was put in its place knows nothing of the agent. */
function currentRepository(entry: AgentEntry, evidence: Evidence): string {
  const marked = marksOf(entry, evidence);
  const roots = marked.map(({ repository }) => repository.root).toSorted();
  const isReplaced = marked.length > 0 && marked.every(({ lost }) => lost) && !roots.includes(entry.repo);
  if (evidence.readRepositories.has(entry.repo) && !isReplaced) return entry.repo;
  return roots[0] ?? entry.repo;
}

/** Whether nothing that runs and no worktree bears the id of an agent, where that could be asked. */
function isNowhere(entry: AgentEntry, evidence: Evidence): boolean {
  const { sessions, processes, readRepositories } = evidence;
  return (
    marksOf(entry, evidence).length === 0 &&
    sessions.every(({ pane }) => pane.agentId !== entry.id) &&
    (processes.get(entry.id) ?? []).length === 0 &&
    readRepositories.has(entry.repo)
  );
}

/** What the registry says of agents and is not so any more. */
function corrections(evidence: Evidence, owned: Owned): Repair[] {
  const { registry, sessions } = evidence;
  return registry.flatMap((entry): Repair[] => {
    const present = owned.get(entry.id);
    if (present === undefined && isNowhere(entry, evidence)) {
      return [{ kind: "forget", entry, why: "neither its worktree nor its session is there any more" }];
    }
    const current: AgentEntry = {
      ...entry,
      ...whereabouts(entry, sessions),
      worktree: present?.worktree ?? entry.worktree,
      repo: currentRepository(entry, evidence),
    };
    const changes = [
      ...(current.session === entry.session ? [] : [`its session is called ${current.session} now`]),
      ...(current.socket === entry.socket ? [] : [`its session is on the tmux server ${current.socket} now`]),
      ...(current.worktree === entry.worktree ? [] : [`its worktree is at ${current.worktree} now`]),
      ...(current.repo === entry.repo ? [] : [`its repository is at ${current.repo} now`]),
    ];
    return changes.length === 0 ? [] : [{ kind: "change", entry: current, why: changes.join(", ") }];
  });
}

/** A worktree that two repositories have registered, one a copy of the other, is connected with none. */
function connections({ worktrees, directoryExists }: Evidence, owned: Owned): Repair[] {
  return worktrees.flatMap(({ repository, path, admin, entry, lost }): Repair[] => {
    const agent = entry === undefined ? undefined : owned.get(entry.id);
    const isOurs = agent?.worktree === path && agent.repo === repository.root;
    const isCertain = worktrees.filter((other) => other.path === path).length === 1;
    if (!lost || agent === undefined || !isOurs || !isCertain || !directoryExists(path)) return [];
    return [
      { kind: "connect", entry: agent, repository, admin, why: "its worktree is connected with its repository again" },
    ];
  });
}

/** What is there still of agents that were killed, and of worktrees that nobody finished. */
function leftovers(evidence: Evidence, forgotten: ReadonlySet<string>): Repair[] {
  const { registry, records, killed, sessions, worktrees, processes, containers, emptyGroups } = evidence;
  const known = new Set(registry.map(({ id }) => id).filter((id) => !forgotten.has(id)));
  const isOrphaned = (id: string) => killed.has(id) && !known.has(id);
  // A mark may be all that is left of what was known of an agent, and be where nobody could look.
  const marked = new Set(worktrees.map(({ entry }) => entry?.id));
  const written = new Set([...records.map(({ id }) => id), ...known]);
  const isNobodys = (id: string) => evidence.unasked.length === 0 && !marked.has(id);
  const ofSessions = sessions
    .filter(({ pane }) => isOrphaned(pane.agentId))
    .map((session): Repair => ({ kind: "end-session", session, why: "its agent was killed" }));
  const ofProcesses = [...processes]
    .filter(([id]) => isOrphaned(id))
    .map(([agent, left]): Repair => ({ kind: "end-processes", agent, processes: left, why: "their agent was killed" }));
  const ofContainers = containers
    .filter(({ agent }) => !written.has(agent) && (killed.has(agent) || isNobodys(agent)))
    .map((container): Repair => {
      const why = killed.has(container.agent) ? "its agent was killed" : "nothing else is known of its agent";
      return { kind: "remove-container", container, why };
    });
  const ofGroups = [...emptyGroups]
    .filter(([id]) => isOrphaned(id))
    .flatMap(([agent, directories]) => directories.map((directory) => ({ agent, directory })))
    .map((group): Repair => ({ kind: "remove-group", ...group, why: "its agent was killed" }));
  const ofWorktrees = worktrees
    .filter(({ entry }) => entry === undefined)
    .map(({ repository, path, admin }): Repair => {
      return { kind: "unregister", repository, path, admin, why: "git was stopped while making it" };
    });
  return [...ofSessions, ...ofProcesses, ...ofContainers, ...ofGroups, ...ofWorktrees];
}
