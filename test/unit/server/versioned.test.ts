import { expect, test } from "bun:test";
import fc from "fast-check";
import { Versioned } from "../../../src/server/events/versioned.ts";

const states = fc.array(fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("1", "2")), {
  maxLength: 12,
});

test("whoever followed up to any change gets exactly what makes it what it is now", () => {
  fc.assert(
    fc.property(states, (all) => {
      const versioned = new Versioned<string>();
      const seen = [{ seq: 0, state: {} as Record<string, string> }];
      for (const state of all) {
        versioned.update(new Map(Object.entries(state)));
        seen.push({ seq: versioned.seq, state });
      }
      const now = seen.at(-1)?.state;
      for (const { seq, state } of seen) {
        const changes = versioned.since(seq);
        const rest = Object.entries(state).filter(([name]) => changes?.gone.includes(name) === false);
        expect(Object.fromEntries([...rest, ...(changes?.changed ?? [])])).toEqual({ ...now });
      }
    }),
  );
});

test("nothing is told of what stays as it is, and of a number that was never given nothing is known", () => {
  const versioned = new Versioned<string>();
  expect(versioned.update(new Map([["a", "1"]]))).toBe(true);
  expect(versioned.update(new Map([["a", "1"]]))).toBe(false);
  expect(versioned.since(1)).toEqual({ changed: [], gone: [] });
  expect(versioned.since(2)).toBeUndefined();
});

test("of what has gone long ago nothing is kept: whoever followed until then needs all", () => {
  const versioned = new Versioned<number>();
  for (let name = 0; name < 5000; name += 1) versioned.update(new Map([[name, "x"]]));
  expect(versioned.since(10)).toBeUndefined();
  expect(versioned.since(4990)?.changed).toEqual([[4999, "x"]]);
});
