import { expect, test } from "bun:test";
import { fitted } from "../../../src/output/watch.ts";

const picture = { heading: ["BRANCH"], rows: ["a", "b", "c", "d", "e"], footer: ["5 agents"] };

test("all that fits is shown, the footer below it", () => {
  expect(fitted(picture, 0, 7)).toEqual(["BRANCH", "a", "b", "c", "d", "e", "5 agents"]);
});

test("where not all fit, heading and footer stay, and it is said which rows are shown", () => {
  const help = "q leaves, j and k scroll";
  expect(fitted(picture, 0, 6)).toEqual(["BRANCH", "a", "b", "c", `1 to 3 of 5; ${help}`, "5 agents"]);
  expect(fitted(picture, 2, 6)).toEqual(["BRANCH", "c", "d", "e", `3 to 5 of 5; ${help}`, "5 agents"]);
});
