import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { type GitPlace, git, tryGit } from "../../../system/git/command.ts";
import { mergeTrees } from "../../../system/git/merge-tree.ts";
import { shellWord } from "../../../system/shell.ts";
import type { Target } from "../../review/target.ts";
import { commitTree, hookMilliseconds, signsCommits } from "./commit.ts";
import { MergeConflict } from "./conflict.ts";
import type { Ingredients } from "./ingredients.ts";

interface Original {
  readonly id: string;
  readonly parents: readonly string[];
  readonly author: { readonly name: string; readonly email: string; readonly date: string };
  readonly message: string;
}

/**
 * Makes the commits of an agent once more on top of the target, as `git rebase` would, but without a checkout: authors and messages are
 * kept, a commit whose change is in the target already is left out, the user signs where they sign. Returns the last one, which is the
 * target itself when nothing is left. Throws FleetError `failed` for merges among the commits, when the user's `pre-rebase` refuses, and
 * MergeConflict for the first commit that does not fit.
 */
export async function rebased(place: GitPlace, ingredients: Ingredients): Promise<string> {
  const { entry, target, head } = ingredients;
  const commits = await commitsOf(place, `${target.commit}..${head}`);
  if (commits.some(({ parents }) => parents.length !== 1)) {
    throw new FleetError("failed", `${entry.branch} has merges among its commits, which cannot be rebased`, {
      hint: `to merge it as one commit, run fleet merge ${shellWord(entry.branch)}`,
    });
  }
  await askHook(place, entry, target);
  const signs = await signsCommits(place);
  let tip = target.commit;
  for (const commit of commits) tip = await onto(place, ingredients, { tip, commit, signs });
  return tip;
}

async function commitsOf(place: GitPlace, range: string): Promise<Original[]> {
  const format = "--format=%H%x00%P%x00%an%x00%ae%x00%ad%x00%B%x00";
  const text = await git(place, ["log", "--reverse", "--topo-order", "--date=raw", format, range]);
  const words = text.split("\0");
  const commits: Original[] = [];
  for (let at = 0; at + 5 < words.length; at += 6) {
    const [id = "", parents = "", name = "", email = "", date = "", message = ""] = words.slice(at, at + 6);
    commits.push({
      id: id.trim(),
      parents: parents.split(" ").filter(Boolean),
      author: { name, email, date },
      message,
    });
  }
  return commits;
}

/** The only hook that a rebase has before its end. */
async function askHook(place: GitPlace, { branch }: AgentEntry, target: Target): Promise<void> {
  const words = ["hook", "run", "--ignore-missing", "pre-rebase", "--", target.branch, branch];
  const result = await tryGit(place, words, { timeoutMilliseconds: hookMilliseconds });
  if (result.exitCode === 0) return;
  throw new FleetError("failed", "the hook pre-rebase refuses; nothing was changed", {
    output: result.stderr || result.stdout,
    hint: "to see where hooks are, run git rev-parse --git-path hooks",
  });
}

interface Step {
  readonly tip: string;
  readonly commit: Original;
  readonly signs: boolean;
}

/** Merges the change of one commit: what its parent and it have in common stands in for what the tip has. */
async function onto(
  place: GitPlace,
  { entry, target, options }: Ingredients,
  { tip, commit, signs }: Step,
): Promise<string> {
  const { parents, author, message } = commit;
  const [parent = ""] = parents;
  const text = await git(place, ["rev-parse", `${tip}^{tree}`, `${parent}^{tree}`, `${commit.id}^{tree}`]);
  const [tree = "", before, after] = text.trim().split("\n");
  const standIn = (await git(place, ["commit-tree", tree, "-p", parent, "-m", "stand-in"])).trim();
  const [outcome] = await mergeTrees(place, [[standIn, commit.id]]);
  if (outcome?.tree === undefined || !outcome.clean) {
    const at = commit.id.slice(0, 7);
    throw new MergeConflict(entry, options, { target: target.branch, files: outcome?.conflicts ?? [], at });
  }
  // One that was empty from the beginning is kept, as git does.
  if (outcome.tree === tree && before !== after) return tip;
  const as = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: `@${author.date}`,
  };
  const named = { ...place, environment: { ...place.environment, ...as } };
  return commitTree(named, { tree: outcome.tree, parents: [tip], message, signs });
}
