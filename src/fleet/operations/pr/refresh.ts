import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { type PullRecord, readPullRecord, writePullRecord } from "../../../state/pull-request.ts";
import { atMost } from "../../../system/limit.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { accessTo, forgeAt } from "./route.ts";

/** What is known of the pull request of an agent. */
export interface PullSeen {
  readonly entry: AgentEntry;
  /** `undefined` when it has none that fleet knows. */
  readonly record: PullRecord | undefined;
  /** Why the forge could not be asked; the record is of an earlier look then. */
  readonly failure?: FleetError;
}

/** How many are asked about at the same time. */
const atOnce = 4;

/** Asks forges about the pull requests of agents, and writes down what they are at. The results are in the order of the entries. */
export async function lookAtPulls(fleet: Fleet, entries: readonly AgentEntry[]): Promise<PullSeen[]> {
  const limit = atMost(atOnce);
  const tokens = new Map<string, ReturnType<typeof accessTo>>();
  return Promise.all(entries.map((entry) => limit(() => lookAtPull(fleet, entry, tokens))));
}

async function lookAtPull(
  fleet: Fleet,
  entry: AgentEntry,
  tokens: Map<string, ReturnType<typeof accessTo>>,
): Promise<PullSeen> {
  const places = statePlaces(fleet);
  const record = readPullRecord(places, entry.id);
  if (record === undefined || record.forge === "other" || record.number === null) return { entry, record };
  try {
    const located = forgeAt(fleet, record.host);
    if (located === undefined) {
      throw new FleetError("failed", `${record.host} is no forge that fleet knows any more`, {
        hint: "to name it in github_hosts or gitlab_hosts, run fleet config edit",
      });
    }
    // A command of the user that prints the token may ask them something each time.
    const asked = tokens.get(record.host) ?? accessTo(fleet, entry.repo, record.host, located);
    tokens.set(record.host, asked);
    const pull = await located.forge.pull(await asked, record.project, record.number);
    const { state, base, head, url } = pull;
    const seen: PullRecord = { ...record, state, base, head, url, at: new Date().toISOString() };
    writePullRecord(places, entry.id, seen);
    return { entry, record: seen };
  } catch (failure) {
    if (failure instanceof FleetError && !fleet.cancelled.aborted) return { entry, record, failure };
    throw failure;
  }
}
