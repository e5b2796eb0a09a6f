import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import type { Finished } from "../../../system/exec.ts";
import { git, tryGit } from "../../../system/git/command.ts";
import { isAllElsewhere, stageAll } from "../../../system/git/commit-all.ts";
import { shellWord } from "../../../system/shell.ts";
import { type Fleet, gitAt, gitIn } from "../../fleet.ts";
import type { Work } from "../../review/content.ts";
import { unsavedFiles } from "../../worktree/branch.ts";
import { nameRepositories } from "../../worktree/commit-unsaved.ts";
import { requireCommittable, requireNothingInProgress } from "../../worktree/unfinished.ts";
import { commitTree, hookMilliseconds, signsCommits } from "./commit.ts";

interface HeadOptions {
  /** Commits unsaved work in the agent's worktree, as the user's git would. */
  readonly commit: boolean;
  readonly message?: string | undefined;
  /** The command that is to be typed again. */
  readonly verb: "merge" | "pr";
}

/**
 * The commit that has all of an agent's work. Throws FleetError `failed` when some of it is in no commit and is not to be put into one, and
 * while git is in the middle of something there.
 */
export async function savedHead(fleet: Fleet, work: Work, { commit, message, verb }: HeadOptions): Promise<string> {
  const { entry } = work;
  if (work.host === undefined && !work.killed) requireNothingInProgress(entry);
  if (work.unsaved === 0 || work.killed) return work.head;
  if (!commit) {
    throw new FleetError("failed", `${entry.branch} has ${unsavedFiles(work.unsaved)}, which would not go in`, {
      hint: `to put them on its branch first, run fleet ${verb} --commit ${shellWord(entry.branch)}`,
    });
  }
  if (work.host !== undefined) return committedHere(fleet, work, message ?? standardMessage(work));
  await requireCommittable(fleet, entry);
  const place = gitIn(fleet, entry);
  const all = await stageAll(place);
  nameRepositories(fleet, entry, all);
  if (await isAllElsewhere(place, all)) return work.head;
  const committed = await tryGit(place, ["commit", "--quiet", "--file=-"], {
    input: message ?? standardMessage(work),
    timeoutMilliseconds: hookMilliseconds,
    cancelled: fleet.cancelled,
  });
  fleet.cancelled.throwIfAborted();
  if (committed.exitCode !== 0) throw notCommitted(entry, committed);
  return (await git(place, ["rev-parse", "HEAD"])).trim();
}

/** A hook, or what signs, is against it. What was staged for the commit stays staged, as git leaves it. */
function notCommitted({ branch, worktree }: AgentEntry, { stderr, stdout, timedOut }: Finished): FleetError {
  const why = timedOut ? "could not be committed: a hook took too long" : "could not be committed";
  return new FleetError("failed", `the unsaved work of ${branch} ${why}`, {
    output: stderr || stdout,
    hint: `to commit it yourself, run git -C ${shellWord(worktree)} commit`,
  });
}

/** On the machine of the agent nothing is committed: the commit on top of its last one is here alone. */
async function committedHere(fleet: Fleet, { entry, commit, head }: Work, message: string): Promise<string> {
  // The commit has to outlive the look.
  const place = gitAt(fleet, entry.repo);
  return commitTree(place, { tree: `${commit}^{tree}`, parents: [head], message, signs: await signsCommits(place) });
}

function standardMessage({ entry }: Work): string {
  return `Work of ${entry.branch}\n`;
}
