import type { AgentEntry } from "../../state/entry.ts";
import type { Repository } from "../../system/git/repository.ts";
import type { ProcessInfo } from "../../system/processes/process.ts";
import type { Pane } from "../../system/tmux/panes.ts";

/** A session that carries one of our ids. */
export interface OurSession {
  readonly socket: string;
  readonly pane: Pane;
}

/** A worktree that carries one of our ids, or that git was stopped while making. */
export interface OurWorktree {
  readonly repository: Repository;
  readonly path: string;
  /** What its mark says; `undefined` for one that was never finished. */
  readonly entry: AgentEntry | undefined;
}

/** All that is known of the fleet, from every copy of it. What could not be asked is not in it, and nothing follows from that. */
export interface Evidence {
  readonly registry: readonly AgentEntry[];
  /** Records of agents that were not killed. */
  readonly records: readonly AgentEntry[];
  /** The ids of agents that were killed. */
  readonly killed: ReadonlySet<string>;
  readonly sessions: readonly OurSession[];
  readonly worktrees: readonly OurWorktree[];
  /** The repositories whose worktrees were read: only for them a missing worktree is missing. */
  readonly readRepositories: ReadonlySet<string>;
  readonly processes: ReadonlyMap<string, readonly ProcessInfo[]>;
  readonly directoryExists: (path: string) => boolean;
}

/** One thing that does not agree, and what is done about it. */
export type Repair =
  | { readonly kind: "add"; readonly entry: AgentEntry; readonly why: string }
  | { readonly kind: "change"; readonly entry: AgentEntry; readonly why: string }
  | { readonly kind: "forget"; readonly entry: AgentEntry; readonly why: string }
  | { readonly kind: "unregister"; readonly repository: Repository; readonly path: string; readonly why: string }
  | { readonly kind: "end-session"; readonly session: OurSession; readonly why: string }
  | { readonly kind: "end-processes"; readonly processes: readonly ProcessInfo[]; readonly why: string };

/** What does not agree in the evidence. Pure. */
export function planRepairs(evidence: Evidence): Repair[] {
  return [...additions(evidence), ...corrections(evidence), ...leftovers(evidence)];
}

function additions({ registry, records, killed, worktrees, directoryExists }: Evidence): Repair[] {
  const known = new Set(registry.map(({ id }) => id));
  const marks = worktrees.flatMap(({ entry, path }) => (entry === undefined ? [] : [{ ...entry, worktree: path }]));
  const candidates = [...marks, ...records].filter(
    ({ id, worktree }) => !known.has(id) && !killed.has(id) && directoryExists(worktree),
  );
  const byId = new Map(candidates.toReversed().map((entry) => [entry.id, entry]));
  return [...byId.values()].map((entry) => ({
    kind: "add",
    entry,
    why: "was not in the registry, but its worktree is there",
  }));
}

function corrections(evidence: Evidence): Repair[] {
  const { registry, sessions, worktrees, readRepositories, directoryExists } = evidence;
  return registry.flatMap((entry): Repair[] => {
    const session = sessions.find(({ pane }) => pane.agentId === entry.id);
    const worktree = worktrees.find((candidate) => candidate.entry?.id === entry.id);
    const isGone = session === undefined && worktree === undefined && !directoryExists(entry.worktree);
    if (isGone && readRepositories.has(entry.repo)) {
      return [{ kind: "forget", entry, why: "neither its worktree nor its session is there any more" }];
    }
    const current = corrected(entry, session, worktree, evidence);
    const changes = [
      ...(current.session === entry.session ? [] : [`its session is called ${current.session} now`]),
      ...(current.worktree === entry.worktree ? [] : [`its worktree is at ${current.worktree} now`]),
      ...(current.repo === entry.repo ? [] : [`its repository is at ${current.repo} now`]),
    ];
    return changes.length === 0 ? [] : [{ kind: "change", entry: current, why: changes.join(", ") }];
  });
}

/** An entry after what was found. A repository that is where it was is not given up for a copy of it. */
function corrected(
  entry: AgentEntry,
  session: OurSession | undefined,
  worktree: OurWorktree | undefined,
  { readRepositories, directoryExists }: Evidence,
): AgentEntry {
  return {
    ...entry,
    session: session?.pane.sessionName ?? entry.session,
    socket: session?.socket ?? entry.socket,
    worktree: worktree !== undefined && directoryExists(worktree.path) ? worktree.path : entry.worktree,
    repo: worktree === undefined || readRepositories.has(entry.repo) ? entry.repo : worktree.repository.root,
  };
}

function leftovers({ registry, killed, sessions, worktrees, processes }: Evidence): Repair[] {
  const known = new Set(registry.map(({ id }) => id));
  const orphaned = (id: string) => killed.has(id) && !known.has(id);
  return [
    ...sessions
      .filter(({ pane }) => orphaned(pane.agentId))
      .map((session): Repair => ({ kind: "end-session", session, why: "its agent was killed" })),
    ...[...processes]
      .filter(([id]) => orphaned(id))
      .map(([, left]): Repair => ({ kind: "end-processes", processes: left, why: "their agent was killed" })),
    ...worktrees
      .filter(({ entry }) => entry === undefined)
      .map(
        ({ repository, path }): Repair => ({
          kind: "unregister",
          repository,
          path,
          why: "git was stopped while making it",
        }),
      ),
  ];
}
