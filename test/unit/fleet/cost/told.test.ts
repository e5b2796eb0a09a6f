import { expect, test } from "bun:test";
import { noTokens } from "../../../../src/agents/usage.ts";
import { costAsJson } from "../../../../src/api/cost.ts";
import { noCost } from "../../../../src/fleet/cost/report.ts";
import { costTold } from "../../../../src/fleet/cost/told.ts";

test("a cost is the same on the machine that is told of it", () => {
  const cost = {
    ...{ replies: 3, dollars: 1.25, unpriced: ["qwen"], atLeast: true, subscription: true },
    tokens: { input: 1, cacheRead: 2, cacheWrite: 3, cacheWriteHour: 4, output: 5 },
  };
  expect(costTold(costAsJson(cost))).toEqual(cost);
  expect(costTold(costAsJson(noCost))).toEqual({ ...noCost, tokens: { ...noTokens } });
});
