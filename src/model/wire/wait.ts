import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, statusDetail, targets } from "./shared.ts";

export const input = z.strictObject({
  ...targets,
  any: field("Answer as soon as one is done or needs somebody.", z._default(z.boolean(), false)),
  replies: field("Say what each has replied last, too.", z._default(z.boolean(), false)),
  timeout_seconds: field(
    "Answer after so many seconds at the latest; who is not done by then is pending.",
    z.optional(z.number().check(z.positive())),
  ),
});

/** `well`: idle without error. `pending` are those that were not done when the time was up. */
export const answer = z.strictObject({
  agents: z.array(
    z.extend(agentEntry, {
      status: z.string(),
      reason: z.nullable(z.string()),
      status_detail: statusDetail,
      well: z.boolean(),
      /** Only when replies are wanted; empty when there is none, or none that can be read. */
      reply: z.optional(z.string()),
    }),
  ),
  pending: z.array(z.string()),
});

export type WaitInput = z.infer<typeof input>;
export type WaitAnswer = z.infer<typeof answer>;
