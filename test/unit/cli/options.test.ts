import { expect, test } from "bun:test";
import { operandsOf, optionsOf } from "../../../src/cli/options.ts";

test("a switch that is on by default exists only to turn it off", () => {
  const [setup, quick] = optionsOf({
    setup: { type: "boolean", default: true, description: "no setup" },
    quick: { type: "boolean", default: false, description: "quick" },
  });
  expect([setup?.flag, setup?.turns, setup?.value]).toEqual(["--no-setup", false, undefined]);
  expect([quick?.flag, quick?.turns, quick?.value]).toEqual(["--quick", true, undefined]);
});

test("few choices stand for the value themselves, many do not", () => {
  const [few, many] = optionsOf({
    order: { type: "enum", options: ["age", "cpu"], description: "order" },
    status: { type: "enum", options: ["waiting", "working", "idle", "stopped"], description: "status" },
  });
  expect([few?.value, many?.value]).toEqual(["age|cpu", "STATUS"]);
  expect(many?.completes).toEqual(["waiting", "working", "idle", "stopped"]);
});

test("options and operands are told apart, in the order they were declared", () => {
  const args = {
    branch: { type: "positional", description: "branch" },
    json: { type: "boolean", alias: "j", description: "json" },
    rest: { type: "positional", valueHint: "WORD", required: false, variadic: true, description: "rest" },
  } as const;
  expect(optionsOf(args).map(({ flag, short }) => [flag, short])).toEqual([["--json", "-j"]]);
  expect(operandsOf(args).map(({ label, required, variadic }) => [label, required, variadic])).toEqual([
    ["BRANCH", true, false],
    ["WORD", false, true],
  ]);
});
