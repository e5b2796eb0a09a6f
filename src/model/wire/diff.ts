import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, failure, fileChange, targets } from "./shared.ts";

export const input = z.strictObject({
  ...targets,
  patch: field("The patch too, not only which files and how many lines.", z._default(z.boolean(), true)),
  patch_limit: field(
    "So many characters of the patch of each agent at most; it is cut between two lines.",
    z._default(z.int().check(z.positive()), 1_000_000),
  ),
  between: field(
    "What differs between two agents, named in targets, instead of what each has changed.",
    z._default(z.boolean(), false),
  ),
});

const changes = {
  files: z.array(fileChange),
  added: z.int(),
  deleted: z.int(),
  patch: z.optional(z.string()),
  /** There is more of the patch. */
  cut: z.optional(z.boolean()),
  /** What is not in it, because git cannot read it, and git's word for why. */
  left_out: z.optional(z.array(z.strictObject({ path: z.string(), why: z.string() }))),
};

/** From the commit that an agent started at to its working tree now, untracked files included. */
export const answer = z.strictObject({
  agents: z.array(z.extend(agentEntry, changes)),
  /** From the work of the first to that of the second. */
  between: z.optional(z.strictObject({ from: z.string(), to: z.string(), ...changes })),
  failures: z.array(failure),
});

export type DiffInput = z.infer<typeof input>;
export type DiffAnswer = z.infer<typeof answer>;
