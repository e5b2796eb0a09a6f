import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, failure, mergeDone, targets } from "./shared.ts";

export const input = z.strictObject({
  ...targets,
  into: field("The branch they go into; else the one that each was started from.", z.optional(z.string())),
  mode: field(
    "squash: as one commit; no-ff: with a merge commit; ff-only: only by fast-forward; rebase: each commit on top.",
    z._default(z.enum(["squash", "no-ff", "ff-only", "rebase"]), "squash"),
  ),
  message: field(
    "The message of the commit; else what the agent's commits say.",
    z.optional(z.string().check(z.minLength(1))),
  ),
  commit: field("Commit the agent's unsaved work first.", z._default(z.boolean(), false)),
  resolve: field("Send agents their conflicts, and wait until they are resolved.", z._default(z.boolean(), false)),
});

/** One after another, up to the first that cannot be merged: why is in `failures`, and the rest is not tried. */
export const answer = z.strictObject({
  agents: z.array(z.extend(agentEntry, { merge: mergeDone })),
  failures: z.array(failure),
  not_tried: z.array(z.string()),
});

export type MergeInput = z.infer<typeof input>;
export type MergeAnswer = z.infer<typeof answer>;
