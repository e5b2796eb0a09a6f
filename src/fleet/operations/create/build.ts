import { sandboxText } from "../../../model/sandbox.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { claimDirectory, makePrivateDirectory, writePrivateFile } from "../../../system/files.ts";
import { createBranches } from "../../../system/git/branches.ts";
import { requireOwnWorkTree } from "../../../system/git/own-work-tree.ts";
import { checkOutWorktree, registerWorktree, runCheckoutHook } from "../../../system/git/worktrees.ts";
import type { Limit } from "../../../system/limit.ts";
import { agentVariables } from "../../environment.ts";
import { type Fleet, gitAt, gitIn } from "../../fleet.ts";
import type { StartOutcome } from "../../life/await-start.ts";
import type { AgentPlan, Draft } from "../../life/plan.ts";
import { type AgentStart, awaitAgent } from "../../life/start.ts";
import { recordAgents } from "../../record.ts";
import type { DirectoryCloner } from "../../worktree/clones.ts";
import { type FilesToGive, giveFiles } from "../../worktree/credentials/give.ts";
import { filesGivenTo } from "../../worktree/credentials/note.ts";
import type { KnownBefore } from "../../worktree/known-before.ts";
import { markWorktree } from "../../worktree/ownership.ts";
import { prepareOwnBudget } from "../own-budget.ts";
import { absentHooks } from "./absent-hooks.ts";
import type { Drafting } from "./drafting.ts";
import { undoAgent } from "./undo.ts";

/** An agent that was made. */
export interface Launched {
  readonly entry: AgentEntry;
  /** `undefined` when its setup was not waited for. */
  readonly outcome: StartOutcome | undefined;
}

/** How all agents of one launch are made. */
export interface LaunchOptions {
  /** Do not wait for setup commands. */
  readonly detach: boolean;
  /** Files for the worktrees in place of those that `credential_files` names in the main checkout. */
  readonly given?: FilesToGive | undefined;
}

/** What the agents of one launch share. */
export interface Launch {
  readonly fleet: Fleet;
  readonly drafting: Drafting;
  readonly options: LaunchOptions;
  readonly clones: DirectoryCloner;
  readonly checkOuts: Limit;
  /** Git's parallel check-out pays for a single tree; several trees are parallel already. */
  readonly workers: number;
  readonly uncommitted: Promise<number>;
  readonly knownBefore: KnownBefore;
  /** An agent failed and could not be undone, or is there and could not be registered: the next command tries again. */
  readonly leave: () => void;
}

/** How a registration ended: the loop that registers goes on, the agent's own way finds out. */
export type Registration = { readonly error?: unknown };

/**
 * Makes the new branches of several agents in one call, where `git worktree add` would start a program more for each, and answers with their
 * names. Where not all of them can be made there is none: each agent then makes its own, and fails for itself.
 */
export async function makeBranches({ fleet, drafting }: Launch, plans: readonly AgentPlan[]): Promise<Set<string>> {
  const made = plans.filter(({ draft }) => !draft.adopted && draft.upstream === undefined);
  if (made.length < 2 || fleet.cancelled.aborted) return new Set();
  const branches = made.map(({ draft }) => ({ name: draft.branch, commit: draft.base }));
  const place = gitAt(fleet, drafting.repository.root);
  return new Set((await createBranches(place, branches, fleet.cancelled)) ? branches.map(({ name }) => name) : []);
}

/** Registers the worktree of one agent, and its branch unless that is `made`. The caller holds the lock of the repository. */
export async function registerAgent(
  { fleet }: Launch,
  { entry, draft }: AgentPlan,
  made: ReadonlySet<string>,
): Promise<Registration> {
  try {
    await register(fleet, entry, draft, made.has(entry.branch));
    return {};
  } catch (error) {
    return { error };
  }
}

async function register(fleet: Fleet, entry: AgentEntry, draft: Draft, hasBranch: boolean): Promise<void> {
  fleet.cancelled.throwIfAborted();
  const place = gitAt(fleet, entry.repo);
  const startAt = draft.adopted || hasBranch ? undefined : (draft.upstream ?? draft.base);
  const track = draft.upstream !== undefined;
  await registerWorktree(place, { path: entry.worktree, branch: entry.branch, startAt, track }, fleet.cancelled);
  markWorktree(fleet, entry);
}

/** Everything between a registered worktree and an agent that can be started. */
export async function buildAgent(
  launch: Launch,
  plan: AgentPlan,
  registration: Promise<Registration>,
): Promise<AgentStart> {
  const { error } = await registration;
  if (error !== undefined) throw error;
  await checkOut(launch, plan);
  // A file that is given first would be in the way of the directory around it.
  await launch.clones.cloneInto(plan.entry);
  await copyFiles(launch, plan);
  await tellOfAbsentHooks(launch, plan);
  await keepPlan(launch, plan);
  return startOf(plan);
}

/** What became of an agent that was to be started. What fails before the session exists leaves nothing. */
export async function settleAgent(launch: Launch, plan: AgentPlan, started: Promise<AgentStart>): Promise<Launched> {
  let start: AgentStart;
  try {
    start = await started;
  } catch (error) {
    await undo(launch, plan);
    throw error;
  }
  return settleStart(launch, plan, start);
}

async function checkOut({ fleet, drafting, checkOuts, workers, uncommitted }: Launch, plan: AgentPlan): Promise<void> {
  const { entry, draft } = plan;
  const place = gitIn(fleet, entry);
  await checkOuts(async () => {
    fleet.cancelled.throwIfAborted();
    await requireOwnWorkTree(place);
    await checkOutWorktree(place, workers, fleet.cancelled);
  });
  const short = draft.base.slice(0, 7);
  const origin = draft.adopted ? `as it was, at ${short}` : `new, from ${draft.baseName}@${short}`;
  fleet.report({ kind: "step", branch: entry.branch, step: "branch", text: `${entry.branch}, ${origin}` });
  const files = await uncommitted;
  if (files > 0) {
    const what =
      files === 1 ? "1 uncommitted file of this checkout is" : `${files} uncommitted files of this checkout are`;
    fleet.report({ kind: "warning", text: `${what} not in it` });
  }
  fleet.cancelled.throwIfAborted();
  const failed = await runCheckoutHook(place, drafting.hook, draft.base, fleet.cancelled);
  fleet.cancelled.throwIfAborted();
  if (failed === undefined) return;
  const how = failed.timedOut ? "took too long and was stopped" : `failed with exit code ${failed.exitCode}`;
  fleet.report({ kind: "warning", text: `the post-checkout hook of the repository ${how}: ${failed.stderr.trim()}` });
}

/** Setup commands may bring the hooks: then there is nothing to say yet. */
async function tellOfAbsentHooks({ fleet, drafting }: Launch, { entry, setup }: AgentPlan): Promise<void> {
  if (setup.commands.length > 0) return;
  const path = await absentHooks(gitIn(fleet, entry), drafting.repository, drafting.hook);
  if (path === undefined) return;
  const text = `the hooks of this checkout do not run in it: ${path} is not there; name it in clone_directories`;
  fleet.report({ kind: "warning", text });
}

async function copyFiles(
  { fleet, drafting: { repository, credentials }, options: { given } }: Launch,
  { entry }: AgentPlan,
): Promise<void> {
  const begun = performance.now();
  const { copied, failed, problems } = await giveFiles(fleet, repository, entry, given ?? credentials);
  const failures = [...failed].map(([file, why]) => `${file} ${why}`);
  for (const problem of [...credentials.problems, ...problems, ...failures]) {
    fleet.report({ kind: "warning", text: `not copied: ${problem}` });
  }
  if (copied.length === 0) return;
  const seconds = (performance.now() - begun) / 1000;
  fleet.report({ kind: "step", branch: entry.branch, step: "files", text: fewNames(copied), seconds });
}

const namedFiles = 4;

function fewNames(files: readonly string[]): string {
  const named = files.length > namedFiles ? files.slice(0, namedFiles - 1) : files;
  const more = files.length - named.length;
  return `${named.join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
}

/** Only now is there a worktree to look at. */
function startOf({ entry, draft, files, message, setup, notification, start, ...plan }: AgentPlan): AgentStart {
  const { adapter } = draft;
  const request = { ...plan.request, givenFiles: filesGivenTo(entry) };
  const commandLine = adapter.commandLine(request);
  return {
    entry,
    files,
    message,
    setup,
    notification,
    adapter,
    request,
    commandLine,
    prompt: start.prompt,
    environment: agentVariables(request.environment, entry, commandLine.environment),
  };
}

/** The record and the prompt are there before anything runs. */
async function keepPlan({ fleet, knownBefore }: Launch, { entry, draft, files }: AgentPlan): Promise<void> {
  makePrivateDirectory(files.directory);
  await prepareOwnBudget(fleet, entry);
  knownBefore.keepWith(files);
  writePrivateFile(files.record, `${JSON.stringify(entry, null, 2)}\n`);
  if (draft.prompt !== undefined) writePrivateFile(files.prompt, draft.prompt);
}

/** The session exists, so the agent does. It is still called off when the user cancels before its launcher has begun with it. */
async function settleStart(launch: Launch, plan: AgentPlan, start: AgentStart): Promise<Launched> {
  const { fleet, options } = launch;
  const { entry } = plan;
  const hasSetup = plan.setup.commands.length > 0;
  if (hasSetup) await recordLaunched(launch, [entry]);
  if (hasSetup && options.detach) return { entry, outcome: undefined };
  const begun = performance.now();
  try {
    const outcome = await awaitAgent(fleet, start);
    const seconds = (performance.now() - begun) / 1000;
    const held = entry.sandbox === undefined ? "" : `, ${sandboxText(entry.sandbox)}`;
    const text = `${entry.agent}, ${plan.start.permission}${held}`;
    if (outcome.kind === "running") {
      fleet.report({ kind: "step", branch: entry.branch, step: "agent", text, ...(hasSetup ? {} : { seconds }) });
    }
    return { entry: outcome.kind === "running" ? { ...entry, pid: outcome.pid } : entry, outcome };
  } catch (error) {
    if (!fleet.cancelled.aborted || !claimDirectory(plan.files.claim)) return { entry, outcome: undefined };
    await undo(launch, plan);
    throw error;
  }
}

/** Puts agents that are there into the registry. When that fails the operation stays in the journal, and the next command tries again. */
export async function recordLaunched({ fleet, leave }: Launch, entries: readonly AgentEntry[]): Promise<void> {
  try {
    await recordAgents(fleet, entries);
  } catch (error) {
    leave();
    throw error;
  }
}

/** What cannot be taken back now stays in the journal, and the next command tries again. */
async function undo({ fleet, leave }: Launch, { entry, draft }: AgentPlan): Promise<void> {
  try {
    await undoAgent(fleet, entry, !draft.adopted);
  } catch (error) {
    leave();
    const why = error instanceof Error ? error.message : String(error);
    fleet.report({
      kind: "warning",
      text: `${entry.branch} could not be taken back (${why}); the next command tries again`,
    });
  }
}
