import type { Config } from "../../config/config.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { TestResult } from "../../state/test-results.ts";
import { type Environment, gitLocalVariables, withoutVariables } from "../../system/environment.ts";
import { runForLog } from "../../system/exec.ts";
import { withDefaults } from "../environment.ts";
import type { Fleet } from "../fleet.ts";
import type { Command } from "../worktree/held.ts";
import { endLeftovers, testVariable } from "./leftovers.ts";

/** At most this much of what a test prints is kept. */
const keptBytes = 2_000_000;

/** How a run of a test ended. */
export type TestRun = Pick<TestResult, "outcome" | "exit_code" | "seconds" | "left_processes" | "output_bytes"> & {
  readonly log: Uint8Array;
};

/** Runs a test once in a directory, without input, and ends what it leaves running. */
export async function runTest(
  fleet: Fleet,
  { argv, environment }: Command,
  { directory, timeoutSeconds }: { readonly directory: string; readonly timeoutSeconds: number },
): Promise<TestRun> {
  const name = crypto.randomUUID();
  const begun = performance.now();
  let [seconds, left] = [0, 0];
  const ended = await runForLog(argv, {
    directory,
    environment: { ...environment, PWD: directory, [testVariable]: name },
    timeoutMilliseconds: timeoutSeconds * 1000,
    cancelled: fleet.cancelled,
    keptBytes,
    whenEnded: async () => {
      seconds = Math.round((performance.now() - begun) / 10) / 100;
      left = await endLeftovers(name);
    },
  });
  return {
    outcome: outcomeOf(ended),
    exit_code: ended.exitCode,
    seconds,
    left_processes: left,
    output_bytes: ended.bytes,
    log: ended.log,
  };
}

function outcomeOf({ timedOut, exitCode }: { readonly timedOut: boolean; readonly exitCode: number }) {
  if (timedOut) return "timeout";
  return exitCode === 0 ? "passed" : "failed";
}

/** What a test finds in its environment: the caller's, what the repository sets for its agents, and which agent it tests. */
export function testEnvironment(fleet: Fleet, config: Config, entry: AgentEntry): Environment {
  return {
    ...withoutVariables(withDefaults(fleet.environment, config), (name) => gitLocalVariables.includes(name)),
    AI_FLEET_BRANCH: entry.branch,
    AI_FLEET_BATCH: entry.batch_id,
    AI_FLEET_REPO: entry.repo,
    AI_FLEET_PORT: entry.port?.toString(),
  };
}
