import type { CommandArguments } from "./definition.ts";

/** The options of every command that ends a race. */
export const raceOptions = {
  test: { type: "string", valueHint: "COMMAND", description: "the test that decides" },
  report: { type: "string", valueHint: "FILE", completes: "files", description: "write what happened, in Markdown" },
  pr: { type: "boolean", description: "open a pull request for the winner instead of merging it" },
  junit: { type: "string", valueHint: "FILE", completes: "files", description: "write a JUnit report of the tests" },
} as const satisfies CommandArguments;
