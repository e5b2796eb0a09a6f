import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, failure, targets } from "./shared.ts";

export const input = z.strictObject({
  ...targets,
  commit: field(
    "Put unsaved work on the branch, with this message, instead of saving it apart.",
    z.optional(z.string().check(z.minLength(1))),
  ),
  branch: field(
    "What becomes of its branch: judge deletes one that fleet made and that nothing is on.",
    z._default(z.enum(["judge", "keep", "delete"]), "judge"),
  ),
  now: field(
    "Delete its files at once; restore then brings back only what git could save.",
    z._default(z.boolean(), false),
  ),
  with_children: field(
    "Also end what they made in the repository beside their own worktrees.",
    z._default(z.boolean(), false),
  ),
});

const formerRef = z.object({ ref: z.string(), object: z.string() });

const madeOutside = z.object({
  worktrees: z.array(z.object({ path: z.string(), branch: z.nullable(z.string()) })),
  branches: z.array(z.string()),
  tags: z.array(z.string()),
  stashes: z.array(z.string()),
  /** The full names of other refs, such as notes. */
  refs: z.array(z.string()),
  /** Tags, other refs and branches that were made anew, which are at another object, and what they were at. */
  changed_refs: z.array(formerRef),
  /** Branches, tags and other refs that are gone, and with them the only hold on what they were at. */
  deleted_refs: z.array(formerRef),
  dropped_stashes: z.array(z.object({ message: z.string(), object: z.string() })),
  remotes: z.array(z.string()),
  /** Of the configuration that all worktrees share. */
  settings: z.array(z.string()),
  changed_settings: z.array(z.string()),
  /** Hooks and files of `info`, by their paths in git's directory. */
  files: z.array(z.string()),
  changed_files: z.array(z.string()),
});

export const answer = z.strictObject({
  agents: z.array(
    z.extend(agentEntry, {
      outcome: z.enum(["ended", "ending", "kept"]),
      reason: z.optional(z.string()),
      branch_deleted: z.optional(z.boolean()),
      unsaved: z.optional(z.int()),
      restorable: z.optional(z.enum(["whole", "snapshot"])),
      restorable_until: z.optional(z.nullable(z.string())),
      /** What git was in the middle of: `rebase`. */
      in_progress: z.optional(z.nullable(z.string())),
      /** What was made in its repository while it, or another that was killed with it, lived, and stays. */
      left_outside: z.optional(madeOutside),
      taken_along: z.optional(madeOutside),
    }),
  ),
  failures: z.array(failure),
});

export type KillInput = z.infer<typeof input>;
export type KillAnswer = z.infer<typeof answer>;
