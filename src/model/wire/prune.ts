import * as z from "zod/mini";
import { field } from "./field.ts";

export const input = z.strictObject({
  trash: field("Also the worktrees of killed agents, before their time is over.", z._default(z.boolean(), false)),
});

/** What can go, and why nobody will miss it; what had to stay of it is in `failures`. */
export const answer = z.strictObject({
  /** Nothing was removed. */
  dry_run: z.boolean(),
  prunable: z.array(
    z.strictObject({
      kind: z.enum(["agent", "branch", "tree", "killed", "files", "logs"]),
      name: z.string(),
      reason: z.string(),
    }),
  ),
  failures: z.array(z.strictObject({ kind: z.literal("kept"), message: z.string(), hint: z.null() })),
});

export type PruneInput = z.infer<typeof input>;
export type PruneAnswer = z.infer<typeof answer>;
