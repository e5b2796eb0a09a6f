import type { AgentEntry } from "../../../state/entry.ts";
import { type GitPlace, git } from "../../../system/git/command.ts";

/** What one commit has that another has not. */
export interface Beyond {
  /** There is nothing. */
  readonly nothing: boolean;
  /** The messages of those commits that are no merges, the oldest first. */
  readonly messages: readonly string[];
}

/** The commits that `head` has and `target` has not. Throws FleetError `failed` with git's words. */
export async function commitsBeyond(place: GitPlace, target: string, head: string): Promise<Beyond> {
  const words = ["--reverse", "--no-show-signature", "--format=%P%x00%B%x00"];
  const text = await git(place, ["log", ...words, `${target}..${head}`]);
  const parts = text.split("\0").map((part) => part.trim());
  const messages = parts.filter((_, index) => index % 2 === 1 && !parts[index - 1]?.includes(" "));
  return { nothing: text === "", messages: messages.filter(Boolean) };
}

/**
 * The message of a squashed commit, from those that go into it: the only one as it is; of several the first line of the first, and below
 * it all of their first lines.
 */
export function squashMessage({ branch }: AgentEntry, messages: readonly string[]): string {
  const [first, ...others] = messages;
  if (first === undefined) return `${branch}\n`;
  if (others.length === 0) return `${first}\n`;
  const titles = messages.map((message) => message.split("\n")[0] ?? "");
  return `${titles[0]}\n\n${titles.map((title) => `- ${title}`).join("\n")}\n`;
}
