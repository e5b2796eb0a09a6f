import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { AgentRequest } from "../../fleet/operations/create/request.ts";
import type { CreateAnswer } from "../../model/wire/create.ts";
import { agentFailure } from "../failure.ts";
import { allocateClusters } from "./clusters.ts";
import { hostsOf } from "./hosts.ts";
import { launchTicketsAcross } from "./launch.ts";
import { withLinks } from "./links.ts";
import { type Field, surveyMachines } from "./survey.ts";

/** The requests, told which names are taken on the machines. */
export type RequestsFor = (taken: readonly string[]) => Promise<readonly AgentRequest[]>;

/**
 * Makes agents on other machines and waits until they run; nobody is asked. `wanted` is as `hostsMeant` takes it. A host that cannot be
 * reached takes only its own agents with it. Throws FleetError before anything is made when none can be, there is no room for all, or one of
 * the agents cannot work.
 */
export async function startOnHosts(
  fleet: Fleet,
  wanted: string,
  requestsFor: RequestsFor,
  options: { readonly detach: boolean },
): Promise<CreateAnswer> {
  const hosts = hostsMeant(fleet, wanted);
  await allocateClusters(fleet, hosts);
  const { launched, failures } = await withField(fleet, hosts, async (field) =>
    launchTicketsAcross(fleet, field, await requestsFor(field.taken), options),
  );
  return {
    agents: launched.map(({ host, entry }) => ({ ...entry, host })),
    failures: failures.map(({ branch, error }) => agentFailure(branch, error)),
  };
}

/**
 * The hosts among which the best are chosen: the one that is named, those whose names are separated by commas, or all of them for `any`.
 * Throws FleetError `usage` when there is none at all.
 */
export function hostsMeant(fleet: Fleet, wanted: string): readonly string[] {
  if (wanted !== "any") return wanted.split(",").map((name) => name.trim());
  const all = hostsOf(fleet).map(({ name }) => name);
  if (all.length > 0) return all;
  throw new FleetError("usage", "no host is configured", {
    hint: "to say how to reach one, run fleet hosts add NAME SSH-DESTINATION",
  });
}

/** Hands on what can be reached of these machines, as it is now; what is left out is reported. Throws FleetError when none can be. */
export function withField<Value>(
  fleet: Fleet,
  names: readonly string[],
  body: (field: Field) => Promise<Value>,
): Promise<Value> {
  return withLinks(fleet, names, async ({ links, silent }) => {
    const [first] = silent;
    if (links.length === 0 && first !== undefined && silent.length === 1) throw first.error;
    for (const { error } of silent) fleet.report({ kind: "warning", text: `left out: ${error.message}` });
    return body(await surveyMachines(fleet, links));
  });
}
