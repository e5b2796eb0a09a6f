import * as z from "zod/mini";
import { agentEntry, broughtFiles, failure, sandboxWish } from "./shared.ts";

const agent = z.strictObject({
  branch: z.string().check(z.minLength(1)),
  prompt: z.optional(z.string()),
  agent: z.optional(z.string()),
  quick: z._default(z.boolean(), false),
  raw: z._default(z.boolean(), false),
  batch: z.string(),
  budget: z.optional(z.string()),
  sandbox: sandboxWish,
  /** The ticket that it is for, and how many agents that may have in all. */
  ticket: z.optional(
    z.strictObject({
      mark: z.strictObject({
        tracker: z.enum(["github", "linear", "jira"]),
        key: z.string(),
        host: z.string(),
        url: z.string(),
      }),
      most: z.int().check(z.minimum(1)),
    }),
  ),
});

export const input = z.strictObject({
  key: z.string(),
  /** The commit was pushed to `refs/fleet/in/PUSHED`. */
  pushed: z.string().check(z.regex(/^[\w-]{8,64}$/)),
  /** The id of the fleet that asks. */
  owner: z.string().check(z.regex(/^[0-9a-f-]{36}$/)),
  commit: z.string().check(z.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)),
  /** What the user calls that commit: `main`. */
  commit_name: z.optional(z.string()),
  agents: z.array(agent).check(z.minLength(1), z.maxLength(500)),
  detach: z._default(z.boolean(), false),
  /** Credential files for their worktrees. */
  files: broughtFiles,
  /** What the user has accepted of what the repository brings, null for nothing; without it that stays as it was. */
  settings: z.optional(z.nullable(z.string())),
});

/** `agents` are those that are there, also those that do not run: why is in `failures`. */
export const answer = z.strictObject({ agents: z.array(agentEntry), failures: z.array(failure) });

export type HostLaunchInput = z.infer<typeof input>;
export type HostLaunchAnswer = z.infer<typeof answer>;
