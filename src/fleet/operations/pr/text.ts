import { type GitPlace, git } from "../../../system/git/command.ts";
import type { Fleet } from "../../fleet.ts";
import type { Work } from "../../review/content.ts";
import { lastReply } from "../../watch/transcript.ts";

/** What a pull request says. */
export interface PullText {
  readonly title: string;
  readonly body: string;
}

/** Forges take no longer ones. */
const [longestTitle, longestBody] = [250, 60_000];

/**
 * The title and text of a pull request, from the commits that go in, and from what the agent said at its end: the only commit as it is;
 * of several the first line of the first, and in the text all of their first lines.
 */
export async function standardText(
  fleet: Fleet,
  place: GitPlace,
  { entry, told }: Pick<Work, "entry"> & { readonly told: Work["told"] },
  range: string,
): Promise<PullText> {
  const text = await git(place, ["log", "--reverse", "--no-merges", "--format=%B%x00", range]);
  const messages = text
    .split("\0")
    .map((message) => message.trim())
    .filter(Boolean);
  const titles = messages.map((message) => message.split("\n")[0] ?? "");
  const [only, ...others] = messages;
  const body =
    others.length > 0 ? titles.map((title) => `- ${title}`).join("\n") : (only ?? "").split("\n").slice(1).join("\n");
  const said = told?.last_words ?? lastReply(fleet, entry).trim();
  const parts = [body.trim(), said].filter((part) => part !== "");
  return fitting({ title: titles[0] ?? entry.branch, body: parts.join("\n\n") });
}

/** A text that forges take: the title one line, neither too long, nothing in it that is no text. */
export function fitting({ title, body }: PullText): PullText {
  const line = title
    .replace(/\s+/g, " ")
    .replace(/\p{Cc}/gu, "")
    .trim();
  const clean = body
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\n\t]/gu, "")
    .trim();
  return { title: cutTo(line, longestTitle), body: cutTo(clean, longestBody) };
}

function cutTo(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
