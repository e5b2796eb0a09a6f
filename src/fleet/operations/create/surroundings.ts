import type { Config } from "../../../config/config.ts";
import { FleetError } from "../../../errors.ts";
import { type AwayAgent, awayAgents } from "../../../state/away.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { type Branch, type BranchesAround, branchesAround, resolveCommit } from "../../../system/git/branches.ts";
import type { GitPlace } from "../../../system/git/command.ts";
import { requireOwnSettings } from "../../../system/git/own-work-tree.ts";
import { branchesAndTags } from "../../../system/git/ref-names.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { shellWord } from "../../../system/shell.ts";
import { branchNameProblem, enclosingNames } from "../../choose/branch-names.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet.ts";
import type { AgentRequest } from "./request.ts";

/** What requests are checked against, gathered once for all of them. */
export interface Surroundings {
  readonly fleet: Fleet;
  readonly config: Config;
  readonly repository: Repository;
  readonly entries: readonly AgentEntry[];
  /** Agents on other machines. */
  readonly away: readonly AwayAgent[];
  /** The branches that exist with the requested names, around and below them. */
  readonly branches: ReadonlyMap<string, Branch>;
  readonly remote: BranchesAround["remote"];
  /** The commits of the revisions that are named; `undefined` where there is none. */
  readonly commits: ReadonlyMap<string, string | undefined>;
}

/** Looks up what requests are checked against: one question to git for all names, and one for each revision that is named. */
export async function surroundingsOf(
  fleet: Fleet,
  repository: Repository,
  { config, entries }: Pick<Surroundings, "config" | "entries">,
  requests: readonly AgentRequest[],
): Promise<Surroundings> {
  const bases = [...new Set(requests.map(({ from }) => from ?? config.default_base))];
  const local = new Set(bases.map((name) => (name === "HEAD" ? (repository.head?.branch ?? name) : name)));
  const common = gitAt(fleet, repository.commonDirectory);
  const place = gitAt(fleet, repository.bare ? repository.root : fleet.directory);
  await requireOwnSettings(common, repository.commonDirectory);
  const [{ local: branches, remote, behind }, commits] = await Promise.all([
    branchesAround(common, namesAround(requests), [...local]),
    commitsOf(
      place,
      bases.filter((name) => name !== "HEAD"),
    ),
  ]);
  // A branch that is there is taken as it is.
  if (requests.some(({ branch }) => !branches.has(branch))) warnOfOldBases(fleet, behind);
  await requireOneMeaning(place, repository, commits);
  return { fleet, config, repository, entries, away: awayAgents(statePlaces(fleet)), branches, remote, commits };
}

/** The names that are asked for, and those that would be in their way. */
function namesAround(requests: readonly AgentRequest[]): string[] {
  const names = requests.map(({ branch }) => branch).filter((branch) => branchNameProblem(branch) === undefined);
  return [...new Set(names.flatMap((name) => [name, ...enclosingNames(name)]))];
}

async function commitsOf(place: GitPlace, revisions: readonly string[]): Promise<Surroundings["commits"]> {
  return new Map(
    await Promise.all(revisions.map(async (revision) => [revision, await resolveCommit(place, revision)] as const)),
  );
}

function warnOfOldBases(fleet: Fleet, behind: BranchesAround["behind"]): void {
  for (const [name, { upstream, commits: count }] of behind) {
    const commitsBehind = count === 1 ? "1 commit" : `${count} commits`;
    const text = `${name} is ${commitsBehind} behind ${upstream}; to start there, add --from ${shellWord(upstream)}`;
    fleet.report({ kind: "warning", text });
  }
}

/** git takes the tag where a branch is called the same, and who starts agents means the branch: that is not guessed. Throws FleetError `failed`. */
async function requireOneMeaning(
  place: GitPlace,
  { commonDirectory }: Repository,
  commits: Surroundings["commits"],
): Promise<void> {
  if (commits.size === 0) return;
  const refs = branchesAndTags(commonDirectory) ?? {};
  const both = [...commits].filter(([name]) => `refs/heads/${name}` in refs && `refs/tags/${name}` in refs);
  for (const [name, commit] of both) {
    if ((await resolveCommit(place, `refs/heads/${name}`)) === commit) continue;
    throw new FleetError("failed", `${name} is a branch and a tag, which are at different commits`, {
      hint: `to say which, add --from ${shellWord(`heads/${name}`)} or --from ${shellWord(`tags/${name}`)}`,
    });
  }
}
