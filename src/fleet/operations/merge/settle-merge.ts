import { statSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import type { Operation } from "../../../state/journal.ts";
import { writeMerged } from "../../../state/merged.ts";
import { agentFiles } from "../../../state/places.ts";
import { exists, makePrivateDirectory, realPath, removeTree } from "../../../system/files.ts";
import { tipOf } from "../../../system/git/advance.ts";
import { type GitPlace, git } from "../../../system/git/command.ts";
import { workingDirectoryOf } from "../../../system/processes/proc.ts";
import { processStarts, readProcessTable } from "../../../system/processes/table.ts";
import { shellWord } from "../../../system/shell.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet.ts";

/** How long a git that outlived its `fleet` may take to end. */
const patienceMilliseconds = 5000;

/**
 * Ends a merge that was interrupted: when the branch has moved it is done; when it has not, files that git had changed in the checkout
 * already get back their content of before. Throws FleetError `failed` when a file there is neither as before nor as merged.
 */
export async function settleMerge(fleet: Fleet, { agents, merge }: Operation): Promise<void> {
  const [entry] = agents;
  if (merge === undefined || entry === undefined) return;
  const { worktree, ...merged } = merge;
  const place = gitAt(fleet, worktree ?? entry.repo);
  if (worktree !== null) await untilUnlocked(place, merged.at);
  if ((await tipOf(place, `refs/heads/${merged.target}`)) === merged.new) {
    writeMerged(statePlaces(fleet), entry.id, merged);
    fleet.report({ kind: "note", text: `${entry.branch}: its merge was interrupted; it is in ${merged.target}` });
    return;
  }
  if (worktree !== null) await putBack(place, merged.old, merged.new, scratchIndex(fleet, entry));
  fleet.report({
    kind: "note",
    text: `${entry.branch}: its merge was interrupted; ${merged.target} is as before; run fleet merge again`,
  });
}

function scratchIndex(fleet: Fleet, { id }: AgentEntry): string {
  const { directory } = agentFiles(statePlaces(fleet), id);
  makePrivateDirectory(directory);
  return join(directory, `index-${process.pid}`);
}

/**
 * The lock may be one of the merge, of a git that still runs or has died, or of the user. One that is younger than the merge while no git
 * runs there is of a git that died: it holds up everything in this checkout, and nobody will ever take it away.
 */
async function untilUnlocked(place: GitPlace, since: string): Promise<void> {
  const admin = (await git(place, ["rev-parse", "--absolute-git-dir"])).trimEnd();
  const lock = join(admin, "index.lock");
  const deadline = performance.now() + patienceMilliseconds;
  while (exists(lock)) {
    if (performance.now() > deadline) {
      if (await isOfDeadGit(place.directory, lock, since)) return removeTree(lock);
      throw new FleetError("failed", `git is at work in ${place.directory}, or has died there: ${lock}`, {
        hint: `when no git runs there any more, run rm ${shellWord(lock)}`,
      });
    }
    await Bun.sleep(20);
  }
}

async function isOfDeadGit(checkout: string, lock: string, since: string): Promise<boolean> {
  const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
  if (made === undefined || made < Date.parse(since)) return false;
  const table = await readProcessTable();
  const gits = [...table.values()].filter(({ name, zombie }) => !zombie && /^git\b/.test(name));
  const root = realPath(checkout) ?? checkout;
  const mayBeThere = gits.filter(({ pid }) => {
    const directory = workingDirectoryOf(pid);
    return directory === undefined || directory === root || directory.startsWith(`${root}/`);
  });
  // On a busy machine a git often ends between two looks, and its directory cannot be told then.
  return (await processStarts(mayBeThere.map(({ pid }) => pid))).size === 0;
}

async function putBack(place: GitPlace, old: string, merged: string, scratch: string): Promise<void> {
  const text = await git(place, ["diff-tree", "-r", "-z", "--no-renames", "--name-only", old, merged]);
  const paths = text.split("\0").filter(Boolean);
  const unlikeOld = await pathsUnlike(place, old, paths, scratch);
  const unlikeNew = await pathsUnlike(place, merged, paths, scratch);
  const strange = paths.filter((path) => unlikeOld.has(path) && unlikeNew.has(path));
  if (strange.length > 0) {
    throw new FleetError("failed", `files in ${place.directory} are neither as before the merge nor as after it`, {
      output: strange.join("\n"),
      hint: `to see them, run git -C ${shellWord(place.directory)} status`,
    });
  }
  const touched = paths.filter((path) => unlikeOld.has(path));
  const before = new Set((await git(place, ["ls-tree", "-r", "-z", "--name-only", old])).split("\0"));
  const lost = touched.filter((path) => before.has(path));
  for (const path of touched.filter((each) => !before.has(each))) removeTree(join(place.directory, path));
  if (lost.length > 0) {
    const names = lost.map((path) => `:(literal,top)${path}`);
    await git(place, ["restore", `--source=${old}`, "--worktree", "--staged", "--", ...names]);
  }
}

/** Those of the paths where a file is not as in a commit, or is there though the commit has none; `scratch` is for an index. */
async function pathsUnlike(
  place: GitPlace,
  commit: string,
  paths: readonly string[],
  scratch: string,
): Promise<Set<string>> {
  const apart = { ...place, index: scratch };
  try {
    await git(apart, ["read-tree", commit]);
    const changed = await git(apart, ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff"]);
    const known = new Set((await git(apart, ["ls-files", "-z"])).split("\0"));
    const unlike = new Set(changed.split("\0"));
    const isThere = (path: string) => exists(join(place.directory, path));
    return new Set(paths.filter((path) => (known.has(path) ? unlike.has(path) : isThere(path))));
  } finally {
    removeTree(scratch);
  }
}
