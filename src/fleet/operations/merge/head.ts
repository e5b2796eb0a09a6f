import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { git } from "../../../system/git/command.ts";
import { stageAll } from "../../../system/git/commit-all.ts";
import { shellWord } from "../../../system/shell.ts";
import { gitIn } from "../../fleet.ts";
import { contentOf, type Look } from "../../review/content.ts";
import { hookMilliseconds } from "./commit.ts";

interface HeadOptions {
  /** Commits unsaved work in the agent's worktree, as the user's git would. */
  readonly commit: boolean;
  readonly message?: string | undefined;
  /** The command that is to be typed again. */
  readonly verb: "merge" | "pr";
}

/**
 * The commit that has all of an agent's work. Throws FleetError `failed` when some of it is in no commit, and is not to be put into one.
 */
export async function savedHead(
  look: Look,
  entry: AgentEntry,
  { commit, message, verb }: HeadOptions,
): Promise<string> {
  const content = await contentOf(look, entry);
  if (content.unsaved === 0 || content.killed) return content.head;
  if (!commit) {
    throw new FleetError("failed", `${entry.branch} has ${content.unsaved} unsaved files, which would not go in`, {
      hint: `to put them on its branch first, run fleet ${verb} --commit ${shellWord(entry.branch)}`,
    });
  }
  const place = gitIn(look.fleet, entry);
  await stageAll(place);
  await git(place, ["commit", "--quiet", "--file=-"], {
    input: message ?? `Work of ${entry.branch}\n`,
    timeoutMilliseconds: hookMilliseconds,
  });
  return (await git(place, ["rev-parse", "HEAD"])).trim();
}
