import { dirname } from "node:path";
import type { AgentAdapter } from "../../../agents/adapter.ts";
import { findAgent, knownAgents } from "../../../agents/catalog.ts";
import type { Config } from "../../../config/config.ts";
import { nearest } from "../../../config/nearest.ts";
import { FleetError } from "../../../errors.ts";
import { isIsolated } from "../../../model/sandbox.ts";
import { type AwayAgent, awayAgents } from "../../../state/away.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { otherFleetOf, readMark } from "../../../state/marks.ts";
import { findProgram } from "../../../system/exec.ts";
import { type Branch, type BranchesAround, branchesAround, resolveCommit } from "../../../system/git/branches.ts";
import { requireOwnSettings } from "../../../system/git/own-work-tree.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { adminDirectory } from "../../../system/git/worktrees.ts";
import { shellWord } from "../../../system/shell.ts";
import { branchNameProblem, enclosingNames } from "../../choose/branch-names.ts";
import { type SandboxWish, sandboxFor } from "../../choose/sandbox.ts";
import { environmentInside } from "../../environment.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet.ts";
import { type Draft, flagsOf, startConditions, type TicketShare } from "../../life/plan.ts";
import { timeSince } from "../../time-since.ts";

/** One agent as the user asks for it. */
export interface AgentRequest {
  readonly branch: string;
  readonly prompt: string | undefined;
  /** The name of the agent CLI; the configured default when absent. */
  readonly agent: string | undefined;
  /** The revision to start from; the configured one, or what is checked out, when absent. */
  readonly from: string | undefined;
  /** What the user calls `from`, where he has another name for it than this repository. */
  readonly fromName?: string | undefined;
  /** An existing branch is refused instead of adopted. */
  readonly mustBeNew: boolean;
  readonly quick: boolean;
  /** The prompt is handed over as it is, also where the agent takes it for one of its commands. */
  readonly raw?: boolean;
  readonly batch: string;
  /** What the agent may use, as `budgetIn` reads it. */
  readonly budget?: string | undefined;
  /** The ticket that the agent is for, and how many agents it may have in all. */
  readonly ticket?: TicketShare | undefined;
  /** What it is to be held in, where that is not as configured. */
  readonly sandbox?: SandboxWish | undefined;
  /** The id of the fleet, on another machine, that it is made for. */
  readonly owner?: string | undefined;
  /** Where the request is written, for messages about many: `tasks.toml:12`. */
  readonly origin?: string;
}

/** What requests are checked against, gathered once for all of them. */
export interface Surroundings {
  readonly fleet: Fleet;
  readonly config: Config;
  readonly repository: Repository;
  readonly entries: readonly AgentEntry[];
  /** Agents on other machines. */
  readonly away: readonly AwayAgent[];
  /** The branches that exist with the requested names, around and below them. */
  readonly branches: ReadonlyMap<string, Branch>;
  readonly remote: BranchesAround["remote"];
  /** The commits of the revisions that are named; `undefined` where there is none. */
  readonly commits: ReadonlyMap<string, string | undefined>;
}

/** Looks up what requests are checked against: one question to git for all names, and one for each revision that is named. */
export async function surroundingsOf(
  fleet: Fleet,
  repository: Repository,
  config: Config,
  entries: readonly AgentEntry[],
  requests: readonly AgentRequest[],
): Promise<Surroundings> {
  const names = requests.map(({ branch }) => branch).filter((branch) => branchNameProblem(branch) === undefined);
  const around = [...new Set(names.flatMap((name) => [name, ...enclosingNames(name)]))];
  const revisions = [...new Set(requests.map(({ from }) => from ?? config.default_base))].filter(
    (name) => name !== "HEAD",
  );
  const place = gitAt(fleet, repository.bare ? repository.root : fleet.directory);
  await requireOwnSettings(gitAt(fleet, repository.commonDirectory), repository.commonDirectory);
  const bases = requests.map(({ from }) => from ?? config.default_base);
  const local = new Set(bases.map((name) => (name === "HEAD" ? (repository.head?.branch ?? name) : name)));
  const [branches, ...commits] = await Promise.all([
    branchesAround(gitAt(fleet, repository.commonDirectory), around, [...local]),
    ...revisions.map(async (revision) => [revision, await resolveCommit(place, revision)] as const),
  ]);
  for (const [name, { upstream, commits: count }] of branches.behind) {
    const commitsBehind = count === 1 ? "1 commit" : `${count} commits`;
    const text = `${name} is ${commitsBehind} behind ${upstream}; to start there, add --from ${shellWord(upstream)}`;
    if (requests.some(({ branch }) => !branches.local.has(branch))) fleet.report({ kind: "warning", text });
  }
  const { local: known, remote } = branches;
  const away = awayAgents(statePlaces(fleet));
  return { fleet, config, repository, entries, away, branches: known, remote, commits: new Map(commits) };
}

/** Checks one request, without touching anything. Throws FleetError `usage`, `failed` or `missing-tool` for what cannot work. */
export function draftAgent(surroundings: Surroundings, request: AgentRequest): Draft {
  const { fleet, config, repository, entries, away } = surroundings;
  requireBranchName(request.branch);
  requirePrompt(request.prompt);
  const adapter = requireAdapter(request.agent ?? config.default_agent, config);
  const program = requireProgram(adapter, fleet, config);
  requireWillingness(adapter, surroundings, request.sandbox);
  requirePromptChannel(adapter, config, request);
  requireNoAgent(request.branch, repository, entries);
  requireNotAway(request.branch, repository, away);
  const { branch, prompt, batch, quick, raw = false, budget, ticket, owner } = request;
  const sandbox = sandboxFor(request.sandbox, config, fleet.environment);
  return {
    ...{ branch, prompt, adapter, program, ...startingPoint(surroundings, request) },
    ...{ batch, quick, raw, budget, sandbox, ticket, owner },
  };
}

function requireBranchName(branch: string): void {
  const problem = branchNameProblem(branch);
  if (problem === undefined) return;
  throw new FleetError("usage", `git does not accept ${JSON.stringify(branch)} as a branch name: ${problem}`, {
    hint: "to see the rules, run git help check-ref-format",
  });
}

function requirePrompt(prompt: string | undefined): void {
  if (prompt === undefined) return;
  if (prompt.trim() === "") {
    throw new FleetError("usage", "the prompt is empty", { hint: "to start an agent without a prompt, leave -p out" });
  }
  if (prompt.includes("\0")) {
    throw new FleetError("usage", "the prompt has a NUL byte, which no program can be given", {
      hint: "to pass a file that is not text, name it in the prompt instead",
    });
  }
}

/** The agent with this name. Throws FleetError `usage` naming those that are known. */
export function requireAdapter(name: string, config: Config): AgentAdapter {
  const adapter = findAgent(name, config.agents);
  if (adapter !== undefined) return adapter;
  const names = knownAgents(config.agents).map((agent) => agent.name);
  const meant = nearest(name, names);
  const question = meant === undefined ? `; known are ${names.join(", ")}` : `; did you mean ${meant}?`;
  throw new FleetError("usage", `there is no agent called ${name}${question}`, {
    hint: "to describe another one in a table [agents.NAME], run fleet config edit",
  });
}

/** The path of an agent's program; `undefined` for one of our own. Throws FleetError `missing-tool` naming those that are installed. */
export function requireProgram(adapter: AgentAdapter, fleet: Fleet, config: Config): string | undefined {
  if (adapter.executable === undefined) return undefined;
  const program = findProgram(adapter.executable, fleet.environment);
  if (program !== undefined) return program;
  const installed = installedAgents(fleet, config).map(({ name }) => name);
  throw new FleetError(
    "missing-tool",
    `${adapter.name} is not installed: there is no ${adapter.executable} on the PATH`,
    {
      hint: `to get it: ${adapter.installation}; to use one that is here, add --agent ${installed.join(" or --agent ")}`,
    },
  );
}

/** The agents that could be started here. */
function installedAgents(fleet: Fleet, config: Config): AgentAdapter[] {
  return knownAgents(config.agents).filter(
    ({ executable }) => executable === undefined || findProgram(executable, fleet.environment) !== undefined,
  );
}

function requireWillingness(
  adapter: AgentAdapter,
  { fleet, config, repository }: Surroundings,
  wish: SandboxWish | undefined,
): void {
  const conditions = startConditions(adapter, config, repository.root, {
    environment: fleet.environment,
    superuser: isSuperuser(),
  });
  const isolated = isIsolated(sandboxFor(wish, config, conditions.environment));
  const refusal = adapter.refusal(
    isolated ? { ...conditions, environment: environmentInside(conditions.environment, "/") } : conditions,
  );
  if (refusal !== undefined) throw refusal;
}

function requirePromptChannel(adapter: AgentAdapter, config: Config, { prompt }: AgentRequest): void {
  if (prompt === undefined || adapter.describe(flagsOf(adapter, config)).prompt !== undefined) return;
  throw new FleetError("usage", `${adapter.name} takes no prompt: prompt is "none" in [agents.${adapter.name}]`, {
    hint: "to say how it takes one, run fleet config edit; to start it without, leave -p out",
  });
}

/** Whether we, and so the agents, run as root. */
export function isSuperuser(): boolean {
  return process.getuid?.() === 0;
}

function requireNoAgent(branch: string, repository: Repository, entries: readonly AgentEntry[]): void {
  const existing = entries.find((entry) => entry.repo === repository.root && entry.branch === branch);
  if (existing === undefined) return;
  const name = shellWord(branch);
  throw new FleetError("failed", `${branch} already has an agent, started ${timeSince(existing.created_at)}`, {
    hint: `to tell it something, run fleet prompt ${name} TEXT; to replace it, run fleet kill ${name}`,
  });
}

/** A branch has one name on all machines. */
function requireNotAway(branch: string, repository: Repository, away: readonly AwayAgent[]): void {
  const other = away.find(({ entry }) => entry.repo === repository.root && entry.branch === branch);
  if (other === undefined) return;
  throw new FleetError("failed", `${branch} already has an agent, on ${other.host}`, {
    hint: `to see it, run fleet list; to bring it here, run fleet move ${shellWord(branch)} --here`,
  });
}

type StartingPoint = Pick<Draft, "base" | "baseName" | "adopted" | "upstream">;

function startingPoint(
  { fleet, config, repository, branches, remote, commits }: Surroundings,
  request: AgentRequest,
): StartingPoint {
  const existing = branches.get(request.branch);
  if (existing !== undefined) return adoptedBranch(fleet, existing, request);
  requireFreeName(request.branch, [...branches.keys()]);
  const elsewhere = request.from === undefined && !request.mustBeNew ? remoteBranch(request.branch, remote) : undefined;
  if (elsewhere !== undefined) {
    return { base: elsewhere.commit, baseName: elsewhere.name, adopted: false, upstream: elsewhere.ref };
  }
  const revision = request.from ?? config.default_base;
  if (revision !== "HEAD") return namedRevision(revision, commits.get(revision), request.fromName);
  if (repository.head === undefined) {
    throw new FleetError("failed", `${repository.root} has no commit yet, so there is nothing to start from`, {
      hint: "to make one, run git commit --allow-empty -m start",
    });
  }
  return { base: repository.head.commit, baseName: repository.head.branch, adopted: false };
}

function adoptedBranch(fleet: Fleet, branch: Branch, request: AgentRequest): StartingPoint {
  if (request.mustBeNew) {
    throw new FleetError("failed", `the branch ${branch.name} exists already`, {
      hint: `to let the agent work on it, run fleet create ${shellWord(branch.name)} without --new`,
    });
  }
  if (request.from !== undefined) {
    throw new FleetError(
      "failed",
      `the branch ${branch.name} exists already, so it cannot start from ${request.from}`,
      {
        hint: `to let the agent work on it as it is, run fleet create ${shellWord(branch.name)} without --from`,
      },
    );
  }
  if (branch.worktree !== undefined) {
    requireNoOtherFleet(fleet, branch.name, branch.worktree);
    throw new FleetError("failed", `the branch ${branch.name} is checked out in ${branch.worktree}`, {
      hint:
        `to start from it, run fleet create BRANCH --from ${shellWord(branch.name)}; ` +
        `to free it, run git -C ${shellWord(branch.worktree)} switch --detach`,
    });
  }
  return { base: branch.commit, baseName: branch.name, adopted: true };
}

/** The branch of a remote that a name means, as git itself would take it. Throws FleetError when the name does not say which. */
function remoteBranch(name: string, remote: Surroundings["remote"]): Surroundings["remote"][number] | undefined {
  const named = remote.find((each) => each.name === name);
  if (named !== undefined) {
    throw new FleetError(
      "failed",
      `${name} is the branch ${named.branch} of a remote, and no name for a branch of your own`,
      { hint: `to work on it, run fleet create ${shellWord(named.branch)}` },
    );
  }
  const [only, ...others] = remote.filter(({ branch }) => branch === name);
  if (only === undefined || others.length === 0) return only;
  const names = [only, ...others].map((each) => each.name);
  throw new FleetError("failed", `several remotes have a branch ${name}: ${names.join(", ")}`, {
    hint: `to say which, add --from ${shellWord(only.name)}`,
  });
}

/** To free the branch would be to take it from an agent that works on it. */
function requireNoOtherFleet(fleet: Fleet, branch: string, worktree: string): void {
  const admin = adminDirectory(worktree);
  const mark = admin === undefined ? undefined : readMark(admin);
  const other = admin === undefined || mark === undefined ? undefined : otherFleetOf(admin, mark, statePlaces(fleet));
  if (other === undefined) return;
  throw new FleetError("failed", `${branch} has an agent of another fleet, whose agents are in ${other}`, {
    hint: `to see it, run AI_FLEET_HOME=${shellWord(dirname(other))} fleet list`,
  });
}

function requireFreeName(name: string, others: readonly string[]): void {
  const inTheWay = others.find((other) => name.startsWith(`${other}/`) || other.startsWith(`${name}/`));
  if (inTheWay === undefined) return;
  throw new FleetError("failed", `git cannot keep a branch ${name} beside the branch ${inTheWay}`, {
    hint: `to rename that one, run git branch -m ${inTheWay} NEW-NAME`,
  });
}

function namedRevision(revision: string, commit: string | undefined, name = revision): StartingPoint {
  if (commit !== undefined) return { base: commit, baseName: name, adopted: false };
  throw new FleetError("failed", `there is no commit called ${revision} here`, {
    hint: "to get what the remote has, run git fetch",
  });
}
