import { expect, test } from "bun:test";
import fc from "fast-check";
import type { LoadedConfig } from "../../../../src/config/load.ts";
import {
  type AgentCost,
  costOfAgent,
  costRows,
  groupings,
  noCost,
  together,
} from "../../../../src/fleet/cost/report.ts";
import type { UsageGroup } from "../../../../src/fleet/cost/totals.ts";
import type { AgentEntry } from "../../../../src/state/entry.ts";
import { agentEntry, configuration } from "../../../helpers/samples.ts";

const settings = { config: configuration(), file: "/home/me/.ai_fleet/config.toml" } as LoadedConfig;

const group: fc.Arbitrary<UsageGroup> = fc.record({
  day: fc.constantFrom("2026-11-27", "2026-11-28", "2026-11-29"),
  agent: fc.constantFrom("claude", "codex"),
  // The last one has no price.
  model: fc.constantFrom("claude-opus-5-5", "gpt-5.5-codex", "nobody-knows-1"),
  longerThan: fc.constantFrom(0, 272_000),
  replies: fc.nat(50),
  tokens: fc.record({
    input: fc.nat(1e6),
    cacheRead: fc.nat(1e6),
    cacheWrite: fc.nat(1e6),
    cacheWriteHour: fc.nat(1e6),
    output: fc.nat(1e6),
  }),
});

const ticket = { tracker: "github", key: "me/project#7", url: "https://github.com/me/project/issues/7" };

const entry: fc.Arbitrary<AgentEntry> = fc
  .record({
    branch: fc.constantFrom("fix", "fix-2", "__proto__"),
    batch_id: fc.constantFrom("auth", "docs"),
    repo: fc.constantFrom("/code/one", "/code/two"),
    tickets: fc.boolean(),
  })
  .map(({ tickets, ...different }) =>
    agentEntry(tickets ? { ...different, ticket: ticket as NonNullable<AgentEntry["ticket"]> } : different),
  );

const cost: fc.Arbitrary<AgentCost> = fc.record({
  entry,
  usage: fc.record({
    groups: fc.array(group, { maxLength: 6 }),
    atLeast: fc.boolean(),
    quota: fc.constant(undefined),
    problems: fc.constant([]),
  }),
  subscription: fc.boolean(),
});

test("whatever agents have used, it is the same in all however it is added up", () => {
  fc.assert(
    fc.property(fc.array(cost, { maxLength: 12 }), (costs) => {
      const whole = costs.map((each) => costOfAgent({ settings }, each)).reduce(together, noCost);
      for (const by of groupings) {
        const rows = costRows({ settings }, costs, by);
        const { replies, tokens, dollars, unpriced } = rows.reduce(together, noCost);
        expect({ by, replies, tokens, unpriced: [...unpriced].sort() }).toEqual({
          by,
          replies: whole.replies,
          tokens: whole.tokens,
          unpriced: [...whole.unpriced].sort(),
        });
        expect(dollars ?? 0).toBeCloseTo(whole.dollars ?? 0, 6);
        expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
      }
    }),
  );
});
