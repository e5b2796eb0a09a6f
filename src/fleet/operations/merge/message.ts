import type { AgentEntry } from "../../../state/entry.ts";
import { type GitPlace, git } from "../../../system/git/command.ts";

/**
 * The message of a squashed commit, from those that go into it: the only one as it is; of several the first line of the first, and below
 * it all of their first lines.
 */
export async function squashMessage(
  place: GitPlace,
  { branch }: AgentEntry,
  target: string,
  head: string,
): Promise<string> {
  const text = await git(place, ["log", "--reverse", "--no-merges", "--format=%B%x00", `${target}..${head}`]);
  const messages = text
    .split("\0")
    .map((message) => message.trim())
    .filter(Boolean);
  const [first, ...others] = messages;
  if (first === undefined) return `${branch}\n`;
  if (others.length === 0) return `${first}\n`;
  const titles = messages.map((message) => message.split("\n")[0] ?? "");
  return `${titles[0]}\n\n${titles.map((title) => `- ${title}`).join("\n")}\n`;
}
