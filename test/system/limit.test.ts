import { expect, test } from "bun:test";
import fc from "fast-check";
import { atMost } from "../../src/system/limit.ts";

/** A task that ends when it is told to. */
function controlledTasks() {
  const begun: number[] = [];
  const ends = new Map<number, PromiseWithResolvers<void>>();
  const task = (number: number) => () => {
    begun.push(number);
    const end = Promise.withResolvers<void>();
    ends.set(number, end);
    return end.promise;
  };
  return { begun, task, end: (number: number) => ends.get(number)?.resolve() };
}

test("tasks beyond the limit wait, and go on in the order they came", async () => {
  const { begun, task, end } = controlledTasks();
  const limit = atMost(2);
  const done = [1, 2, 3, 4].map((number) => limit(task(number)));
  expect(begun).toEqual([1, 2]);
  end(2);
  await done[1];
  expect(begun).toEqual([1, 2, 3]);
  end(1);
  await done[0];
  expect(begun).toEqual([1, 2, 3, 4]);
});

test("a place that was handed on is not given away again", async () => {
  const { begun, task, end } = controlledTasks();
  const limit = atMost(1);
  const first = limit(task(1));
  void limit(task(2));
  end(1);
  await first;
  void limit(task(3));
  expect(begun).toEqual([1, 2]);
});

test("a task gives its value, or its error, and its place", async () => {
  const limit = atMost(1);
  const failed = limit(() => Promise.reject(new Error("no")));
  const value = limit(async () => 42);
  expect(failed).rejects.toThrow("no");
  expect(await value).toBe(42);
});

test("a task that throws before it waits gives its place, too", async () => {
  const limit = atMost(1);
  const thrown = limit(() => {
    throw new Error("at once");
  });
  expect(thrown).rejects.toThrow("at once");
  expect(await limit(async () => "next")).toBe("next");
});

test("never more tasks run than may, and all of them run", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 20 }),
      async (count, turns) => {
        const limit = atMost(count);
        let running = 0;
        let most = 0;
        const done = turns.map((pauses) =>
          limit(async () => {
            running += 1;
            most = Math.max(most, running);
            for (let turn = 0; turn < pauses; turn += 1) await Promise.resolve();
            running -= 1;
            return pauses;
          }),
        );
        expect(await Promise.all(done)).toEqual(turns);
        expect(most).toBe(Math.min(count, turns.length));
      },
    ),
  );
});
