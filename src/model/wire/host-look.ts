import * as z from "zod/mini";
import { agentEntry } from "./shared.ts";

export const input = z.strictObject({
  /** What the repository is called on all machines. */
  key: z.string(),
  /** The id of the fleet that asks. */
  owner: z.optional(z.string()),
});

/** What this machine bears, and what it has of a repository. */
export const answer = z.strictObject({
  /** The mirror of the repository, to push to; null when there is none yet. */
  mirror: z.nullable(z.string()),
  /** The names of branches that are taken in it. */
  taken: z.array(z.string()),
  /** The owner's agents in it. */
  agents: z.array(agentEntry),
  /** Agents that run here, of all repositories and users of this home. */
  running: z.int(),
  /** How many may run; null for no limit. */
  most: z.nullable(z.int()),
  processors: z.int(),
  /** Programs that ran or waited to run, on average over the last minute. */
  load: z.number(),
  memory_bytes: z.int(),
  memory_available: z.int(),
  /** Of the file systems that worktrees and mirrors come to, the one with the least room; absent where nobody could tell. */
  disk_bytes: z.optional(z.int()),
  disk_available: z.optional(z.int()),
});

export type HostLookInput = z.infer<typeof input>;
export type HostLookAnswer = z.infer<typeof answer>;
