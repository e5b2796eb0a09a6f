import type { Fleet } from "../fleet/fleet.ts";
import type { Report } from "../fleet/progress.ts";
import { createBoard } from "../output/board.ts";
import { isTerminal } from "../system/terminal.ts";
import type { Application } from "./application.ts";

/** Shows on a terminal how far the tests of each agent are; elsewhere a line for each at the end is enough. */
export async function showingTests<Value>(
  application: Application,
  fleet: Fleet,
  names: readonly string[],
  body: (fleet: Fleet) => Promise<Value>,
): Promise<Value> {
  const quiet: Report = (event) => (event.kind === "step" ? undefined : fleet.report(event));
  if (!isTerminal(2)) return body({ ...fleet, report: quiet });
  const board = createBoard(application.narration, names);
  return body({ ...fleet, report: board.report }).finally(board.close);
}
