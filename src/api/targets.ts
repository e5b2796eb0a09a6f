import { type Selection, selectAgents } from "../fleet/choose/selection.ts";
import { currentRepositoryRoot, type Fleet, statePlaces } from "../fleet/fleet.ts";
import { settleDeadOperations } from "../fleet/operations/settle.ts";
import type { TargetsInput } from "../model/wire/shared.ts";
import { readJournal } from "../state/journal.ts";
import { readRegistry } from "../state/registry.ts";
import { poll } from "../system/poll.ts";

/** `reachesOut`: the operation only looks, so that an exact name of another repository will do. */
export interface Reach {
  readonly reachesOut: boolean;
}

/** The agents that are meant, after what was left half done has been settled. Throws FleetError when none is meant, or a word means none. */
export async function chooseAgents(fleet: Fleet, input: TargetsInput, { reachesOut }: Reach): Promise<Selection> {
  const { targets, batch, all, all_repositories: allRepositories, except } = input;
  await settleDeadOperations(fleet);
  await untilRegistered(fleet, targets);
  return selectAgents(
    readRegistry(statePlaces(fleet)),
    { words: targets, batch, all, allRepositories, except },
    { repository: await currentRepositoryRoot(fleet), reachesOut },
  );
}

const registrationMilliseconds = 5000;

/** An agent that calls `fleet` as the first thing it does may be faster than the `fleet` that is just writing it down. */
async function untilRegistered(fleet: Fleet, words: readonly string[]): Promise<void> {
  const deadline = performance.now() + registrationMilliseconds;
  const inFlight = () =>
    readJournal(statePlaces(fleet)).some(
      ({ kind, agents }) => kind === "create" && agents.some(({ branch }) => words.includes(branch)),
    );
  await poll({ every: 20, deadline, cancelled: fleet.cancelled }, () => {
    if (!inFlight()) return true;
    const known = readRegistry(statePlaces(fleet)).map(({ branch }) => branch);
    return words.every((word) => known.includes(word)) || undefined;
  });
}
