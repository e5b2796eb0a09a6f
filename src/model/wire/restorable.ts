import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry } from "./shared.ts";

export const input = z.strictObject({
  all_repositories: field(
    "Those of all repositories, not only of the one that the caller is in.",
    z._default(z.boolean(), false),
  ),
});

/** The last killed first. `whole`: as it was, until that moment; else what git could save of it. */
export const answer = z.strictObject({
  agents: z.array(
    z.extend(agentEntry, {
      ended_at: z.string(),
      unsaved: z.int(),
      restorable: z.enum(["whole", "snapshot"]),
      restorable_until: z.nullable(z.string()),
      /** What git was in the middle of: `rebase`. */
      in_progress: z.nullable(z.string()),
    }),
  ),
});

export type RestorableInput = z.infer<typeof input>;
export type RestorableAnswer = z.infer<typeof answer>;
