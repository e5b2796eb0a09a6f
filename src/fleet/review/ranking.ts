/** What decides between attempts at the same task. */
export interface Standing {
  readonly branch: string;
  /** Of tests of exactly what is there now; `undefined` when none have run on it. */
  readonly test: "passed" | "failed" | "timeout" | undefined;
  /** Merging it into its target would conflict. */
  readonly conflicts: boolean;
  /** What the user's own command said of it; a higher one is better. */
  readonly score: number | undefined;
  /** Lines added and deleted; a binary file counts as one. */
  readonly lines: number;
  /** Nothing is different. */
  readonly empty: boolean;
  /** US dollars, where that is known. */
  readonly dollars: number | undefined;
}

/** How the order comes about, in a line. */
export const rankingRule =
  "Best first: tests passed > not run > failed; no conflict; higher score; smaller change; cheaper.";

/** Negative when `a` is the better attempt, 0 when nothing decides between them. An attempt without any change is behind all others. */
export function byStanding(a: Standing, b: Standing): number {
  return (
    Number(a.empty) - Number(b.empty) ||
    testRank(a) - testRank(b) ||
    Number(a.conflicts) - Number(b.conflicts) ||
    (b.score ?? Number.NEGATIVE_INFINITY) - (a.score ?? Number.NEGATIVE_INFINITY) ||
    a.lines - b.lines ||
    (a.dollars ?? 0) - (b.dollars ?? 0) ||
    0
  );
}

function testRank({ test }: Standing): number {
  if (test === "passed") return 0;
  return test === undefined ? 1 : 2;
}

/** Why the first of two attempts is the better one, in a few words. */
export function advantage(a: Standing, b: Standing): string {
  if (a.empty !== b.empty) return "it changes something";
  if (testRank(a) !== testRank(b)) return a.test === "passed" ? "its tests passed" : "its tests did not fail";
  if (a.conflicts !== b.conflicts) return "it merges without a conflict";
  if (a.score !== b.score) return `its score is higher, ${a.score ?? "none"} to ${b.score ?? "none"}`;
  if (a.lines !== b.lines) return `its change is smaller, ${a.lines} line${a.lines === 1 ? "" : "s"} to ${b.lines}`;
  if (byStanding(a, b) < 0) return "it was cheaper";
  return "nothing decides between them";
}
