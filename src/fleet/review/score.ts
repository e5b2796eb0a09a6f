import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { TestResult } from "../../state/test-results.ts";
import { shellWord } from "../../system/shell.ts";
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
  return scoreIn(entry, { outcome, line }, Buffer.from(log).toString("utf8"));
}

/** The number that a score command has printed last. Throws FleetError `failed` when it did not end well, or the last word is no number. */
export function scoreIn(
  { branch }: Pick<AgentEntry, "branch">,
  { outcome, line }: { readonly outcome: TestResult["outcome"]; readonly line: string },
  printed: string,
): number {
  const word = printed.trim().split(/\s+/).at(-1) ?? "";
  if (outcome === "passed" && word !== "" && Number.isFinite(Number(word))) return Number(word);
  const what = outcome === "passed" ? "printed no number" : outcome;
  throw new FleetError("failed", `${branch}: the score command ${what}`, {
    output: printed.slice(-2000),
    hint: `to see what it does there, run fleet exec ${shellWord(branch)} -- sh -c ${shellWord(line)}`,
  });
}
