import { FleetError } from "../../errors.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet/fleet.ts";
import type { AgentRequest } from "../../fleet/operations/create/request.ts";
import { awayAgents } from "../../state/away.ts";
import { branchesAt, resolveCommit } from "../../system/git/branches.ts";
import type { Repository } from "../../system/git/repository.ts";
import { shellWord } from "../../system/shell.ts";
import type { Field } from "./survey.ts";

/** A commit that agents start from. */
export interface Base {
  readonly commit: string;
  /** `undefined` for a commit that has no name of a branch. */
  readonly name: string | undefined;
}

/** What each revision that requests start from is here. Throws FleetError for what is none, and for names that are taken. */
export async function basesOf(
  fleet: Fleet,
  { repository, taken }: Field,
  requests: readonly AgentRequest[],
): Promise<ReadonlyMap<string | undefined, Base>> {
  const names = requests.map(({ branch }) => branch);
  const local = await branchesAt(gitAt(fleet, repository.commonDirectory), names);
  const inTheWay = names.filter((name) => local.has(name) || taken.includes(name));
  if (inTheWay.length > 0) throw namesTaken(fleet, repository, { names, inTheWay });
  const revisions = [...new Set(requests.map(({ from }) => from))];
  return new Map(
    await Promise.all(revisions.map(async (from) => [from, await baseOf(fleet, repository, from)] as const)),
  );
}

/** Names the host of each agent that is there already: a command whose link was cut may have made it. */
function namesTaken(
  fleet: Fleet,
  { root }: Repository,
  { names, inTheWay }: { readonly names: readonly string[]; readonly inTheWay: readonly string[] },
): FleetError {
  const away = awayAgents(statePlaces(fleet)).filter(({ entry }) => entry.repo === root);
  const hosts = new Map(away.map(({ entry, host }) => [entry.branch, host]));
  const lines = inTheWay.map((name) => {
    const host = hosts.get(name);
    return host === undefined ? name : `${name}: an agent on ${host} already`;
  });
  const there = inTheWay.find((name) => hosts.has(name));
  const others = "to see which there are, run fleet list; then choose others";
  const taken = names.length === 1 ? "the name is" : `${inTheWay.length} of the ${names.length} names are`;
  return new FleetError("failed", `${taken} taken, so nothing was made`, {
    code: "names-taken",
    output: lines.join("\n"),
    hint:
      there === undefined
        ? others
        : `to go to the one that is there, run fleet attach ${shellWord(there)}; else choose another name`,
  });
}

async function baseOf(fleet: Fleet, repository: Repository, from: string | undefined): Promise<Base> {
  const revision = from ?? fleet.settings.config.default_base;
  if (revision === "HEAD") {
    const { head } = repository;
    if (head !== undefined) return { commit: head.commit, name: head.branch === "HEAD" ? undefined : head.branch };
  }
  const place = gitAt(fleet, repository.bare ? repository.root : fleet.directory);
  const commit = await resolveCommit(place, revision);
  if (commit !== undefined) return { commit, name: revision };
  throw new FleetError("failed", `there is no commit called ${revision} here`, {
    hint: "to see the branches there are, run git branch --all; to get what a remote has, run git fetch",
  });
}
