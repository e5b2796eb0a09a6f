import * as z from "zod/mini";
import { agentEntry, failure, mergeDone, targets } from "./shared.ts";

export const input = z.strictObject({
  ...targets,
  /** Else the branch that each was started from. */
  into: z.optional(z.string()),
  mode: z._default(z.enum(["squash", "no-ff", "ff-only", "rebase"]), "squash"),
  /** Of the commit; else what the agent's commits say. */
  message: z.optional(z.string().check(z.minLength(1))),
  /** Commit the agent's unsaved work first. */
  commit: z._default(z.boolean(), false),
  /** Send agents their conflicts, and wait until they are resolved. */
  resolve: z._default(z.boolean(), false),
});

/** One after another, up to the first that cannot be merged: why is in `failures`, and the rest is not tried. */
export const answer = z.strictObject({
  agents: z.array(z.extend(agentEntry, { merge: mergeDone })),
  failures: z.array(failure),
  not_tried: z.array(z.string()),
});

export type MergeInput = z.infer<typeof input>;
export type MergeAnswer = z.infer<typeof answer>;
