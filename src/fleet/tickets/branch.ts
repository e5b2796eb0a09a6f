import type { Ticket } from "../../model/ticket.ts";
import { branchNameProblem } from "../choose/branch-names.ts";

const longestSlug = 40;

/**
 * The branch for a ticket, by a pattern with `{key}`, `{number}`, `{slug}` and `{tracker}`: always one that git accepts. What a ticket
 * brings are letters, digits and single dashes.
 */
export function ticketBranch(
  pattern: string,
  { key, tracker, title }: Pick<Ticket, "key" | "tracker" | "title">,
): string {
  const number = /(\d+)$/.exec(key)?.[1] ?? "";
  const name = slug(key.replace(/^.*#/, ""), longestSlug);
  const words: Readonly<Record<string, string>> = {
    key: name,
    number,
    slug: slug(title.toLowerCase(), longestSlug),
    tracker,
  };
  const branch = pattern
    .replace(/\{(\w+)\}/g, (placeholder, word: string) => words[word] ?? placeholder)
    .replace(/[-_]+(?=\/|$)/g, "");
  return branchNameProblem(branch) === undefined ? branch : `ticket-${name}`;
}

/** Letters and digits of English, others as their plain letters where they have some, and a dash for the rest. */
function slug(text: string, longest: number): string {
  const plain = text
    .slice(0, 10 * longest)
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .replace(/['’]/g, "")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  if (plain.length <= longest) return plain;
  const end = plain.slice(0, longest + 1).lastIndexOf("-");
  return plain.slice(0, end > longest / 2 ? end : longest);
}
