import { FleetError } from "../../errors.ts";
import { shellWord } from "../../system/shell.ts";
import { type Attempt, standing } from "./compare.ts";
import { advantage, byStanding } from "./ranking.ts";

/**
 * The best of attempts that come best first. Throws FleetError `failed` when none can be taken without a person: nothing has changed,
 * its tests failed or, unless `untested` is fine, have not run on it, it conflicts, or another is just as good.
 */
export function bestOf(attempts: readonly Attempt[], untested: boolean): Attempt {
  const [first] = attempts;
  if (first === undefined || standing(first).empty) {
    throw new FleetError("failed", "no attempt has changed anything", { hint: "to see them, run fleet list" });
  }
  requireTakeable(first, { untested });
  const tied = asGoodAs(first, attempts);
  if (tied.length > 1) {
    const names = tied.map(({ entry }) => entry.branch);
    throw new FleetError("failed", `nothing decides between ${inWords(names)}`, {
      hint: `to take one, run fleet pick ${shellWord(names[0] ?? "")}`,
    });
  }
  return first;
}

/** The attempts between which and this one nothing decides, itself among them. Those with the same files leave nothing to decide. */
export function asGoodAs(one: Attempt, attempts: readonly Attempt[]): readonly Attempt[] {
  const isRival = (other: Attempt) => !isSame(one, other) && byStanding(standing(one), standing(other)) === 0;
  return attempts.filter((other) => other === one || isRival(other));
}

/** Taking one is taking the other. */
function isSame(one: Attempt, other: Attempt): boolean {
  return one.content.tree === other.content.tree && one.target?.commit === other.target?.commit;
}

/** Why the first of attempts that come best first is there: `a before b: its tests passed.` Or that it could as well be another one. */
export function whyFirst(attempts: readonly [Attempt, ...Attempt[]]): string {
  const [first] = attempts;
  const names = (list: readonly Attempt[]) => inWords(list.map(({ entry }) => entry.branch));
  const tied = asGoodAs(first, attempts);
  if (tied.length > 1) return `Nothing decides between ${names(tied)}.`;
  const same = attempts.filter((other) => isSame(first, other));
  const next = attempts.find((other) => !isSame(first, other));
  const alike = same.length > 1 ? `${names(same)} have the same files` : undefined;
  if (next === undefined) return alike === undefined ? "" : `${alike}.`;
  const before = `before ${next.entry.branch}: ${advantage(standing(first), standing(next))}.`;
  return alike === undefined ? `${first.entry.branch} ${before}` : `${alike} and come ${before}`;
}

/** What a sentence can hold. */
const mostNames = 4;

/** `a`, `a and b`, `a, b and c`; of many how many there are: `a, b, c and 26 more`. */
function inWords(names: readonly string[]): string {
  const more = names.length - mostNames + 1;
  const shown = more > 1 ? [...names.slice(0, -more), `${more} more`] : names;
  const last = shown.at(-1) ?? "";
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(", ")} and ${last}`;
}

/** Throws FleetError `failed` when an attempt should not go into its target as it is; `untested`: without tests it may. */
export function requireTakeable(attempt: Attempt, { untested }: { readonly untested: boolean }): void {
  const { entry, conflicts, target } = attempt;
  const { test } = standing(attempt);
  const name = shellWord(entry.branch);
  if (test !== undefined && test !== "passed") {
    throw new FleetError("failed", `the tests of ${entry.branch} did not pass`, {
      hint: `to merge it all the same, run fleet merge ${name}`,
    });
  }
  if (test === undefined && !untested) {
    throw new FleetError("failed", `the tests have not run on what ${entry.branch} is now`, {
      hint: `to run them, run fleet test ${name} -- COMMAND; to do without, add --untested`,
    });
  }
  if (conflicts.length > 0) {
    throw new FleetError("failed", `${entry.branch} conflicts with ${target?.branch ?? "its target"}`, {
      output: conflicts.join("\n"),
      hint: `to let the agent resolve it, run fleet merge --resolve${target === undefined ? "" : ` --into ${shellWord(target.branch)}`} ${name}`,
    });
  }
}
