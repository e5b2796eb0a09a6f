import * as z from "zod/mini";
import { agentEntry, failure, mergeDone, pullRequest, targets } from "./shared.ts";

export const input = z.strictObject({
  /** The winner, or with `best` those to choose from. */
  ...targets,
  best: z._default(z.boolean(), false),
  /** The test that decides, a line for a shell; else the configured one. */
  test: z.optional(z.string().check(z.minLength(1))),
  /** Also when no tests have run on it. */
  untested: z._default(z.boolean(), false),
  into: z.optional(z.string()),
  message: z.optional(z.string().check(z.minLength(1))),
  /** Do not end the others. */
  keep: z._default(z.boolean(), false),
  /** Open a pull request for the winner instead of merging it. */
  pr: z._default(z.boolean(), false),
});

/** `agents` are the others of the batch, and what became of them. */
export const answer = z.strictObject({
  winner: z.extend(agentEntry, { merge: z.optional(mergeDone), pull_request: z.optional(z.nullable(pullRequest)) }),
  reason: z.string(),
  agents: z.array(z.extend(agentEntry, { outcome: z.enum(["ended", "kept"]) })),
  failures: z.array(failure),
});

export type PickInput = z.infer<typeof input>;
export type PickAnswer = z.infer<typeof answer>;
