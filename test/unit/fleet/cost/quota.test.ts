import { expect, test } from "bun:test";
import type { Quota } from "../../../../src/agents/usage.ts";
import { agentsBorne, bearsAgainAt } from "../../../../src/fleet/cost/quota.ts";
import type { Fleet } from "../../../../src/fleet/fleet.ts";
import { borne } from "../../../../src/fleet/operations/create/when-quota.ts";
import { configuration } from "../../../helpers/samples.ts";

const now = 1_000_000;

/** A quota of windows of which so much is used, and that end so much later. */
function quota(...windows: readonly (readonly [used: number, ends: number])[]): Quota {
  return {
    at: now,
    windows: windows.map(([usedPercent, ends]) => ({ minutes: 300, usedPercent, resetsAt: now + ends })),
  };
}

test("a quota bears an agent for each tenth that is left, but the last", () => {
  const cases: readonly (readonly [number, Quota])[] = [
    [9, quota([0, 1])],
    [5, quota([42.5, 1], [17, 9])],
    [1, quota([89, 1])],
    [0, quota([90, 1])],
    [0, quota([5, 1], [100, 9])],
    [9, quota([100, -1])],
    [9, quota()],
  ];
  for (const [count, of] of cases) expect([of, agentsBorne(of, now)]).toEqual([of, count]);
});

test("a quota that is used bears agents again when the last of the windows is over that are used", () => {
  expect(bearsAgainAt(quota([95, 10], [99, 500], [5, 9000]))).toBe(now + 500);
});

test("agents are started in their order as far as the quota of their own CLI bears them", () => {
  const fleet = { settings: { config: configuration({ default_agent: "codex" }) } } as Pick<Fleet, "settings">;
  const request = (branch: string, agent?: string) => ({
    branch,
    agent,
    prompt: "x",
    from: undefined,
    mustBeNew: true,
    quick: false,
    batch: "b",
  });
  const requests = [request("a"), request("b", "claude"), request("c", "codex"), request("d"), request("e", "claude")];
  const divided = borne(fleet, requests, new Map([["codex", quota([75, 60])]]), now);
  expect(divided.now.map(({ branch }) => branch)).toEqual(["a", "b", "c", "e"]);
  expect(divided.later.map(({ branch }) => branch)).toEqual(["d"]);
  expect(borne(fleet, requests, new Map([["codex", quota([91, 60])]]), now).full).toEqual(
    new Map([["codex", now + 60]]),
  );
});
