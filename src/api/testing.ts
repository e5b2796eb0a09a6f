import type { Fleet } from "../fleet/fleet.ts";
import type { Unseen } from "../fleet/review/content.ts";
import { type Tested, type TestOptions, testAgents } from "../fleet/review/test.ts";
import type { AgentEntry } from "../state/entry.ts";
import { inOrder, parted } from "./away.ts";
import type { Tell } from "./operation.ts";

/** How tests ended, and which could not run. */
interface TestedAgents {
  readonly tested: readonly Tested[];
  readonly unseen: readonly Unseen[];
}

/** Runs tests as `testAgents` does, each on the machine that its agent is on. Throws as `testAgents` does. */
export async function testEverywhere(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  options: TestOptions,
): Promise<TestedAgents> {
  const { here, away } = parted(fleet, entries);
  if (away.length === 0) return testAgents(fleet, entries, options);
  if (options.outside === true) {
    const unseen = away.map(({ entry, host }) => ({
      entry,
      why: `it is on ${host}, and --outside is for this machine`,
    }));
    const own = await testAgents(fleet, here, options);
    return { tested: own.tested, unseen: inOrder(entries, [...own.unseen, ...unseen]) };
  }
  const { testAway } = await import("./across/test.ts");
  const [own, others] = await Promise.all([testAgents(fleet, here, options), testAway(fleet, away, options)]);
  return {
    tested: inOrder(entries, [...own.tested, ...others.tested]),
    unseen: inOrder(entries, [...own.unseen, ...others.unseen]),
  };
}

/** Tells of each test how it ended, as soon as it has. */
export function telling(tell: Tell): (tested: Tested) => void {
  return ({ entry, result, known }) => {
    const { outcome, exit_code, seconds } = result;
    tell({ branch: entry.branch, id: entry.id, test: { outcome, exit_code, seconds, known } });
  };
}

/** Reports of whom a JUnit report has one case alone: the files that `patterns` name are on the machine of the agent, where nobody reads them. */
export function warnOfUnread(fleet: Fleet, entries: readonly AgentEntry[], patterns: readonly string[]): void {
  if (patterns.length === 0) return;
  for (const { host, entry } of parted(fleet, entries).away) {
    const text = `${entry.branch} is on ${host}, where test_junit is not read: the report has one case for its whole run`;
    fleet.report({ kind: "warning", text });
  }
}

/** Reports which agents on other machines could not be tested, before what is known of them is ranked. */
export function warnOfUntested(fleet: Fleet, unseen: readonly Unseen[]): void {
  const { away } = parted(
    fleet,
    unseen.map(({ entry }) => entry),
  );
  for (const { entry, why } of unseen) {
    if (!away.some((agent) => agent.entry.id === entry.id)) continue;
    fleet.report({ kind: "warning", text: `${entry.branch} is not tested: ${why}` });
  }
}
