import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, costFields, failure, fileChange, pullRequest, targets, testResult } from "./shared.ts";

export const input = z.strictObject({
  ...targets,
  test: field(
    "Only results of this test count. It is not run: that is another call.",
    z.optional(z.string().check(z.minLength(1))),
  ),
  into: field(
    "The branch that they are compared with; else the one that each was started from.",
    z.optional(z.string()),
  ),
});

/** The best comes first, and `ranking` says why. `conflicts` are files; `tree` is the content that was looked at. */
export const answer = z.strictObject({
  ranking: z.string(),
  agents: z.array(
    z.extend(agentEntry, {
      tree: z.string(),
      unsaved: z.int(),
      killed: z.boolean(),
      target: z.nullable(z.string()),
      test: z.nullable(z.extend(testResult, { stale: z.boolean() })),
      conflicts: z.array(z.string()),
      score: z.nullable(z.number()),
      files: z.array(fileChange),
      ...costFields,
      pull_request: z.nullable(pullRequest),
      last_words: z.string(),
    }),
  ),
  failures: z.array(failure),
});

export type CompareInput = z.infer<typeof input>;
export type CompareAnswer = z.infer<typeof answer>;
