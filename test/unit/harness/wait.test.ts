import { expect, test } from "bun:test";
import { failureOf } from "../../helpers/failure.ts";
import { eventually } from "../../helpers/wait.ts";

test("a check is asked until it answers, and its answer is returned", async () => {
  let asked = 0;
  const answer = await eventually(() => ++asked === 3 && "yes", { what: "the third time" });
  expect({ answer, asked }).toEqual({ answer: "yes", asked: 3 });
});

test("an error counts as no answer yet", async () => {
  let asked = 0;
  const check = () => {
    asked += 1;
    if (asked < 3) throw new Error("too early");
    return true;
  };
  expect(await eventually(check, { what: "no error" })).toBe(true);
});

test("when the time is over the last answer is in the message", async () => {
  const waiting = eventually(() => null, { what: "a miracle", timeoutMs: 0 });
  const { message } = await failureOf(waiting);
  expect(message).toContain("waited 0 ms for a miracle; at last: null");
});

test("when the time is over the last error is in the message", async () => {
  const check = () => {
    throw new Error("still not");
  };
  const { message } = await failureOf(eventually(check, { what: "peace", timeoutMs: 0 }));
  expect(message).toContain("waited 0 ms for peace; at last: still not");
});
