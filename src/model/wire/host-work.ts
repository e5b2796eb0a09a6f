import * as z from "zod/mini";
import { agentEntry, costFields, failure } from "./shared.ts";

export const input = z.strictObject({
  key: z.string(),
  owner: z.string(),
  /** The agents whose work is wanted, by their ids. */
  ids: z.array(z.string()).check(z.minLength(1), z.maxLength(500)),
  /** Their conversations, too. */
  conversations: z._default(z.boolean(), false),
});

/** Where the work of each can be fetched from: a ref of the mirror, whose commit has the working tree on top of `head`. */
export const answer = z.strictObject({
  mirror: z.string(),
  agents: z.array(
    z.extend(agentEntry, {
      ref: z.string(),
      /** Where its conversation can be fetched from, as a blob. */
      conversation: z.optional(z.string()),
      head: z.string(),
      commit: z.string(),
      /** How many files are in no commit of its own. */
      unsaved: z.int(),
      /** What of them does not come along: too large, or with a name that git cannot write. */
      unheld: z.strictObject({ files: z.int(), bytes: z.int() }),
      /** Whether it was killed: then this is its work as it was saved. */
      ended: z.optional(z.boolean()),
      /** What it said last, and what it has used. */
      last_words: z.optional(z.string()),
      cost: z.optional(z.strictObject(costFields)),
    }),
  ),
  failures: z.array(failure),
});

export type HostWorkInput = z.infer<typeof input>;
export type HostWorkAnswer = z.infer<typeof answer>;
