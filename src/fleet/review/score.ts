import { FleetError } from "../../errors.ts";
import { type Fleet, settingsFor } from "../fleet.ts";
import { heldAs } from "../worktree/held.ts";
import type { Content } from "./content.ts";
import { runTest, testEnvironment } from "./run-test.ts";

/**
 * The number that a command of the user prints last in the worktree of an agent; `undefined` for an agent without one here. Throws FleetError
 * `failed` when it fails or prints no number.
 */
export async function scoreOf(
  fleet: Fleet,
  { entry, killed, host }: Content,
  line: string,
): Promise<number | undefined> {
  if (killed || host !== undefined) return undefined;
  const config = settingsFor(fleet, entry.repo);
  const command = { argv: ["/bin/sh", "-c", line], environment: testEnvironment(fleet, config, entry) };
  const where = { directory: entry.worktree, timeoutSeconds: config.test_timeout };
  const { outcome, log } = await heldAs(fleet, entry, command, (held) => runTest(fleet, held, where));
  fleet.cancelled.throwIfAborted();
  const text = Buffer.from(log).toString("utf8");
  const word = text.trim().split(/\s+/).at(-1) ?? "";
  if (outcome === "passed" && word !== "" && Number.isFinite(Number(word))) return Number(word);
  throw new FleetError(
    "failed",
    `${entry.branch}: the score command ${outcome === "passed" ? "printed no number" : outcome}`,
    {
      output: text.slice(-2000),
      hint: "to see what it does there, run fleet exec BRANCH -- sh -c COMMAND",
    },
  );
}
