import { expect, test } from "bun:test";
import fc from "fast-check";
import { untilNextLook } from "../../../../src/fleet/watch/watch-agents.ts";

test("whoever watches at one pace looks at the same moments, whenever they began, and never twice in a row", () => {
  const moment = fc.integer({ min: 0, max: 1_000_000 });
  fc.assert(
    fc.property(moment, moment, (mine, yours) => {
      const every = 300;
      for (const now of [mine, yours]) {
        const pause = untilNextLook(now, { every });
        expect(pause).toBeGreaterThanOrEqual(every / 2);
        expect(pause).toBeLessThan(1.5 * every);
        expect((now + pause) % every).toBe(0);
      }
    }),
  );
});

test("a second look comes at a moment of all as well, but no sooner than it is to confirm something", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), (now) => {
      const pause = untilNextLook(now, { every: 50, rest: 150 });
      expect(pause).toBeGreaterThanOrEqual(150);
      expect(pause).toBeLessThan(200);
      expect((now + pause) % 50).toBe(0);
    }),
  );
});
