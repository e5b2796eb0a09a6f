import { isSandboxSettings, type SandboxSettings } from "../model/sandbox.ts";
import type { TicketReference } from "../model/ticket.ts";

/** What is known of one agent for as long as it exists: an entry of `state.json`, with the keys users may rely on. */
export interface AgentEntry {
  readonly v: 1;
  /** Eight hexadecimal digits that name the agent wherever its branch name cannot. */
  readonly id: string;
  readonly branch: string;
  readonly worktree: string;
  readonly session: string;
  /** The agent's own process, not its launcher; `null` until it has started. */
  readonly pid: number | null;
  readonly batch_id: string;
  readonly agent: string;
  /** `2025-05-31T23:05:00Z` */
  readonly created_at: string;
  /** The main checkout of its repository, or the repository itself when that is bare. */
  readonly repo: string;
  /** The commit its work starts from. */
  readonly base: string;
  /** What its branch was started from, as it was named then; absent for a branch that was there before, and for a bare commit. */
  readonly base_branch?: string;
  /** The branch was there before the agent. */
  readonly adopted: boolean;
  /** The socket of the tmux server its session lives on. */
  readonly socket: string;
  /** The agent's own name for its conversation, where it has one. */
  readonly agent_session: string | null;
  /** The first 200 characters of its first prompt. */
  readonly prompt: string;
  /** What it may use, as the configuration words it: `5.00 USD`; absent when only the configuration says. */
  readonly budget?: string;
  /** What it is held in; absent for one that has neither a sandbox nor caps. */
  readonly sandbox?: SandboxSettings;
  /** The first of the network ports that it has for itself; absent when it has none. */
  readonly port?: number;
  /** How many they are. */
  readonly port_count?: number;
  /** The ticket that it was made for; absent when there is none. */
  readonly ticket?: TicketMark;
  /** The agent that it was started by; absent for one that a person started. */
  readonly parent?: string;
  /** How many agents stand between it and a person; absent for none. */
  readonly depth?: number;
  /** The id of the fleet, on another machine, that made it here; absent for one that was made on this machine. */
  readonly owner?: string;
  /** Where its worktree has been before: what it said there is found by that. Absent for one that never moved. */
  readonly earlier_worktrees?: readonly EarlierWorktree[];
  /** This is no agent, but a worktree that the agent with this id has left beside its own. It is an entry only while it goes and comes back. */
  readonly left_by?: string;
}

/** Which ticket an agent is for. */
export interface TicketMark extends TicketReference {
  readonly url: string;
}

/** Whether two marks are of one ticket. */
export function isSameTicket(one: TicketReference | undefined, other: TicketReference): boolean {
  return one !== undefined && one.tracker === other.tracker && one.host === other.host && one.key === other.key;
}

/** A place that an agent has had for itself. */
interface EarlierWorktree {
  readonly path: string;
  readonly until: string;
}

/** More than anybody moves. */
const mostEarlier = 20;

/** The entry of an agent whose worktree is at a path now. */
export function withWorktree(entry: AgentEntry, worktree: string, now: Date): AgentEntry {
  if (worktree === entry.worktree) return entry;
  const left = { path: entry.worktree, until: now.toISOString() };
  return { ...entry, worktree, earlier_worktrees: [...(entry.earlier_worktrees ?? []), left].slice(-mostEarlier) };
}

/** The version of the entries written here. */
const entryVersion = 1;

const countIfAny = (value: unknown) => value === undefined || (Number.isInteger(value) && Number(value) > 0);
/** No name, path or argument of the system can hold a NUL. */
const text = (value: unknown) => typeof value === "string" && value !== "" && !value.includes("\0");
const path = (value: unknown) => text(value) && (value as string).startsWith("/");
const shapes: Readonly<Record<keyof AgentEntry, (value: unknown) => boolean>> = {
  v: (value) => value === entryVersion,
  id: isId,
  branch: text,
  worktree: path,
  session: text,
  pid: (value) => value === null || Number.isInteger(value),
  batch_id: text,
  agent: text,
  created_at: isTimestamp,
  repo: path,
  base: (value) => typeof value === "string" && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value),
  adopted: (value) => typeof value === "boolean",
  socket: path,
  agent_session: (value) => value === null || text(value),
  prompt: (value) => typeof value === "string",
  base_branch: (value) => value === undefined || text(value),
  budget: (value) => value === undefined || typeof value === "string",
  sandbox: (value) => value === undefined || isSandboxSettings(value),
  port: countIfAny,
  port_count: countIfAny,
  ticket: (value) => value === undefined || isTicketMark(value),
  left_by: (value) => value === undefined || isId(value),
  parent: (value) => value === undefined || isId(value),
  depth: countIfAny,
  owner: (value) => value === undefined || text(value),
  earlier_worktrees: (value) => value === undefined || (Array.isArray(value) && value.every(isEarlier)),
};

function isTicketMark(value: unknown): boolean {
  const { tracker, key, host, url } = (value ?? {}) as Partial<TicketMark>;
  return [tracker, key, host].every(text) && typeof url === "string";
}

function isId(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{8}$/.test(value);
}

function isEarlier(value: unknown): boolean {
  const { path: place, until } = (value ?? {}) as Partial<EarlierWorktree>;
  return path(place) && isTimestamp(until);
}

/** Whether a value read from disk is an entry. Keys we do not know are fine: they belong to a later version or to the user. */
export function isAgentEntry(value: unknown): value is AgentEntry {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(shapes).every(([key, fits]) => fits((value as Record<string, unknown>)[key]));
}

/** Whether a value read from disk is a moment as we write it, or as a person would: `2025-05-31T23:05:00Z`. */
export function isTimestamp(value: unknown): boolean {
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value));
}

/** The version of an entry that is newer than this program, if it is. */
export function newerVersion(value: unknown): number | undefined {
  const version = (value as { readonly v?: unknown } | null)?.v;
  return typeof version === "number" && version > entryVersion ? version : undefined;
}
