import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, failure, pullRequest, targets } from "./shared.ts";

const text = z.string().check(z.minLength(1));

export const input = z.strictObject({
  ...targets,
  status: field("Only ask how they stand; nothing is pushed or changed.", z._default(z.boolean(), false)),
  title: field("The title, for one agent; else it is made of its commits.", z.optional(text)),
  body: field("The text, for one agent; else it is made of its commits and last words.", z.optional(z.string())),
  draft: field("Open it as a draft; one that is open becomes a draft.", z._default(z.boolean(), false)),
  ready: field(
    "One that is a draft becomes ready for review; not with draft. With neither an open one stays as it is.",
    z._default(z.boolean(), false),
  ),
  reviewers: field(
    "People by their names on the forge; on GitHub also teams, as acme/reviewers.",
    z._default(z.array(text), []),
  ),
  labels: field("Labels to add.", z._default(z.array(text), [])),
  into: field(
    "The branch they go into; else the one each agent was started from, else the usual one of the repository.",
    z.optional(text),
  ),
  commit: field("Commit unsaved work first.", z._default(z.boolean(), false)),
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
