import { FleetError, reworded } from "../../errors.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet/fleet.ts";
import { repositoryKey } from "../../fleet/repository-key.ts";
import type { HostWorkAnswer } from "../../model/wire/host-work.ts";
import type { Failure } from "../../model/wire/shared.ts";
import { type AwayAgent, writeAway } from "../../state/away.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { ownerId } from "../../state/owner.ts";
import { awayRef, conversationRef } from "../../state/refs.ts";
import { requireRepository } from "../../system/git/repository.ts";
import { fetchRefs } from "../../system/git/transport.ts";
import { shellWord } from "../../system/shell.ts";
import { fetchLfsFiles } from "./lfs.ts";
import { ask, entryTold, hostRows, type Machine, repositoryOn } from "./machine.ts";

/** What was fetched from one machine. */
export interface Fetched {
  readonly agents: readonly (AwayAgent & { readonly work: NonNullable<AwayAgent["work"]> })[];
  /** The ids of those that their machine has killed already. */
  readonly ended: readonly string[];
  readonly failures: readonly Failure[];
}

/**
 * Fetches the work of agents of one repository from their machine, unsaved files included, with one call and one fetch; they go on there.
 * Throws FleetError when the machine cannot be reached. What cannot be told of one agent is among the failures.
 */
export async function fetchWork(
  fleet: Fleet,
  machine: Machine,
  agents: readonly AwayAgent[],
  { conversations = false } = {},
): Promise<Fetched> {
  const [first] = agents;
  if (first === undefined) return { agents: [], ended: [], failures: [] };
  const places = statePlaces(fleet);
  const repository = await requireRepository(gitAt(fleet, first.entry.repo));
  const [key, owner] = [await repositoryKey(fleet, repository), ownerId(places)];
  const ids = agents.map(({ entry }) => entry.id);
  const answer = await ask(fleet, machine, hostRows.work, { key, owner, ids, conversations });
  const { name: host } = machine.host;
  const refs = answer.agents.flatMap(({ id, ref, branch, conversation }) => [
    { there: ref, here: awayRef(host, branch) },
    ...(conversation === undefined ? [] : [{ there: conversation, here: conversationRef(id) }]),
  ]);
  const place = gitAt(fleet, repository.commonDirectory);
  await machine.turn(() => fetchFrom(host, () => fetchRefs(place, repositoryOn(machine, answer.mirror), refs)));
  const fetched_at = new Date().toISOString();
  const fetched = answer.agents.map((told) => {
    const { head, commit, unsaved, last_words, cost } = told;
    const entry = entryTold(machine, entryOf(told), repository.root);
    const work = { head, commit, unsaved, fetched_at, last_words, cost };
    return { v: 1, host, entry, mirror: answer.mirror, work } as const;
  });
  for (const agent of fetched) writeAway(places, agent);
  const made = fetched.map(({ entry, work }) => ({ commit: work.commit, base: entry.base }));
  await fetchLfsFiles(fleet, machine, { repository, key }, made);
  for (const told of answer.agents) warnOfUnheld(fleet, host, told);
  const ended = answer.agents.filter((told) => told.ended === true).map(({ id }) => id);
  return { agents: fetched, ended, failures: [...answer.failures, ...notTold(agents, answer)] };
}

/** What git says of a link that broke names no host. */
async function fetchFrom(host: string, fetch: () => Promise<void>): Promise<void> {
  try {
    await fetch();
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    const hint = `to see whether it can be reached, run fleet hosts check ${shellWord(host)}`;
    throw reworded(error, { message: `git fetch from ${host} failed`, hint });
  }
}

type Told = HostWorkAnswer["agents"][number];

/** The agent alone, without what is said of its work. */
function entryOf(told: Told): AgentEntry {
  const { ref, conversation, head, commit, unsaved, unheld, ended, last_words, cost, ...entry } = told;
  return entry as AgentEntry;
}

function warnOfUnheld(fleet: Fleet, host: string, { branch, unheld }: Told): void {
  if (unheld.files === 0) return;
  const megabytes = Math.ceil(unheld.bytes / 1e6);
  const text = `${branch}: ${unheld.files} unsaved files (${megabytes} MB) are more than save_limit allows and stay on ${host}`;
  fleet.report({ kind: "warning", text });
}

/** An agent that its machine knows nothing of. */
function notTold(agents: readonly AwayAgent[], { agents: told, failures }: HostWorkAnswer): Failure[] {
  const known = new Set([...told, ...failures].map(({ branch }) => branch));
  return agents
    .filter(({ entry }) => !known.has(entry.branch))
    .map(({ host, entry: { branch } }) => {
      const { kind, code, message, hint } = new FleetError("failed", `${host} knows no agent ${branch}`, {
        code: "unknown-target",
        hint: "to see which there are, run fleet list",
      });
      return { branch, kind, code: code ?? null, message, hint: hint ?? null };
    });
}
