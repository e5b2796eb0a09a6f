import type { Fleet } from "../fleet/fleet.ts";
import type { Unseen } from "../fleet/review/content.ts";
import type { Tested } from "../fleet/review/test.ts";
import type { TestAnswer, TestInput } from "../model/wire/test.ts";
import { agentFailure, unseenFailures } from "./failure.ts";
import type { Tell } from "./operation.ts";
import { chooseAgents } from "./targets.ts";
import { telling, testEverywhere } from "./testing.ts";

/** Tests the agents that are meant, telling how each test ended. Throws FleetError when none is meant, or there is no test command. */
export async function test(fleet: Fleet, { command, again, ...targets }: TestInput, tell: Tell): Promise<TestAnswer> {
  const { entries } = await chooseAgents(fleet, targets, { reachesOut: false, away: "known" });
  const words = typeof command === "string" ? { words: [], line: command } : { words: command ?? [] };
  return testAnswer(await testEverywhere(fleet, entries, { ...words, again, onTested: telling(tell) }));
}

/** How tests ended, and which could not run, as it is answered. */
export function testAnswer(all: {
  readonly tested: readonly Tested[];
  readonly unseen: readonly Unseen[];
}): TestAnswer {
  const failed = all.tested.filter(({ result }) => result.outcome !== "passed");
  return {
    agents: all.tested.map(testedAsJson),
    failures: [
      ...failed.map(({ entry, result }) =>
        agentFailure(entry.branch, { kind: "failed", message: testVerdict(result) }),
      ),
      ...unseenFailures(all.unseen),
    ],
  };
}

/** Why a test did not pass; empty when it did. */
export function testVerdict({ outcome, exit_code: code, seconds }: Tested["result"]): string {
  if (outcome === "passed") return "";
  return outcome === "timeout" ? `no end after ${seconds.toFixed(0)}s (test_timeout)` : `exit code ${code}`;
}

function testedAsJson({ entry, result, known, log }: Tested) {
  return { ...entry, test: { ...result, known, log } };
}
