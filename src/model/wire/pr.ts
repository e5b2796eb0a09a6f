import * as z from "zod/mini";
import { agentEntry, failure, pullRequest, targets } from "./shared.ts";

const text = z.string().check(z.minLength(1));

export const input = z.strictObject({
  ...targets,
  /** Only ask what they are at; nothing is pushed or changed. */
  status: z._default(z.boolean(), false),
  /** Of one agent; else it is made of its commits. */
  title: z.optional(text),
  /** Of one agent; else it is made of its commits and last words. */
  body: z.optional(z.string()),
  /** Open it as a draft; one that is open becomes a draft. */
  draft: z._default(z.boolean(), false),
  /** One that is a draft becomes ready for review; not with `draft`. With neither an open one stays as it is. */
  ready: z._default(z.boolean(), false),
  /** People by their names on the forge; on GitHub also teams, as `acme/reviewers`. */
  reviewers: z._default(z.array(text), []),
  labels: z._default(z.array(text), []),
  /** The branch they go into; else the one each agent was started from, else the usual one of the repository. */
  into: z.optional(text),
  /** Commit unsaved work first. */
  commit: z._default(z.boolean(), false),
});

export const answer = z.strictObject({
  agents: z.array(
    z.extend(agentEntry, {
      /** `seen` with `status`. */
      outcome: z.enum(["opened", "updated", "merged", "seen"]),
      pull_request: z.nullable(pullRequest),
    }),
  ),
  failures: z.array(failure),
});

export type PrInput = z.infer<typeof input>;
export type PrAnswer = z.infer<typeof answer>;
