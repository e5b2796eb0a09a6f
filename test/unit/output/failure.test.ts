import { expect, test } from "bun:test";
import { FleetError } from "../../../src/errors.ts";
import { failureText } from "../../../src/output/failure.ts";

test("a failure says what is wrong and what to do", () => {
  const failure = new FleetError("failed", "fix-42 already has an agent", {
    hint: "to see it, run fleet attach fix-42",
  });
  expect(failureText(failure)).toBe("✗ fix-42 already has an agent\n  to see it, run fleet attach fix-42\n");
});

test("the words of the program that failed stand between", () => {
  const failure = new FleetError("failed", "git worktree failed", {
    output: "\nfatal: no\nhint: yes\n\n",
    hint: "to see more, run fleet doctor",
  });
  expect(failureText(failure)).toBe(
    "✗ git worktree failed\n  │ fatal: no\n  │ hint: yes\n  to see more, run fleet doctor\n",
  );
});

test("output of blanks alone is none", () => {
  expect(failureText(new FleetError("failed", "no", { output: " \n\n" }))).toBe("✗ no\n");
});

test("foreign words cannot act on the terminal", () => {
  const failure = new FleetError("failed", "no branch \x1b[2J", { output: "\x1b]0;title\x07", hint: "try \x9b1m" });
  expect(failureText(failure)).toBe("✗ no branch \\x1b[2J\n  │ \\x1b]0;title\\x07\n  try \\x9b1m\n");
});
