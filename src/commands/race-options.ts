import type { Race } from "../api/pick.ts";
import type { CommandArguments, Invocation } from "./definition.ts";

/** The options of every command that ends a race. */
export const raceOptions = {
  test: { type: "string", valueHint: "COMMAND", description: "the test that decides" },
  report: { type: "string", valueHint: "FILE", completes: "files", description: "write what happened, in Markdown" },
  pr: { type: "boolean", description: "open a pull request for the winner instead of merging it" },
  draft: { type: "boolean", needs: ["pr"], description: "open the pull request as a draft" },
  reviewer: {
    type: "string",
    valueHint: "NAME",
    repeatable: true,
    needs: ["pr"],
    description: "ask them to review the pull request",
  },
  label: { type: "string", valueHint: "NAME", repeatable: true, needs: ["pr"], description: "add this label to it" },
  junit: { type: "string", valueHint: "FILE", completes: "files", description: "write a JUnit report of the tests" },
} as const satisfies CommandArguments;

/** What `raceOptions` say of the pull request of a winner. */
export function pullAsked(
  { draft }: { readonly draft?: boolean | undefined },
  { repeated }: Pick<Invocation, "repeated">,
): Required<Pick<Race, "draft" | "reviewers" | "labels">> {
  return { draft: draft === true, reviewers: repeated.reviewer ?? [], labels: repeated.label ?? [] };
}
