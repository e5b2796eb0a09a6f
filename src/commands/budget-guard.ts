import { keepBudgets } from "../api/budgets.ts";
import { budgetIn } from "../config/budgets.ts";
import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { existsBudget } from "../fleet/watch/budgets.ts";
import type { Observation } from "../fleet/watch/observe.ts";
import { oneLine } from "../output/text.ts";
import type { AgentEntry } from "../state/entry.ts";
import type { Application } from "./application.ts";

/** To read transcripts at every look would cost more than all the rest of a wait. */
const pauseMilliseconds = 2000;

/** What keeps budgets at every look of a command that goes on looking; `undefined` where nobody has one. Says each warning once. */
export function budgetGuard(
  { narration }: Pick<Application, "narration">,
  fleet: Fleet,
  entries: readonly AgentEntry[],
): ((observations: readonly Observation[]) => Promise<void>) | undefined {
  if (!existsBudget(fleet, entries)) return undefined;
  const said = new Set<string>();
  let next = 0;
  return async (observations) => {
    // An agent that has come to rest is about to end the wait.
    const isDue = performance.now() >= next || observations.some(({ status }) => status.word === "idle");
    if (!isDue) return;
    const { warnings } = await keepBudgets(fleet, observations);
    for (const warning of warnings) if (!said.has(warning)) narration.warning(oneLine(warning));
    for (const warning of warnings) said.add(warning);
    next = performance.now() + pauseMilliseconds;
  };
}

/** The value of `--budget`, as it is kept. Throws FleetError `usage` for what is none. */
export function budgetOption(text: string | undefined): string | undefined {
  if (text === undefined || budgetIn(text) !== undefined) return text;
  throw new FleetError("usage", `--budget takes money or tokens, such as "5 USD" or 2M, not ${JSON.stringify(text)}`, {
    hint: "for five dollars, add --budget 5USD",
  });
}
