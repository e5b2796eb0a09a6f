import type {
  AgentAdapter,
  PromptChannel,
  StartConditions,
  StartDescription,
  StartRequest,
} from "../../agents/adapter.ts";
import type { Config } from "../../config/config.ts";
import { isHeld, isIsolated, type SandboxSettings } from "../../model/sandbox.ts";
import type { AgentEntry, TicketMark } from "../../state/entry.ts";
import {
  type AgentFiles,
  agentFiles,
  type StatePlaces,
  setupQueue,
  statusFileOf,
  trustNotesFile,
} from "../../state/places.ts";
import type { Environment } from "../../system/environment.ts";
import type { Repository } from "../../system/git/repository.ts";
import { chooseNames, nameKey, type TakenNames } from "../choose/names.ts";
import { freePorts, type PortBlock } from "../choose/ports.ts";
import { environmentInside, withDefaults } from "../environment.ts";
import { budgetCommand } from "./launcher/budget-hook.ts";
import type { Setup } from "./launcher/launcher.ts";
import type { Lineage } from "./lineage.ts";
import type { StartMessage } from "./start.ts";

/** An agent that may be made: its request was checked against the world, its names are not chosen yet. */
export interface Draft {
  readonly branch: string;
  readonly prompt: string | undefined;
  readonly adapter: AgentAdapter;
  /** The absolute path of the agent's program; `undefined` for an agent of our own. */
  readonly program: string | undefined;
  /** The commit the agent's work starts from. */
  readonly base: string;
  /** What the user calls that commit. */
  readonly baseName: string;
  /** The ref of the branch of a remote that the new branch is taken from, and which becomes its upstream. */
  readonly upstream?: string | undefined;
  /** The branch exists and is taken as it is. */
  readonly adopted: boolean;
  readonly batch: string;
  readonly quick: boolean;
  /** What it may use; the configuration says when it is `undefined`. */
  readonly budget?: string | undefined;
  /** What it is held in; `undefined` for nothing. */
  readonly sandbox?: SandboxSettings | undefined;
  /** The prompt is no text to the agent if it says so. */
  readonly raw: boolean;
  readonly ticket?: TicketShare | undefined;
  /** The id of the fleet, on another machine, that it is made for. */
  readonly owner?: string | undefined;
}

/** What a new agent is to a ticket. */
export interface TicketShare {
  readonly mark: TicketMark;
  /** The most agents that the ticket may have, this one included. */
  readonly most: number;
}

/** An agent ready to be made. */
export interface AgentPlan {
  readonly draft: Draft;
  readonly entry: AgentEntry;
  readonly files: AgentFiles;
  /** What its command line is to be made from, once it is known which files it was given. */
  readonly request: Omit<StartRequest, "givenFiles">;
  readonly start: StartDescription;
  readonly message: StartMessage | undefined;
  readonly setup: Setup;
  readonly notification: Config["notify"];
}

/** Where and for whom the plans are made. */
export interface PlanContext {
  readonly config: Config;
  readonly places: StatePlaces;
  readonly repository: Repository;
  readonly socket: string;
  readonly environment: Environment;
  readonly superuser: boolean;
  /** Whose command this is, where it is an agent's. */
  readonly lineage: Lineage | undefined;
  readonly now: Date;
}

/**
 * The kernel takes 128 KiB as one argument (MAX_ARG_STRLEN); an agent is told to read a longer prompt from its file.
 */
const longestArgument = 120_000;

/** What other agents have. */
export interface Taken extends TakenNames {
  readonly ports: readonly PortBlock[];
}

/** Plans agents whose names and ports differ from all that are taken and from each other. Pure: nothing is read or made. */
export function planAgents(drafts: readonly Draft[], context: PlanContext, taken: Taken): AgentPlan[] {
  const directories = new Set(taken.directories);
  const sessions = new Set(taken.sessions);
  const ports = [...taken.ports];
  return drafts.map((draft) => {
    const plan = planAgent(draft, context, { directories, sessions, ports });
    ports.push(plan.entry);
    directories.add(nameKey(plan.entry.worktree.slice(context.places.worktreeRoot.length + 1)));
    sessions.add(nameKey(plan.entry.session));
    return plan;
  });
}

function planAgent(draft: Draft, context: PlanContext, taken: Taken): AgentPlan {
  const { config, places, repository } = context;
  const sessionId = crypto.randomUUID();
  const id = crypto.randomUUID().slice(0, 8);
  const files = agentFiles(places, id);
  const names = chooseNames(
    { branch: draft.branch, id, sessionPrefix: config.tmux_prefix, repository: repository.root },
    taken,
  );
  const worktree = `${places.worktreeRoot}/${names.directory}`;
  const request = startRequest({
    config,
    places,
    files,
    worktree,
    held: draft,
    adapter: draft.adapter,
    program: draft.program,
    sessionId,
    conditions: startConditions(draft.adapter, config, repository.root, context),
  });
  const start = draft.adapter.describe(request.flags);
  const entry: AgentEntry = {
    v: 1,
    id,
    branch: draft.branch,
    worktree,
    session: names.session,
    pid: null,
    batch_id: draft.batch,
    agent: draft.adapter.name,
    created_at: `${context.now.toISOString().slice(0, 19)}Z`,
    repo: repository.root,
    base: draft.base,
    ...baseBranchOf(draft),
    adopted: draft.adopted,
    socket: context.socket,
    agent_session: start.namesConversation === true ? sessionId : null,
    prompt: [...(draft.prompt ?? "")].slice(0, 200).join(""),
    ...(draft.budget === undefined ? {} : { budget: draft.budget }),
    ...(draft.ticket === undefined ? {} : { ticket: draft.ticket.mark }),
    ...(draft.owner === undefined ? {} : { owner: draft.owner }),
    ...context.lineage,
    ...(draft.sandbox === undefined ? {} : { sandbox: draft.sandbox }),
    ...freePorts(config.ports_per_agent, taken.ports),
  };
  const message = messageOf(draft, files, start.prompt);
  const setup = setupOf(config, places, draft);
  return { draft, entry, files, request, start, message, setup, notification: config.notify };
}

/** The branch that the new one comes from, where it is one that its work may go back to. */
function baseBranchOf({ adopted, upstream, baseName }: Draft): Pick<AgentEntry, "base_branch"> {
  return adopted || upstream !== undefined || baseName === "HEAD" ? {} : { base_branch: baseName };
}

type Held = Pick<Draft, "sandbox" | "budget">;

/** All that is known of a start before anything of it is there: of an agent's flags, its repository and who starts it. */
export function startConditions(
  adapter: AgentAdapter,
  config: Config,
  repository: string,
  { environment, superuser }: Pick<StartConditions, "environment" | "superuser">,
): StartConditions {
  return { flags: flagsOf(adapter, config), repository, environment: withDefaults(environment, config), superuser };
}

interface RequestParts {
  readonly adapter: AgentAdapter;
  /** The absolute path of its program; `undefined` for an agent of our own. */
  readonly program: string | undefined;
  readonly conditions: StartConditions;
  readonly config: Config;
  readonly places: StatePlaces;
  readonly files: AgentFiles;
  readonly worktree: string;
  readonly sessionId: string;
  /** What limits it. */
  readonly held: Held;
}

/** What an agent is started with, new or going on, but for the files that it is given. */
export function startRequest(parts: RequestParts): Omit<StartRequest, "givenFiles"> {
  const { adapter, program, conditions, config, places, files, worktree, sessionId, held } = parts;
  return {
    ...conditions,
    worktree,
    sessionId,
    environment: environmentFor(held, conditions.environment, files),
    program: programIn(held, adapter) ?? program ?? files.program,
    statusFile: statusFileOf(files, held),
    trustNotes: trustNotesOf(held, places, adapter, files),
    notifier: config.notify === undefined ? undefined : files.notifier,
    budgetCommand: budgetCommand(files, isHeld(held.sandbox)),
  };
}

/** The name of an agent's program where an image has one of its own. */
function programIn({ sandbox }: Held, { executable }: AgentAdapter): string | undefined {
  return sandbox?.image === undefined ? undefined : executable;
}

/** The caller's environment as an agent gets it, or one that is held in a sandbox. */
function environmentFor({ sandbox }: Held, caller: Environment, { insideHome }: AgentFiles): Environment {
  return isIsolated(sandbox) ? environmentInside(caller, insideHome) : caller;
}

/** Where is noted what fleet trusts for the user: an agent in a sandbox has a home of its own, and that is nobody else's business. */
function trustNotesOf(
  { sandbox }: Held,
  places: StatePlaces,
  { name }: AgentAdapter,
  { directory }: AgentFiles,
): string {
  return isIsolated(sandbox) ? `${directory}/trust.json` : trustNotesFile(places, name);
}

/** The setup that is configured; `quick` leaves the commands out. */
export function setupOf(config: Config, places: StatePlaces, { quick }: Pick<Draft, "quick">): Setup {
  return {
    commands: quick || config.quick_setup ? [] : config.setup_commands,
    timeoutSeconds: config.setup_timeout,
    parallel: config.setup_parallel,
    queue: setupQueue(places),
  };
}

/** What the agent is told first, by which file; `undefined` without a prompt. */
function messageOf(
  { prompt, raw, adapter }: Draft,
  files: AgentFiles,
  channel: PromptChannel | undefined,
): StartMessage | undefined {
  if (prompt === undefined) return undefined;
  const text = raw ? prompt : adapter.message(prompt);
  const worded = raw ? undefined : prompt;
  if (channel?.kind !== "stdin" && Buffer.byteLength(text) > longestArgument) {
    return { worded, text: `Read the task in ${files.prompt} and do it.`, file: files.firstMessage };
  }
  return { worded, text, file: text === prompt ? files.prompt : files.firstMessage };
}

/**
 * The user's flags for an agent: those of its table `[agents.NAME]`, else of its key `NAME_flags`, else its own default. Those of an agent
 * that only the user knows are part of its definition.
 */
export function flagsOf(
  { name, configuredFlags, defaultFlags = [] }: Pick<AgentAdapter, "name" | "configuredFlags" | "defaultFlags">,
  config: Config,
): readonly string[] {
  if (configuredFlags !== undefined) return configuredFlags;
  const key = `${name}_flags`;
  const flags: unknown = Object.hasOwn(config, key) ? config[key as keyof Config] : undefined;
  return Array.isArray(flags) ? flags.filter((flag) => typeof flag === "string") : defaultFlags;
}
