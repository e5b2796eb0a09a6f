import { join } from "node:path";
import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { beginOperation, readJournal } from "../../../state/journal.ts";
import { type Merged, writeMerged } from "../../../state/merged.ts";
import { exists, readTextIfExists, writePrivateFile } from "../../../system/files.ts";
import { advanceBranch, tipOf } from "../../../system/git/advance.ts";
import { type GitPlace, git, tryGit } from "../../../system/git/command.ts";
import { mergeTrees } from "../../../system/git/merge-tree.ts";
import { requireMergeTree } from "../../../system/git/version.ts";
import { withLock } from "../../../system/lock.ts";
import { shellWord } from "../../../system/shell.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock, statePlaces } from "../../fleet.ts";
import { type Look, looking, workOf } from "../../review/content.ts";
import { type Target, targetOf } from "../../review/target.ts";
import { journalled } from "../journalled.ts";
import { commitTree, hookMilliseconds, signsCommits } from "./commit.ts";
import { MergeConflict } from "./conflict.ts";
import { savedHead } from "./head.ts";
import type { Ingredients } from "./ingredients.ts";
import { commitsBeyond, squashMessage } from "./message.ts";
import type { MergeOptions } from "./options.ts";
import { putBackRefused } from "./put-back.ts";
import { rebased } from "./rebase.ts";
import { requireNotRebased } from "./rebased.ts";
import { settleMerge } from "./settle-merge.ts";
import { warnOfUnsharedSubmodules } from "./unshared-submodules.ts";

/** A merge that is done. */
export interface MergeDone {
  readonly entry: AgentEntry;
  readonly merged: Merged;
  /** All of it was in the target already. */
  readonly nothing: boolean;
}

/**
 * Merges the work of an agent: all of it or nothing. Conflicts never reach a checkout, and unsaved work in the target's checkout stays as
 * it is. Throws FleetError `failed` for conflicts, which names the files, for unsaved work of the agent, and for what is in the way.
 */
export async function mergeAgent(fleet: Fleet, entry: AgentEntry, options: MergeOptions): Promise<MergeDone> {
  const places = statePlaces(fleet);
  const id = crypto.randomUUID().slice(0, 8);
  // First without a plan: what dies while it waits for the lock is cleared by whoever settles it.
  const operation = await beginOperation(places, { id, kind: "merge", agents: [entry], new_branches: [] });
  return journalled(fleet, operation, {
    body: () =>
      looking(fleet, entry.repo, (look) => {
        const lock = repositoryLock(look.repository.commonDirectory);
        return withLock(lock, lockOptions(fleet), () => mergeOnce(look, id, entry, options));
      }),
    takeBack: () => takeBack(fleet, entry, id),
  });
}

async function takeBack(fleet: Fleet, entry: AgentEntry, id: string): Promise<void> {
  const noted = readJournal(statePlaces(fleet)).find((each) => each.id === id);
  if (noted?.merge === undefined) return;
  const { worktree, ...merge } = noted.merge;
  const tip = await tipOf(gitAt(fleet, entry.repo), `refs/heads/${merge.target}`);
  if (fleet.cancelled.aborted || tip === merge.new) return settleMerge(fleet, noted);
  if (worktree !== null && tip === merge.old) await putBackRefused(fleet, { ...merge, entry, worktree });
}

async function mergeOnce(look: Look, operation: string, entry: AgentEntry, options: MergeOptions): Promise<MergeDone> {
  const findTarget = () => targetOf(look.fleet, look.repository, entry, options.into);
  // While the agent's worktree is looked at, which takes the longest, the rest is asked for.
  const [work, found] = await Promise.all([workOf(look, entry), findTarget(), requireMergeTree(look.place)]);
  const head = await savedHead(look.fleet, work, { ...options, verb: "merge" });
  // Somebody may move the branch at the same time: then what was made is of no use, and it is made once more.
  for (let attempt = 1; ; attempt += 1) {
    const target = attempt === 1 ? found : await findTarget();
    const done = await attemptMerge(look, operation, { entry, target, head, options });
    if (done !== undefined) return done;
    if (attempt === 2) {
      throw new FleetError("failed", `${entry.branch}: the branch it goes into moves at the same time`, {
        hint: `to try again, run fleet merge ${shellWord(entry.branch)}`,
      });
    }
  }
}

/** `undefined` when the branch was moved by somebody else meanwhile. */
async function attemptMerge(
  look: Look,
  id: string,
  { entry, target, head, options }: Ingredients,
): Promise<MergeDone | undefined> {
  const { fleet, repository } = look;
  requireMovable(repository.commonDirectory, entry, target);
  const place = gitAt(fleet, target.worktree ?? repository.root);
  const made = await commitMade(look, place, { entry, target, head, options });
  const merged: Merged = {
    v: 1,
    target: target.branch,
    old: target.commit,
    new: made,
    head,
    at: new Date().toISOString(),
  };
  if (made === target.commit) return { entry, merged, nothing: true };
  fleet.cancelled.throwIfAborted();
  const places = statePlaces(fleet);
  const worktree = target.worktree ?? null;
  await beginOperation(places, {
    id,
    kind: "merge",
    agents: [entry],
    new_branches: [],
    merge: { ...merged, worktree },
  });
  const step = { branch: target.branch, from: target.commit, to: made, worktree: target.worktree };
  if ((await advanceBranch(place, step)) === "moved") return undefined;
  writeMerged(places, entry.id, merged);
  await warnOfUnsharedSubmodules(fleet, entry, gitAt(fleet, target.worktree ?? repository.root), merged);
  return { entry, merged, nothing: false };
}

function requireMovable(commonDirectory: string, entry: AgentEntry, { branch }: Target): void {
  if (branch === entry.branch) {
    throw new FleetError("failed", `${branch} cannot be merged into itself`, {
      hint: "to say which branch is meant, add --into BRANCH",
    });
  }
  requireNotRebased(commonDirectory, branch);
}

/** The commit that the target is to be at afterwards: where it is, when there is nothing to merge. */
function commitMade(look: Look, place: GitPlace, ingredients: Ingredients): Promise<string> {
  const { mode } = ingredients.options;
  return mode === "ff-only" || mode === "rebase"
    ? commitMovedTo(place, ingredients)
    : commitMerged(look, place, ingredients);
}

/** The commit that a branch without merge commits moves on to. */
async function commitMovedTo(place: GitPlace, { entry, target, head, options }: Ingredients): Promise<string> {
  const isIn = async (older: string, newer: string) =>
    (await tryGit(place, ["merge-base", "--is-ancestor", older, newer])).exitCode === 0;
  if (await isIn(head, target.commit)) return target.commit;
  if (await isIn(target.commit, head)) return head;
  if (options.mode === "rebase") return rebased(place, { entry, target, head, options });
  throw new FleetError(
    "failed",
    `${target.branch} has commits that ${entry.branch} has not, so it cannot just move on`,
    {
      hint: `to merge it as one commit, run fleet merge ${shellWord(entry.branch)}`,
    },
  );
}

/** One commit on top of the target that has all of the work, made as the user's git would. */
async function commitMerged(look: Look, place: GitPlace, ingredients: Ingredients): Promise<string> {
  const { entry, target, head, options } = ingredients;
  const [beyond, [outcome], settings] = await Promise.all([
    commitsBeyond(place, target.commit, head),
    mergeTrees(place, [[target.commit, head]]),
    settingsOf(place, target.commit),
  ]);
  if (beyond.nothing) return target.commit;
  if (outcome?.tree === undefined) {
    throw new FleetError("failed", `${entry.branch} and ${target.branch} have no common history`, {
      hint: `to see it, run git log --graph ${shellWord(entry.branch)} ${shellWord(target.branch)}`,
    });
  }
  if (!outcome.clean) {
    throw new MergeConflict(entry, options, { target: target.branch, files: outcome.conflicts });
  }
  await options.check?.(look, outcome.tree);
  const { hooks, signs } = settings;
  if (options.mode === "squash" && outcome.tree === settings.tree) return target.commit;
  const standard =
    options.mode === "squash"
      ? squashMessage(entry, beyond.messages)
      : `Merge branch '${entry.branch}' into ${target.branch}\n`;
  const said = options.message ?? standard;
  const message = hooks ? await throughHooks(look, place, outcome.tree, said) : said;
  const parents = options.mode === "squash" ? [target.commit] : [target.commit, head];
  return commitTree(place, { tree: outcome.tree, parents, message, signs });
}

interface CommitSettings {
  /** Of the commit that is asked about. */
  readonly tree: string;
  /** There may be hooks for a merge. */
  readonly hooks: boolean;
  /** The user signs commits. */
  readonly signs: boolean;
}

/** What a commit there has to mind, all at once: reading an index for hooks that are not there takes longer than all the rest. */
async function settingsOf(place: GitPlace, commit: string): Promise<CommitSettings> {
  const paths = ["pre-merge-commit", "commit-msg"].flatMap((name) => ["--git-path", `hooks/${name}`]);
  const [text, configured] = await Promise.all([
    git(place, ["rev-parse", "--path-format=absolute", `${commit}^{tree}`, ...paths]),
    tryGit(place, ["config", "--null", "--get-regexp", "^(hook\\.|commit\\.gpgsign$)"]),
  ]);
  const [tree = "", ...files] = text.trimEnd().split("\n");
  const settings = configured.stdout.split("\0").filter(Boolean);
  const signing = settings.filter((line) => /^commit\.gpgsign(?:\n|$)/.test(line));
  const hooks = settings.length > signing.length || files.some(exists);
  // What is a yes to git is for git to say, where there is anything to ask about.
  return { tree, hooks, signs: signing.length > 0 && (await signsCommits(place)) };
}

/** Runs the hooks that git would run for this commit, on an index that has what is committed, and returns the message they leave. */
async function throughHooks(look: Look, place: GitPlace, tree: string, message: string): Promise<string> {
  const index = join(look.scratch, "merge-index");
  const file = join(look.scratch, "message");
  writePrivateFile(file, message.endsWith("\n") ? message : `${message}\n`);
  const apart = { ...place, index };
  await git(apart, ["read-tree", tree]);
  for (const [name, ...words] of [["pre-merge-commit"], ["commit-msg", file]] as const) {
    const result = await tryGit(
      apart,
      ["hook", "run", "--ignore-missing", name, ...(words.length > 0 ? ["--", ...words] : [])],
      {
        timeoutMilliseconds: hookMilliseconds,
      },
    );
    if (result.exitCode === 0) continue;
    throw new FleetError("failed", `the hook ${name} refuses the merge; nothing was changed`, {
      output: result.stderr || result.stdout,
      hint: "to see where hooks are, run git rev-parse --git-path hooks",
    });
  }
  return readTextIfExists(file) ?? message;
}
