import { guardOfAll } from "../api/budgets.ts";
import { asFleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { Repeat } from "../system/repeat.ts";

const shortestPause = 5000;
/** A look is followed by so many times as long of rest. */
const restOfLook = 20;

/** Keeps the budgets of all agents until the function that is returned is called, whether anybody follows them or not. */
export function watchBudgets(fleet: Fleet, refresh: () => Promise<void>): () => void {
  const keep = guardOfAll(fleet);
  let failure: string | undefined;
  const looks = new Repeat(async () => {
    const began = performance.now();
    try {
      await refresh();
      await keep();
      failure = undefined;
    } catch (error) {
      const { message } = asFleetError(error);
      if (message !== failure) fleet.report({ kind: "warning", text: `budgets were not looked at: ${message}` });
      failure = message;
    }
    return Math.max(shortestPause, (performance.now() - began) * restOfLook);
  });
  looks.start();
  return () => looks.stop();
}
