import { dirname } from "node:path";
import { FleetError } from "../../../errors.ts";
import { otherFleetOf, readMark } from "../../../state/marks.ts";
import type { Branch } from "../../../system/git/branches.ts";
import { branchesInProgress } from "../../../system/git/in-progress.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { adminDirectory } from "../../../system/git/worktrees.ts";
import { shellWord } from "../../../system/shell.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import type { Draft } from "../../life/plan.ts";
import type { AgentRequest } from "./request.ts";
import type { Surroundings } from "./surroundings.ts";

/** The commit that an agent starts from, and what it is to the agent's branch. */
export type StartingPoint = Pick<Draft, "base" | "baseName" | "adopted" | "upstream">;

/**
 * The commit that a request starts from: that of its branch where there is one, of the branch of a remote that its name means, or of the
 * revision that is named. Throws FleetError `failed` when there is none, or when the branch cannot be made or taken.
 */
export function startingPoint(
  { fleet, config, repository, branches, remote, commits }: Surroundings,
  request: AgentRequest,
): StartingPoint {
  const existing = branches.get(request.branch);
  if (existing !== undefined) return adoptedBranch(fleet, repository, existing, request);
  requireFreeName(request.branch, [...branches.keys()]);
  const elsewhere = request.from === undefined && !request.mustBeNew ? remoteBranch(request.branch, remote) : undefined;
  if (elsewhere !== undefined) {
    return { base: elsewhere.commit, baseName: elsewhere.name, adopted: false, upstream: elsewhere.ref };
  }
  const revision = request.from ?? config.default_base;
  const named = commits.get(revision);
  if (revision !== "HEAD" && (named !== undefined || repository.head !== undefined)) {
    return namedRevision(revision, named, request.fromName);
  }
  if (repository.head === undefined) {
    throw new FleetError("failed", `${repository.root} has no commit yet, so there is nothing to start from`, {
      hint: "to make one, run git commit --allow-empty -m start",
    });
  }
  return { base: repository.head.commit, baseName: repository.head.branch, adopted: false };
}

function adoptedBranch(fleet: Fleet, repository: Repository, branch: Branch, request: AgentRequest): StartingPoint {
  if (request.mustBeNew) {
    throw new FleetError("failed", `the branch ${branch.name} exists already`, {
      hint: `to let the agent work on it, run fleet create ${shellWord(branch.name)} without --new`,
    });
  }
  if (request.from !== undefined) {
    throw new FleetError(
      "failed",
      `the branch ${branch.name} exists already, so it cannot start from ${request.from}`,
      {
        hint: `to let the agent work on it as it is, run fleet create ${shellWord(branch.name)} without --from`,
      },
    );
  }
  if (branch.worktree !== undefined) {
    requireNoOtherFleet(fleet, branch.name, branch.worktree);
    throw new FleetError("failed", `the branch ${branch.name} is checked out in ${branch.worktree}`, {
      hint:
        `to start from it, run fleet create BRANCH --from ${shellWord(branch.name)}; ` +
        `to free it, run git -C ${shellWord(branch.worktree)} switch --detach`,
    });
  }
  requireNothingInProgress(repository, branch.name);
  return { base: branch.commit, baseName: branch.name, adopted: true };
}

/** While git is in the middle of something with a branch it does not say that the branch is checked out, and gives it to nobody else. */
function requireNothingInProgress(repository: Repository, branch: string): void {
  const worktree = branchesInProgress(repository).get(branch);
  if (worktree === undefined) return;
  throw new FleetError("failed", `the branch ${branch} is in the middle of a rebase or a bisect in ${worktree}`, {
    hint:
      `to start from it, run fleet create BRANCH --from ${shellWord(branch)}; ` +
      `to see how to end that, run git -C ${shellWord(worktree)} status`,
  });
}

/** The branch of a remote that a name means, as git itself would take it. Throws FleetError when the name does not say which. */
function remoteBranch(name: string, remote: Surroundings["remote"]): Surroundings["remote"][number] | undefined {
  const named = remote.find((each) => each.name === name);
  if (named !== undefined) {
    throw new FleetError(
      "failed",
      `${name} is the branch ${named.branch} of a remote, and no name for a branch of your own`,
      { hint: `to work on it, run fleet create ${shellWord(named.branch)}` },
    );
  }
  const [only, ...others] = remote.filter(({ branch }) => branch === name);
  if (only === undefined || others.length === 0) return only;
  const names = [only, ...others].map((each) => each.name);
  throw new FleetError("failed", `several remotes have a branch ${name}: ${names.join(", ")}`, {
    hint: `to say which, add --from ${shellWord(only.name)}`,
  });
}

/** To free the branch would be to take it from an agent that works on it. */
function requireNoOtherFleet(fleet: Fleet, branch: string, worktree: string): void {
  const admin = adminDirectory(worktree);
  const mark = admin === undefined ? undefined : readMark(admin);
  const other = admin === undefined || mark === undefined ? undefined : otherFleetOf(admin, mark, statePlaces(fleet));
  if (other === undefined) return;
  throw new FleetError("failed", `${branch} has an agent of another fleet, whose agents are in ${other}`, {
    hint: `to see it, run AI_FLEET_HOME=${shellWord(dirname(other))} fleet list`,
  });
}

function requireFreeName(name: string, others: readonly string[]): void {
  const inTheWay = others.find((other) => name.startsWith(`${other}/`) || other.startsWith(`${name}/`));
  if (inTheWay === undefined) return;
  throw new FleetError("failed", `git cannot keep a branch ${name} beside the branch ${inTheWay}`, {
    hint: `to rename that one, run git branch -m ${inTheWay} NEW-NAME`,
  });
}

/** A branch that is named in whole is remembered by its name, under which work goes back into it. */
function namedRevision(
  revision: string,
  commit: string | undefined,
  name = revision.replace(/^(?:refs\/)?heads\//, ""),
): StartingPoint {
  if (commit !== undefined) return { base: commit, baseName: name, adopted: false };
  throw new FleetError("failed", `there is no commit called ${revision} here`, {
    hint: "to see the branches there are, run git branch --all; to get what a remote has, run git fetch",
  });
}
