import { readdirSync } from "node:fs";
import { basename } from "node:path";
import type { Config } from "../../../config/config.ts";
import { FleetError } from "../../../errors.ts";
import { isContainer, isIsolated, type SandboxKind } from "../../../model/sandbox.ts";
import { checkCaps, hasCaps } from "../../../sandboxes/caps.ts";
import { sandboxes } from "../../../sandboxes/catalog.ts";
import type { SandboxCheck } from "../../../sandboxes/sandbox.ts";
import { type AgentEntry, isSameTicket } from "../../../state/entry.ts";
import { beginOperation, type Operation, readJournal } from "../../../state/journal.ts";
import { readRegistry, withStateLock } from "../../../state/registry.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { checkoutHookOf } from "../../../system/git/worktrees.ts";
import { isSuperuser } from "../../../system/machine.ts";
import { shellWord } from "../../../system/shell.ts";
import { listPanes } from "../../../system/tmux/panes.ts";
import type { TmuxServer } from "../../../system/tmux/server.ts";
import { claimedOutOfSight } from "../../choose/interrupted.ts";
import { nameKey } from "../../choose/names.ts";
import { settingsToLaunch } from "../../consent.ts";
import { configuredServer, currentRepository, type Fleet, gitAt, lockOptions, statePlaces } from "../../fleet.ts";
import { lineageOf, requireLineage } from "../../life/lineage.ts";
import { type AgentPlan, type Draft, planAgents, type Taken } from "../../life/plan.ts";
import { requireRoom } from "../../life/room.ts";
import { type CredentialFiles, credentialFilesOf } from "../../worktree/credentials/find.ts";
import { draftAgent } from "./drafts.ts";
import type { AgentRequest } from "./request.ts";
import { type Surroundings, surroundingsOf } from "./surroundings.ts";
import { requireWayOut } from "./way-out.ts";

/** Requests that were checked against the world. */
export interface Drafting {
  readonly repository: Repository;
  /** Read once: what was accepted is what is used, even if a file changes meanwhile. */
  readonly config: Config;
  readonly server: TmuxServer;
  readonly drafts: readonly Draft[];
  /** The names of all sessions of the server, ours or not. */
  readonly sessions: readonly string[];
  /** What each new worktree gets from the main checkout. */
  readonly credentials: CredentialFiles;
  /** The post-checkout hook of the repository, if git can name one. */
  readonly hook: string | undefined;
}

/**
 * Checks all requests, without touching anything. Throws ConsentRequired when the user has yet to accept what the repository brings,
 * and one FleetError with everything that cannot work.
 */
export async function draftAll(fleet: Fleet, requests: readonly AgentRequest[]): Promise<Drafting> {
  const repository = await currentRepository(fleet);
  const quick = requests.every((request) => request.quick);
  const config = await settingsToLaunch(fleet, repository.root, quick);
  const entries = readRegistry(statePlaces(fleet));
  const server = configuredServer(fleet);
  const [hook, panes, surroundings, credentials, tried] = await Promise.all([
    hookFrom(fleet, repository),
    listPanes(server),
    surroundingsOf(fleet, repository, config, entries, requests),
    credentialFilesOf(fleet, repository, config),
    trySandboxes(fleet, config, requests),
  ]);
  const drafts = draftEach(surroundings, requests);
  requireFreeTickets(drafts, entries);
  requireLineage(lineageOf(fleet, entries), config, entries, requests.length);
  await requireRoom(fleet, config, entries, requests.length);
  requireSandboxes(fleet, drafts, tried);
  await requireWayOut(drafts, fleet.environment);
  const sessions = panes.map(({ sessionName }) => sessionName);
  return { repository, config, server, drafts, sessions, credentials, hook };
}

/** The hook that git runs for somebody who makes a worktree from here; from outside of the repository it is that of its main checkout. */
async function hookFrom(fleet: Fleet, { root }: Repository): Promise<string | undefined> {
  return (await checkoutHookOf(gitAt(fleet, fleet.directory))) ?? (await checkoutHookOf(gitAt(fleet, root)));
}

function draftEach(surroundings: Surroundings, requests: readonly AgentRequest[]): Draft[] {
  const drafts: Draft[] = [];
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const request of requests) {
    try {
      const draft = draftAgent(surroundings, request);
      requireDistinct(request.branch, seen);
      drafts.push(draft);
      seen.add(request.branch);
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      problems.push({ request, error });
    }
  }
  const [first, ...more] = problems;
  if (first === undefined) return drafts;
  throw more.length === 0 && requests.length === 1 ? first.error : allProblems(problems, requests.length);
}

/** Tries each kind of sandbox that is asked for, while git and tmux answer. */
async function trySandboxes(
  { environment }: Fleet,
  config: Config,
  requests: readonly AgentRequest[],
): Promise<ReadonlyMap<SandboxKind, SandboxCheck>> {
  const kinds = new Set(requests.map(({ sandbox }) => sandbox?.kind ?? config.sandbox));
  const held = [...kinds].filter((kind) => kind !== "none");
  return new Map(
    await Promise.all(held.map(async (kind) => [kind, await sandboxes[kind].check(environment)] as const)),
  );
}

/** Throws FleetError for what agents are to be held in and that does not work here, or not together. */
function requireSandboxes(
  { environment }: Fleet,
  drafts: readonly Draft[],
  tried: ReadonlyMap<SandboxKind, SandboxCheck>,
): void {
  const capped = drafts.some(({ sandbox }) => hasCaps(sandbox) && !isContainer(sandbox))
    ? checkCaps(environment)
    : undefined;
  if (capped?.works === false) {
    throw new FleetError("failed", `agents cannot be capped here: ${capped.finding}`, {
      hint: `${capped.remedy ?? "it works on Linux"}; to start them without, leave out --memory, --cpus and --pids, and the limits in the configuration`,
    });
  }
  const open = drafts.find(({ sandbox }) => (sandbox?.network ?? "full") !== "full" && !isIsolated(sandbox))?.sandbox;
  if (open !== undefined) {
    const what = open.kind === "none" ? "an agent without a sandbox" : `a ${open.kind}`;
    throw new FleetError("usage", `${what} cannot be kept from the network`, {
      hint: "to hold it in one that can, add --sandbox bubblewrap; to leave it the network, add --network full",
    });
  }
  for (const [kind, { works, finding, remedy }] of tried) {
    if (works) continue;
    throw new FleetError("missing-tool", `the sandbox ${kind} does not work here: ${finding}`, {
      hint: `${remedy === undefined ? "" : `to get it: ${remedy}; `}to do without, add --sandbox none`,
    });
  }
}

/** A ref is a file or a folder, so a branch cannot be made beside one that is inside of it. */
function requireDistinct(branch: string, seen: ReadonlySet<string>): void {
  if (seen.has(branch)) throw new FleetError("usage", `${branch} is named twice`);
  const other = [...seen].find((name) => name.startsWith(`${branch}/`) || branch.startsWith(`${name}/`));
  if (other !== undefined) throw new FleetError("usage", `git cannot keep a branch ${branch} beside a branch ${other}`);
}

interface Problem {
  readonly request: AgentRequest;
  readonly error: FleetError;
}

/** What is missing on the machine outweighs what is wrong with the request, for it has an exit code of its own. */
function allProblems(problems: readonly Problem[], total: number): FleetError {
  const kind = problems.some(({ error }) => error.kind === "missing-tool") ? "missing-tool" : "usage";
  const hints = [...new Set(problems.map(({ error }) => error.hint))].filter((hint) => hint !== undefined);
  return new FleetError(kind, `${problems.length} of ${total} agents cannot be made, so none was`, {
    output: problems.map(({ request, error }) => `${request.origin ?? request.branch}: ${error.message}`).join("\n"),
    ...(hints[0] === undefined ? {} : { hint: hints[0] }),
  });
}

/** What the drafts would become now, for `--dry-run`. */
export function previewPlans(fleet: Fleet, drafting: Drafting): AgentPlan[] {
  return choosePlans(fleet, drafting, readRegistry(statePlaces(fleet)), []);
}

/** Chooses names and writes the operation down, as the only process of the fleet that does. */
export async function reserve(
  fleet: Fleet,
  drafting: Drafting,
): Promise<{ readonly plans: readonly AgentPlan[]; readonly operation: Operation }> {
  const places = statePlaces(fleet);
  return withStateLock(places, lockOptions(fleet), async () => {
    const entries = readRegistry(places);
    const operations = readJournal(places).filter(({ kind }) => kind !== "kill");
    const inFlight = operations.flatMap(({ agents }) => agents);
    requireUnclaimed(drafting, [...entries, ...inFlight], operations);
    const all = unique([...entries, ...inFlight]);
    requireFreeTickets(drafting.drafts, all);
    requireLineage(lineageOf(fleet, entries), drafting.config, all, drafting.drafts.length);
    await requireRoom(fleet, drafting.config, all, drafting.drafts.length);
    const plans = choosePlans(fleet, drafting, entries, inFlight);
    const operation = await beginOperation(places, {
      id: crypto.randomUUID().slice(0, 8),
      kind: "create",
      agents: plans.map(({ entry }) => entry),
      new_branches: plans.filter(({ draft }) => !draft.adopted).map(({ draft }) => draft.branch),
    });
    return { plans, operation };
  });
}

/** An agent that was started a moment ago may be in the registry and still in the journal. */
function unique(entries: readonly AgentEntry[]): AgentEntry[] {
  return [...new Map(entries.map((entry) => [entry.id, entry])).values()];
}

function requireUnclaimed(
  { drafts, repository }: Drafting,
  entries: readonly AgentEntry[],
  operations: readonly Operation[],
): void {
  const claimed = drafts.find(({ branch }) =>
    entries.some((entry) => entry.branch === branch && entry.repo === repository.root),
  );
  if (claimed === undefined) return;
  const interrupted = claimedOutOfSight(operations, claimed.branch, repository.root);
  if (interrupted !== undefined) throw interrupted;
  throw new FleetError("failed", `${claimed.branch} is being given an agent by another fleet command`, {
    hint: "to see it, run fleet list",
  });
}

/** A ticket has no more agents than it may, whoever asks for them at the same moment. */
function requireFreeTickets(drafts: readonly Draft[], entries: readonly AgentEntry[]): void {
  for (const { ticket } of drafts) {
    if (ticket === undefined) continue;
    const { mark, most } = ticket;
    const there = entries.filter((entry) => isSameTicket(entry.ticket, mark));
    const asked = drafts.filter((draft) => isSameTicket(draft.ticket?.mark, mark)).length;
    const [first] = there;
    if (there.length + asked <= most) continue;
    if (first === undefined) throw new FleetError("usage", `${mark.key} is named ${asked} times`);
    const name = shellWord(first.branch);
    throw new FleetError("failed", `${mark.key} already has an agent, ${first.branch}`, {
      code: "ticket-taken",
      hint: `to tell it something, run fleet prompt ${name} TEXT; to replace it, run fleet kill ${name}`,
    });
  }
}

function choosePlans(
  fleet: Fleet,
  { drafts, repository, config, server, sessions }: Drafting,
  entries: readonly AgentEntry[],
  inFlight: readonly AgentEntry[],
): AgentPlan[] {
  const places = statePlaces(fleet);
  const reserved = [...entries, ...inFlight];
  const taken: Taken = {
    directories: new Set(
      [...namesIn(places.worktreeRoot), ...reserved.map(({ worktree }) => basename(worktree))].map(nameKey),
    ),
    sessions: new Set([...sessions, ...reserved.map(({ session }) => session)].map(nameKey)),
    ports: reserved,
  };
  const context = {
    config,
    places,
    repository,
    socket: server.socket,
    environment: fleet.environment,
    superuser: isSuperuser(),
    lineage: lineageOf(fleet, entries),
    now: new Date(),
  };
  return planAgents(drafts, context, taken);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    // It is made with the first worktree.
    return [];
  }
}
