import { type Fleet, gitAt } from "../../fleet/fleet.ts";
import { tryGit } from "../../system/git/command.ts";
import type { Repository } from "../../system/git/repository.ts";
import { ask, hostRows, type Machine } from "./machine.ts";

/**
 * The mirror of the repository on a machine, which is made where there is none. Agents there commit as the user does here, where git there
 * does not know better.
 */
export async function mirrorOn(
  fleet: Fleet,
  machine: Machine,
  { commonDirectory }: Repository,
  key: string,
): Promise<string> {
  const place = gitAt(fleet, commonDirectory);
  const [name, email] = await Promise.all(
    ["user.name", "user.email"].map(async (setting) =>
      (await tryGit(place, ["config", "--get", setting])).stdout.trim(),
    ),
  );
  const committer = name && email ? { name, email } : undefined;
  return (await ask(fleet, machine, hostRows.prepare, { key, committer })).mirror;
}
