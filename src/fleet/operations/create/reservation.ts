import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { beginOperation, type Operation, readJournal } from "../../../state/journal.ts";
import { readRegistry, withStateLock } from "../../../state/registry.ts";
import { isSuperuser } from "../../../system/machine.ts";
import { claimedOutOfSight } from "../../choose/interrupted.ts";
import { nameKey } from "../../choose/names.ts";
import { type Fleet, lockOptions, statePlaces } from "../../fleet.ts";
import { lineageOf, requireLineage } from "../../life/lineage.ts";
import { type AgentPlan, planAgents, type Taken } from "../../life/plan.ts";
import { requireRoom } from "../../life/room.ts";
import type { Drafting } from "./drafting.ts";
import { requireFreeTickets } from "./free-tickets.ts";

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
