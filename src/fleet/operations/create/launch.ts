import { availableParallelism } from "node:os";
import { makePrivateDirectory } from "../../../system/files.ts";
import { uncommittedFiles } from "../../../system/git/changes.ts";
import { atMost } from "../../../system/limit.ts";
import { withLock } from "../../../system/lock.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock, statePlaces } from "../../fleet.ts";
import type { AgentPlan } from "../../life/plan.ts";
import { type AgentStart, startAgents } from "../../life/start.ts";
import { DirectoryCloner } from "../../worktree/clones.ts";
import { KnownBefore } from "../../worktree/known-before.ts";
import { journalled } from "../journalled.ts";
import { settleDeadOperations } from "../settle.ts";
import {
  buildAgent,
  type Launch,
  type Launched,
  type LaunchOptions,
  makeBranches,
  type Registration,
  recordLaunched,
  registerAgent,
  settleAgent,
} from "./build.ts";
import { type Drafting, draftAll } from "./drafting.ts";
import type { AgentRequest } from "./request.ts";
import { reserve } from "./reservation.ts";

/** An agent that was asked for and is not there: nothing of it is left. */
export interface LaunchFailure {
  readonly branch: string;
  readonly error: unknown;
}

/** What became of the agents of one launch, each in one of the two lists. */
export interface LaunchResult {
  readonly launched: readonly Launched[];
  readonly failures: readonly LaunchFailure[];
}

/**
 * Makes agents: branches and worktrees are registered one after another, then each agent goes its own way through check-out, files,
 * session and start. One that fails is undone, and neither stops nor disturbs the others.
 *
 * Throws FleetError before anything is touched when a request cannot work.
 */
export async function launchAgents(
  fleet: Fleet,
  requests: readonly AgentRequest[],
  options: LaunchOptions,
): Promise<LaunchResult> {
  await settleDeadOperations(fleet);
  const drafting = await draftAll(fleet, requests);
  const { plans, operation } = await reserve(fleet, drafting);
  return journalled(fleet, operation, {
    body: (plan) => run(prepare({ fleet, drafting, options, leave: plan.leave }, plans), plans),
    // Each agent is taken back by itself.
    takeBack: async () => undefined,
  });
}

type Given = Pick<Launch, "fleet" | "drafting" | "options" | "leave">;

function prepare(given: Given, plans: readonly AgentPlan[]): Launch {
  const { fleet, drafting } = given;
  const cores = availableParallelism();
  return {
    ...given,
    clones: new DirectoryCloner(fleet, drafting.repository, drafting.config.clone_directories, cores),
    checkOuts: atMost(cores),
    workers: plans.length === 1 ? cores : 1,
    uncommitted: countUncommitted(fleet, drafting),
    knownBefore: new KnownBefore(drafting.repository),
  };
}

async function run(launch: Launch, plans: readonly AgentPlan[]): Promise<LaunchResult> {
  const attempts = await Promise.all(await registerAll(launch, plans));
  const launched = attempts.filter((attempt): attempt is Launched => "entry" in attempt);
  if (launched.length > 0) {
    await recordLaunched(
      launch,
      launched.map(({ entry }) => entry),
    );
  }
  return { launched, failures: attempts.filter((attempt): attempt is LaunchFailure => "error" in attempt) };
}

/** Makes the branches and registers the worktrees in order under one lock, and lets each agent go on the moment its own is there. */
async function registerAll(launch: Launch, plans: readonly AgentPlan[]): Promise<Promise<Attempt>[]> {
  const { fleet, drafting } = launch;
  makePrivateDirectory(statePlaces(fleet).worktreeRoot);
  return withLock(repositoryLock(drafting.repository.commonDirectory), lockOptions(fleet), async () => {
    const made = await makeBranches(launch, plans);
    let registered: Promise<Registration> = Promise.resolve({});
    const ready = plans.map((plan) => {
      registered = registered.then(() => registerAgent(launch, plan, made));
      return buildAgent(launch, plan, registered);
    });
    const started = startAgents(fleet, drafting.server, ready);
    const attempts = plans.map((plan, index) =>
      attemptOf(plan, settleAgent(launch, plan, started[index] as Promise<AgentStart>)),
    );
    await registered;
    return attempts;
  });
}

type Attempt = Launched | LaunchFailure;

async function attemptOf({ entry }: AgentPlan, launched: Promise<Launched>): Promise<Attempt> {
  try {
    return await launched;
  } catch (error) {
    return { branch: entry.branch, error };
  }
}

/** What the user has not committed is not in the new worktrees, which is a surprise worth a line. */
async function countUncommitted(fleet: Fleet, { repository, drafts }: Drafting): Promise<number> {
  if (repository.bare || drafts.every(({ adopted }) => adopted)) return 0;
  return uncommittedFiles(gitAt(fleet, fleet.directory)).catch(() => 0);
}
