import { FleetError, inOneLine } from "../../errors.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet/fleet.ts";
import type { Ended, Kept, KillResult } from "../../fleet/operations/kill/result.ts";
import type { KillOptions } from "../../fleet/worktree/kill-options.ts";
import type { KillAnswer } from "../../model/wire/kill.ts";
import { type AwayAgent, forgetAway } from "../../state/away.ts";
import { type Ending, writeEnding } from "../../state/ending.ts";
import { agentFiles } from "../../state/places.ts";
import { awayRef, savedRef } from "../../state/refs.ts";
import { makePrivateDirectory, replaceFile } from "../../system/files.ts";
import { git, withoutHooks } from "../../system/git/command.ts";
import { errorOf } from "../failure.ts";
import { hearUsage } from "./cost.ts";
import { type Fetched, fetchWork } from "./fetch.ts";
import { withLinks } from "./links.ts";
import { ask, type Machine } from "./machine.ts";
import { onHost } from "./on-host.ts";

const killRow = { name: "kill", changes: true, shapes: () => import("../../model/wire/kill.ts") } as const;

/**
 * Ends agents on other machines. Their work, unsaved files too, is here before anything of them goes there, and again as it was at the end:
 * `restore` brings them back on this machine, whatever becomes of the other. What cannot be fetched keeps its agent.
 * What is killed under one `id` is brought back together.
 */
export async function killAway(
  fleet: Fleet,
  agents: readonly AwayAgent[],
  options: KillOptions,
  id: string,
): Promise<readonly KillResult[]> {
  const byHost = Map.groupBy(agents, ({ host }) => host);
  return withLinks(fleet, [...byHost.keys()], async ({ links, silent }) => {
    const kept = silent.flatMap(({ host, error }) => (byHost.get(host) ?? []).map((agent) => keptFor(agent, error)));
    const groups = links.flatMap((link) =>
      [...Map.groupBy(byHost.get(link.host.name) ?? [], ({ entry }) => entry.repo).values()].map((own) => ({
        link,
        own,
      })),
    );
    const ended = await Promise.all(groups.map(({ link, own }) => killOn(fleet, link, own, { options, id })));
    return [...kept, ...ended.flat()];
  });
}

/** Ends agents of one repository on one machine. */
async function killOn(
  fleet: Fleet,
  machine: Machine,
  agents: readonly AwayAgent[],
  { options, id }: { readonly options: KillOptions; readonly id: string },
): Promise<KillResult[]> {
  try {
    const first = await fetchWork(fleet, machine, agents);
    const known = first.agents;
    const untold = agents.filter(({ entry }) => !known.some((agent) => agent.entry.id === entry.id));
    // A link that was lost during an earlier kill leaves them ended there and unknown here.
    const endedBefore = new Set(first.ended);
    const going = known.filter(({ entry }) => !endedBefore.has(entry.id));
    const answer = going.length === 0 ? undefined : await endThere(fleet, machine, going, options);
    const gone = known.filter(
      ({ entry }) => endedBefore.has(entry.id) || outcomeOf(answer, entry.id)?.outcome === "ended",
    );
    // It may have worked on until its end.
    const last = gone.length === 0 ? first : await fetchWork(fleet, machine, gone);
    const ended: KillResult[] = [];
    for (const agent of last.agents.filter(({ entry }) => gone.some((each) => each.entry.id === entry.id))) {
      ended.push(await keepHere(fleet, agent, { operation: id, answer }));
    }
    // The host may be gone when somebody asks what was used.
    if (gone.length > 0) await hearUsage(fleet, machine).catch(unlessCancelled(fleet));
    const stayed = known.filter((agent) => !gone.includes(agent)).map((agent) => keptThere(agent, answer));
    return [...ended, ...stayed, ...untold.map((agent) => keptFor(agent, unknownThere(agent, first)))];
  } catch (error) {
    if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
    return agents.map((agent) => keptFor(agent, error));
  }
}

function unlessCancelled({ cancelled }: Fleet): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof FleetError) || cancelled.aborted) throw error;
  };
}

/** Ends agents of one repository on a machine. Throws FleetError when that cannot be asked for. */
export function endThere(
  fleet: Fleet,
  machine: Machine,
  agents: readonly AwayAgent[],
  { branch, commitMessage: commit, now = false, withChildren: with_children = false }: KillOptions,
): Promise<KillAnswer> {
  const input = { targets: agents.map(({ entry }) => entry.branch), branch, commit, now, with_children };
  return ask(fleet, machine, killRow, input, agents[0]?.mirror);
}

type Outcome = KillAnswer["agents"][number];

function outcomeOf(answer: KillAnswer | undefined, id: string): Outcome | undefined {
  return answer?.agents.find((agent) => agent.id === id);
}

/** From now on it is an agent of this machine that was killed. */
async function keepHere(
  fleet: Fleet,
  { host, entry, work }: Fetched["agents"][number],
  { operation, answer }: { readonly operation: string; readonly answer: KillAnswer | undefined },
): Promise<Ended> {
  const places = statePlaces(fleet);
  const input = `update ${savedRef(entry.id)} ${work.commit}\ndelete ${awayRef(host, entry.branch)}\n`;
  await git(gitAt(fleet, entry.repo), [...withoutHooks, "update-ref", "--stdin"], { input });
  const ending: Ending = {
    v: 1,
    operation,
    ended_at: new Date().toISOString(),
    head: work.head,
    head_branch: entry.branch,
    unsaved: work.unsaved,
    saved: work.commit === work.head ? null : work.commit,
    tree: null,
    admin: null,
    inner: [],
    running: true,
    files: [],
  };
  const { directory, record } = agentFiles(places, entry.id);
  makePrivateDirectory(directory);
  replaceFile(record, `${JSON.stringify(entry, null, 2)}\n`);
  writeEnding(places, entry.id, ending);
  forgetAway(places, entry.id);
  const { branch_deleted: deleted = false, reason = "it was ended earlier" } = outcomeOf(answer, entry.id) ?? {};
  return { ended: true, entry, branch: { deleted, why: `on ${host}: ${reason}` }, ending };
}

function keptThere({ host, entry }: AwayAgent, answer: KillAnswer | undefined): Kept {
  const failure = answer?.failures.find(({ branch }) => branch === entry.branch);
  const reason = outcomeOf(answer, entry.id)?.reason ?? "it was not ended";
  if (failure === undefined) return { ended: false, entry, why: `on ${host}: ${reason}`, hint: undefined };
  const error = onHost(host, errorOf(failure, reason));
  return { ended: false, entry, why: `on ${host}: ${inOneLine(error)}`, hint: error.hint };
}

function keptFor({ entry }: AwayAgent, error: FleetError): Kept {
  return { ended: false, entry, why: inOneLine(error), hint: error.hint };
}

function unknownThere({ host, entry }: AwayAgent, { failures }: Fetched): FleetError {
  const failure = failures.find(({ branch }) => branch === entry.branch);
  if (failure !== undefined) return onHost(host, errorOf(failure, `${entry.branch} could not be looked at`));
  return new FleetError("failed", `${host} knows no agent ${entry.branch}`, {
    hint: "to see which there are, run fleet list",
  });
}
