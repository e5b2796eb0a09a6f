import { FleetError } from "../../errors.ts";
import { currentRepository, type Fleet, statePlaces } from "../../fleet/fleet.ts";
import { repositoryKey } from "../../fleet/repository-key.ts";
import type { HostLookAnswer } from "../../model/wire/host-look.ts";
import { readAway, writeAway } from "../../state/away.ts";
import { ownerId } from "../../state/owner.ts";
import type { Repository } from "../../system/git/repository.ts";
import { withRoomOnDisk } from "./disks.ts";
import { ask, entryTold, hostRows, type Machine } from "./machine.ts";

/** The machines that agents of a repository may go to, as they are now. */
export interface Field {
  readonly repository: Repository;
  readonly key: string;
  readonly machines: readonly { readonly machine: Machine; readonly look: HostLookAnswer }[];
  /** Names of branches that agents cannot have, for they are taken on one of the machines. */
  readonly taken: readonly string[];
}

/**
 * Looks at machines before agents go to them. One that cannot be reached is left out, saying so, and one of several whose disk is nearly
 * full. Throws FleetError `failed` when none is left.
 */
export async function surveyMachines(fleet: Fleet, machines: readonly Machine[]): Promise<Field> {
  const repository = await currentRepository(fleet);
  const key = await repositoryKey(fleet, repository);
  const looked = await Promise.all(
    machines.map(async (machine) => {
      try {
        return { machine, look: await lookAt(fleet, machine, repository, key) };
      } catch (error) {
        if (!(error instanceof FleetError) || machines.length === 1) throw error;
        fleet.report({ kind: "warning", text: `left out: ${error.message}` });
        return undefined;
      }
    }),
  );
  const there = looked.filter((each) => each !== undefined);
  if (there.length === 0) {
    throw new FleetError("failed", "no host can be reached", { hint: "to see why, run fleet hosts check" });
  }
  const open = withRoomOnDisk(fleet, there, machines.length);
  return { repository, key, machines: open, taken: there.flatMap(({ look }) => look.taken) };
}

/** What a machine bears. Agents of this fleet there that are not known here, because a link broke off, are written down. */
export async function lookAt(
  fleet: Fleet,
  machine: Machine,
  { root }: Repository,
  key: string,
): Promise<HostLookAnswer> {
  const places = statePlaces(fleet);
  const look = await ask(fleet, machine, hostRows.look, { key, owner: ownerId(places) });
  const { name: host } = machine.host;
  for (const there of look.mirror === null ? [] : look.agents) {
    if (readAway(places, there.id)?.host === host) continue;
    writeAway(places, { v: 1, host, entry: entryTold(machine, there, root), mirror: look.mirror ?? "" });
  }
  return look;
}
