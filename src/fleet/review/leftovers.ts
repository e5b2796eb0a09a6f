import { readProcessTable } from "../../system/processes/table.ts";
import { ancestors, processesByVariable, signalProcess } from "../../system/processes/tree.ts";
import { untilGone } from "../../system/processes/until-gone.ts";

/** In the environment of all that a test starts, with the name of that run. */
export const testVariable = "AI_FLEET_TEST";

const graceMilliseconds = 2000;

/**
 * Ends what a test has left behind, such as a server in a session of its own: all that carries the name of the run, and never what this
 * command runs in. Returns how many there were.
 */
export async function endLeftovers(run: string): Promise<number> {
  const table = await readProcessTable();
  const spared = ancestors(table, process.pid);
  const left = ((await processesByVariable(table, testVariable)).get(run) ?? []).filter(({ pid }) => !spared.has(pid));
  for (const info of left) signalProcess(info, "SIGTERM");
  for (const info of await untilGone(left, graceMilliseconds)) signalProcess(info, "SIGKILL");
  return left.length;
}
