import * as z from "zod/mini";
import { agentEntry, broughtFiles } from "./shared.ts";

const object = z.string().check(z.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/));

export const input = z.strictObject({
  key: z.string(),
  /** Its work was pushed to `refs/fleet/in/PUSHED`, its conversation, if it has one, to `refs/fleet/in/PUSHED.conversation`. */
  pushed: z.string().check(z.regex(/^[\w-]{8,64}$/)),
  /** The id of the fleet that asks. */
  owner: z.string().check(z.regex(/^[0-9a-f-]{36}$/)),
  /** As it was on the other machine. */
  entry: agentEntry,
  head: object,
  /** `head`, or a snapshot of its working tree on top of it. */
  commit: object,
  unsaved: z.int(),
  /** The blob of its conversation. */
  conversation: z.optional(object),
  /** It ran, and is to go on. */
  running: z.boolean(),
  /** Credential files for its worktree, as for agents that are made. */
  files: broughtFiles,
  /** What the user has accepted of what the repository brings, null for nothing; without it that stays as it was. */
  settings: z.optional(z.nullable(z.string())),
});

/** `at_rest`: why it is here and does not run. `goes_on`: it goes on with its conversation. */
export const answer = z.strictObject({
  mirror: z.string(),
  agent: agentEntry,
  at_rest: z.nullable(z.string()),
  goes_on: z.boolean(),
});

export type HostTakeInput = z.infer<typeof input>;
export type HostTakeAnswer = z.infer<typeof answer>;
