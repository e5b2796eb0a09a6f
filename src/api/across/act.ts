import { FleetError } from "../../errors.ts";
import { type Fleet, statePlaces } from "../../fleet/fleet.ts";
import type { Progress } from "../../fleet/progress.ts";
import type { HostLink } from "../../hosts/link.ts";
import { type Asked, askedOf, forgetAsked, writeAsked } from "../../state/asked.ts";
import type { AwayAgent } from "../../state/away.ts";
import { allocateClusters } from "./clusters.ts";
import { hostOf, withLink } from "./hosts.ts";
import type { HostRow } from "./machine.ts";

/** What a host answered about some of its agents, or why nobody knows. */
export interface HostAnswer<Answer> {
  readonly agents: readonly AwayAgent[];
  readonly answer?: Answer;
  readonly error?: FleetError;
}

/** What is told while a row runs on a host. */
type Tell = (event: Readonly<Record<string, unknown>>) => void;

/**
 * Calls a row for agents on other machines, one call for each host and repository, all at the same time. What one host cannot do stops no
 * other. A change is written down before it is asked for, so that what came of it is told once a host that fell silent is back.
 */
export async function callHosts<Answer>(
  fleet: Fleet,
  agents: readonly AwayAgent[],
  row: HostRow<Answer>,
  input: object,
  tell?: Tell,
): Promise<HostAnswer<Answer>[]> {
  const byHost = Map.groupBy(agents, ({ host }) => host);
  const answers = await Promise.all(
    [...byHost].map(async ([name, there]) => {
      const groups = [...Map.groupBy(there, ({ mirror }) => mirror).values()];
      try {
        if (row.starts === true) await allocateClusters(fleet, [name]);
        return await withLink(fleet, hostOf(fleet, name), (link) =>
          Promise.all(groups.map((group) => callOn(fleet, link, group, { row, input, tell }))),
        );
      } catch (error) {
        return [failed(fleet, there, error)];
      }
    }),
  );
  return answers.flat();
}

interface Calling<Answer> {
  readonly row: HostRow<Answer>;
  readonly input: object;
  readonly tell: Tell | undefined;
}

/** Calls a row for agents of one repository on one host. */
async function callOn<Answer>(
  fleet: Fleet,
  link: HostLink,
  agents: readonly AwayAgent[],
  { row, input, tell }: Calling<Answer>,
): Promise<HostAnswer<Answer>> {
  const branches = agents.map(({ entry }) => entry.branch);
  const asked = row.changes ? note(fleet, link.host.name, row.name, branches) : undefined;
  try {
    const told = await link.call(
      row.name,
      { ...input, ...(row.names === "one" ? { target: branches[0] } : { targets: branches }) },
      {
        operation: asked?.operation,
        directory: agents[0]?.mirror,
        cancelled: fleet.cancelled,
        progress: (progress) => fleet.report(progress as unknown as Progress),
        tell,
      },
    );
    if (asked !== undefined) forgetAsked(statePlaces(fleet), asked.operation);
    const { answer } = await row.shapes();
    return { agents, answer: answer.parse(told) };
  } catch (error) {
    const isKnown = error instanceof FleetError && error.code !== "host-link-lost";
    if (asked !== undefined && isKnown) forgetAsked(statePlaces(fleet), asked.operation);
    return failed(fleet, agents, error);
  }
}

function failed(fleet: Fleet, agents: readonly AwayAgent[], error: unknown): HostAnswer<never> {
  if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
  return { agents, error };
}

function note(fleet: Fleet, host: string, row: string, branches: readonly string[]): Asked {
  const at = `${new Date().toISOString().slice(0, 19)}Z`;
  const asked = { operation: crypto.randomUUID(), host, row, branches, at };
  writeAsked(statePlaces(fleet), asked);
  return asked;
}

/** Says what came of all that a host was asked before it fell silent. What still runs there is asked for another time. */
export async function settleAsked(fleet: Fleet, link: HostLink): Promise<void> {
  for (const asked of askedOf(statePlaces(fleet), link.host.name)) {
    const outcome = await outcomeOf(link, asked);
    if (outcome === undefined) continue;
    forgetAsked(statePlaces(fleet), asked.operation);
    const { host, row, branches, at } = asked;
    const time = new Date(at).toLocaleString("sv");
    fleet.report({ kind: "note", text: `${host}: ${row} of ${branches.join(", ")} at ${time}: ${outcome}` });
  }
}

async function outcomeOf(link: HostLink, { operation }: Asked): Promise<string | undefined> {
  try {
    const answer = (await link.result(operation)) as { readonly failures?: readonly { readonly message: string }[] };
    const failures = answer.failures ?? [];
    return failures.length === 0 ? "done" : failures.map(({ message }) => message).join("; ");
  } catch (error) {
    if (!(error instanceof FleetError) || error.code?.startsWith("host-") === true) throw error;
    if (error.code === "operation-running") return undefined;
    return error.code === "operation-unknown" ? "it never arrived, so nothing was done" : error.message;
  }
}
