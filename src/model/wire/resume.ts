import * as z from "zod/mini";
import { agentEntry, failure, targets } from "./shared.ts";

export const input = z.strictObject({
  ...targets,
  /** What it is to go on with. */
  prompt: z.optional(z.string()),
  /** With a new conversation. */
  fresh: z._default(z.boolean(), false),
  /** The name of another agent CLI, which takes over with a conversation of its own: with `fresh`. */
  agent: z.optional(z.string()),
  /** Skip setup commands and settings that are not accepted. */
  quick: z._default(z.boolean(), false),
});

/** `conversation`: it goes on with its own one. `cut_off`: its last turn had no end, and it was not told to go on. */
export const answer = z.strictObject({
  agents: z.array(z.extend(agentEntry, { conversation: z.boolean(), cut_off: z.boolean() })),
  failures: z.array(failure),
});

export type ResumeInput = z.infer<typeof input>;
export type ResumeAnswer = z.infer<typeof answer>;
