import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { calcPrice } from "@pydantic/genai-prices";
import { priceTableText } from "../../../../scripts/prices.ts";
import { costOf, priceStep, priceTableDate } from "../../../../src/fleet/cost/prices.ts";

const day = "2026-11-28";

function cost(model: string, used: Partial<Parameters<typeof costOf>[1]["tokens"]>, different = {}) {
  const tokens = { input: 0, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, output: 0, ...used };
  const longerThan = priceStep(tokens.input + tokens.cacheRead + tokens.cacheWrite + tokens.cacheWriteHour);
  return costOf({}, { model, day, longerThan, tokens, ...different });
}

test("the price table is what its script makes of the package; if not, run scripts/bun scripts/prices.ts", () => {
  expect(readFileSync("src/fleet/cost/price-table.json", "utf8") === priceTableText()).toBe(true);
  expect(priceTableDate).toMatch(/^\d{4}-\d\d-\d\d$/);
});

test("what Claude Code says of its own costs is what is said here, caches included", () => {
  // The `costUSD` of a `cost-state` of 2.1.330.
  const used = { input: 12_045, output: 13, cacheWrite: 100, cacheWriteHour: 229, cacheRead: 5029 };
  expect(cost("claude-opus-5-5", used)).toBeCloseTo(0.0517778, 7);
});

test("prices are those of the package, for models that the agents use", () => {
  const models = [
    ["claude-opus-5-5", "anthropic"],
    ["claude-sonnet-5", "anthropic"],
    ["claude-haiku-4-5", "anthropic"],
    ["gpt-5.5-codex", "openai"],
    ["gemini-3.8-flash", "google"],
  ] as const;
  for (const [model, providerId] of models) {
    for (const input of [1000, 250_000, 300_000]) {
      const usage = { input_tokens: input + 500, cache_read_tokens: 500, output_tokens: 77 };
      const expected = calcPrice(usage, model, { providerId, timestamp: new Date(day) });
      expect(cost(model, { input, cacheRead: 500, output: 77 })).toBeCloseTo(expected?.total_price ?? Number.NaN, 9);
    }
  }
});

test("a long prompt costs more where it does, all of it", () => {
  expect(cost("gpt-5.5", { input: 272_000, output: 0 })).toBeCloseTo(2.72, 9);
  expect(cost("gpt-5.5", { input: 271_999, output: 0 })).toBeCloseTo(1.359995, 9);
});

test("a price that changes holds from its day on", () => {
  expect(cost("gemini-3.8-flash", { input: 1_000_000 }, { day: "2026-12-31", longerThan: 0 })).toBeCloseTo(0.75, 9);
  expect(cost("gemini-3.8-flash", { input: 1_000_000 }, { day: "2027-01-01", longerThan: 0 })).toBeCloseTo(1.5, 9);
});

test("a model that nobody knows has no price, nor one of somebody who is not in the table", () => {
  expect(cost("mock-1", { input: 1 })).toBeUndefined();
  expect(cost("claude-opus-5-5", { input: 1 }, { provider: "mock" })).toBeUndefined();
  expect(cost("constructor", { input: 1 })).toBeUndefined();
  expect(cost("mock-1", {})).toBe(0);
  expect(cost("mock-1", { input: 1 }, { dollars: 0.5 })).toBe(0.5);
});

test("the same model costs more where it is sold by another", () => {
  const own = cost("claude-opus-5-5", { input: 1_000_000 }, { longerThan: 0 });
  const sold = cost("us.anthropic.claude-opus-5-5-v1:0", { input: 1_000_000 }, { provider: "aws", longerThan: 0 });
  expect([own, sold]).toEqual([4, expect.closeTo(4.4, 9)]);
});

test("prices of the user come first, and are for models without one, too", () => {
  const own = { "mock-1": { input: 2, output: 4 }, "claude-opus-5-5": { input: 1, output: 1, cache_write_1h: 3 } };
  const tokens = { input: 1_000_000, cacheRead: 0, cacheWrite: 1_000_000, cacheWriteHour: 1_000_000, output: 0 };
  expect(costOf(own, { model: "mock-1", day, longerThan: 0, tokens })).toBe(6);
  expect(costOf(own, { model: "claude-opus-5-5", day, longerThan: 0, tokens })).toBe(5);
});
