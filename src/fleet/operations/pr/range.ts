import { FleetError } from "../../../errors.ts";
import { tipOf } from "../../../system/git/advance.ts";
import { git } from "../../../system/git/command.ts";
import type { Remote } from "../../../system/git/remotes.ts";
import { shellWord } from "../../../system/shell.ts";
import type { PullWork } from "./work.ts";

/** The branch on the forge that work goes into: the one the user says, else the one the agent was started from, where there is one. */
export async function baseBranch({ place, entry, options }: PullWork, remote: Remote, usual: string): Promise<string> {
  if (options.into !== undefined) return options.into.replace(/^refs\/heads\//, "");
  const started = entry.base_branch?.replace(
    new RegExp(`^(?:refs/remotes/|refs/heads/)?(?:${RegExp.escape(remote.name)}/)?`),
    "",
  );
  if (started === undefined || started === "HEAD") return usual;
  return (await tipOf(place, `refs/remotes/${remote.name}/${started}`)) === undefined ? usual : started;
}

/** The commits that go in. Throws FleetError `failed` when there are none. */
export async function rangeOf({ place, entry, head }: PullWork, remote: Remote, base: string): Promise<string> {
  const known = (await tipOf(place, `refs/remotes/${remote.name}/${base}`)) ?? entry.base;
  const range = `${known}..${head}`;
  if (Number(await git(place, ["rev-list", "--count", range])) > 0) return range;
  throw new FleetError("failed", `${entry.branch} has no commits that ${base} has not`, {
    hint: `to see what it has done, run fleet diff ${shellWord(entry.branch)}`,
  });
}
