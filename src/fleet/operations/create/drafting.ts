import type { Config } from "../../../config/config.ts";
import { FleetError } from "../../../errors.ts";
import { readRegistry } from "../../../state/registry.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { checkoutHookOf } from "../../../system/git/worktrees.ts";
import { listPanes } from "../../../system/tmux/panes.ts";
import type { TmuxServer } from "../../../system/tmux/server.ts";
import { settingsToLaunch } from "../../consent.ts";
import { configuredServer, currentRepository, type Fleet, gitAt, statePlaces } from "../../fleet.ts";
import { lineageOf, requireLineage } from "../../life/lineage.ts";
import type { Draft } from "../../life/plan.ts";
import { requireRoom } from "../../life/room.ts";
import { type CredentialFiles, credentialFilesOf } from "../../worktree/credentials/find.ts";
import { draftAgent } from "./drafts.ts";
import { requireFreeTickets } from "./free-tickets.ts";
import type { AgentRequest } from "./request.ts";
import { requireSandboxes, trySandboxes } from "./required-sandboxes.ts";
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
    surroundingsOf(fleet, repository, { config, entries }, requests),
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

/** What is missing on the machine outweighs what is wrong with the request, and that what cannot be done: each has an exit code of its own. */
function allProblems(problems: readonly Problem[], total: number): FleetError {
  const kinds = problems.map(({ error }) => error.kind);
  const kind = (["missing-tool", "usage"] as const).find((each) => kinds.includes(each)) ?? kinds[0] ?? "usage";
  const hints = [...new Set(problems.map(({ error }) => error.hint))].filter((hint) => hint !== undefined);
  return new FleetError(kind, `${problems.length} of ${total} agents cannot be made, so none was`, {
    output: problems.map(({ request, error }) => `${request.origin ?? request.branch}: ${error.message}`).join("\n"),
    ...(hints[0] === undefined ? {} : { hint: hints[0] }),
  });
}
