import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { branchesAt } from "../../system/git/branches.ts";
import type { GitPlace } from "../../system/git/command.ts";
import { discoverRepository, type Repository } from "../../system/git/repository.ts";
import { type Fleet, gitAt } from "../fleet.ts";

/** The branch that work goes into. */
export interface Target {
  readonly branch: string;
  readonly commit: string;
  /** Where it is checked out, if anywhere. */
  readonly worktree: string | undefined;
}

/**
 * The branch that the work of an agent goes into: the one that is named, else the one it was started from, else what the main checkout
 * is on. Throws FleetError `failed` when there is no such branch.
 */
export async function targetOf(
  fleet: Fleet,
  repository: Repository,
  entry: AgentEntry | undefined,
  into?: string,
): Promise<Target> {
  const found = await findTarget(fleet, repository, entry, into);
  if (found !== undefined) return found;
  if (into !== undefined) throw noBranch(repository, into);
  throw new FleetError("failed", `no branch is checked out in ${repository.root}`, {
    hint: "to say which branch is meant, add --into BRANCH",
  });
}

/** The branch that work would be merged into; `undefined` when there is none. */
async function findTarget(
  fleet: Fleet,
  repository: Repository,
  entry: AgentEntry | undefined,
  into?: string,
): Promise<Target | undefined> {
  const place = gitAt(fleet, repository.root);
  const named = await targetNamed(place, into === undefined ? entry?.base_branch : into.replace(/^refs\/heads\//, ""));
  if (named !== undefined || into !== undefined || repository.bare) return named;
  return targetNamed(place, (await discoverRepository(place))?.head?.branch);
}

async function targetNamed(place: GitPlace, name: string | undefined): Promise<Target | undefined> {
  if (name === undefined || name === "HEAD") return undefined;
  const branch = (await branchesAt(place, [name])).get(name);
  return branch === undefined ? undefined : { branch: name, commit: branch.commit, worktree: branch.worktree };
}

function noBranch({ root }: Repository, name: string): FleetError {
  return new FleetError("failed", `there is no branch ${name} in ${root}`, {
    hint: "to see the branches, run git branch",
  });
}

/**
 * The branches that the work of agents would go into; each is looked up once. Throws FleetError `failed` when the one that is named is not
 * there.
 */
export async function targetsOf(
  { fleet, repository }: { readonly fleet: Fleet; readonly repository: Repository },
  entries: readonly AgentEntry[],
  into?: string,
): Promise<(entry: AgentEntry) => Target | undefined> {
  const different = [...new Map(entries.map((entry) => [entry.base_branch, entry])).values()];
  const found = await Promise.all(different.map((entry) => findTarget(fleet, repository, entry, into)));
  if (into !== undefined && found.includes(undefined)) throw noBranch(repository, into);
  const known = new Map(different.map((entry, index) => [entry.base_branch, found[index]]));
  return ({ base_branch: name }) => known.get(name);
}
