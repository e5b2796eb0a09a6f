import { type GitPlace, git } from "./command.ts";

/** How one file differs between two trees. */
export interface FileChange {
  readonly path: string;
  /** Its path before, when it was renamed. */
  readonly from: string | undefined;
  /** Lines; `undefined` for a binary file. */
  readonly added: number | undefined;
  readonly deleted: number | undefined;
}

/** Two trees by their full ids. */
export type TreePair = readonly [before: string, after: string];

/** How the files of trees differ, for all pairs in one process of git. The answers are in the order of the pairs. */
export async function treeChanges(place: GitPlace, pairs: readonly TreePair[]): Promise<FileChange[][]> {
  const different = pairs.filter(([before, after]) => before !== after);
  if (different.length === 0) return pairs.map(() => []);
  const input = [...new Set(different.map((pair) => pair.join(" ")))].map((line) => `${line}\n`).join("");
  const text = await git(place, ["diff-tree", "-r", "-M", "-z", "--numstat", "--stdin"], { input });
  const changes = parseNumstats(text);
  return pairs.map((pair) => changes.get(pair.join(" ")) ?? []);
}

/** Reads what `diff -z --numstat` prints. */
export function parseNumstat(text: string): FileChange[] {
  return parseNumstats(text).get("") ?? [];
}

/**
 * Reads what `diff-tree --stdin -z --numstat` prints: a line with the two trees, then for each file `ADDED TAB DELETED TAB PATH NUL`, or
 * with a rename `ADDED TAB DELETED TAB NUL FROM NUL PATH NUL`; `-` stands for the numbers of a binary file.
 * What comes before the first such line is under no name.
 */
function parseNumstats(text: string): Map<string, FileChange[]> {
  let changes: FileChange[] = [];
  const found = new Map([["", changes]]);
  const words = text.split("\0");
  for (let at = 0; at < words.length; at += 1) {
    let word = words[at] ?? "";
    const heading = /^((?:[0-9a-f]{40}|[0-9a-f]{64}) (?:[0-9a-f]{40}|[0-9a-f]{64}))\n/.exec(word);
    if (heading?.[1] !== undefined) {
      changes = [];
      found.set(heading[1], changes);
      word = word.slice(heading[0].length);
    }
    const [added = "", deleted, ...rest] = word.split("\t");
    if (deleted === undefined) continue;
    const path = rest.join("\t");
    const lines = { added: lineCount(added), deleted: lineCount(deleted) };
    if (path !== "") changes.push({ path, from: undefined, ...lines });
    else {
      changes.push({ path: words[at + 2] ?? "", from: words[at + 1], ...lines });
      at += 2;
    }
  }
  return found;
}

function lineCount(text: string): number | undefined {
  return text === "-" ? undefined : Number(text);
}
