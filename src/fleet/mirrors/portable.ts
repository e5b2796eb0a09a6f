import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { shellWord } from "../../system/shell.ts";
import { type Fleet, gitIn, settingsFor } from "../fleet.ts";
import { ignoredFiles } from "../worktree/ignored-files.ts";
import { repositoriesInside } from "../worktree/repositories-inside.ts";

/**
 * Finds what an agent has that no commit can carry to another machine, though somebody will miss it: repositories of their own in its
 * worktree, submodules that are checked out among them, and the ignored files that `keep_ignored` names.
 * @throws {FleetError} `failed`, with all of it by name
 */
export async function requirePortable(fleet: Fleet, entry: AgentEntry): Promise<void> {
  const { wanted } = await ignoredFiles(gitIn(fleet, entry), settingsFor(fleet, entry.repo));
  const left = [
    ...repositoriesInside(entry.worktree),
    ...wanted.map((path) => `${path}, an ignored file that keep_ignored names`),
  ];
  if (left.length === 0) return;
  const more = left.length > 3 ? ` and ${left.length - 3} more` : "";
  const text = `cannot take along to another machine: ${left.slice(0, 3).join("; ")}${more}`;
  throw new FleetError("failed", `${entry.branch} ${text}`, {
    code: "not-portable",
    hint: `to have it taken away or committed, run fleet prompt ${shellWord(entry.branch)} TEXT; a submodule goes with git submodule deinit PATH`,
  });
}
