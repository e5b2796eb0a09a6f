import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, failure, mergeDone, pullRequest, targets } from "./shared.ts";

const text = z.string().check(z.minLength(1));

export const input = z.strictObject({
  /** The winner, or with `best` those to choose from. */
  ...targets,
  best: field("Take the best of them, as compare ranks them.", z._default(z.boolean(), false)),
  test: field("The test that decides, a line for a shell; else the configured one.", z.optional(text)),
  untested: field("Take it also when no tests have run on it.", z._default(z.boolean(), false)),
  into: field("The branch it goes into; else the one it was started from.", z.optional(z.string())),
  message: field("The message of the commit; else what its commits say.", z.optional(text)),
  keep: field("Do not end the others.", z._default(z.boolean(), false)),
  pr: field("Open a pull request for the winner instead of merging it.", z._default(z.boolean(), false)),
  draft: field("With pr: as a draft.", z._default(z.boolean(), false)),
  reviewers: field("With pr: people who are asked to review it.", z._default(z.array(text), [])),
  labels: field("With pr: labels that it gets.", z._default(z.array(text), [])),
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
