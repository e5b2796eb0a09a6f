import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, failure, targets } from "./shared.ts";

export const input = z.strictObject({
  ...targets,
  prompt: field("What it is to go on with.", z.optional(z.string())),
  fresh: field("Start a new conversation.", z._default(z.boolean(), false)),
  agent: field("With fresh: the name of another agent CLI, which takes over.", z.optional(z.string())),
  quick: field("Skip setup commands and settings that are not accepted.", z._default(z.boolean(), false)),
});

/** `conversation`: it goes on with its own one. `cut_off`: its last turn had no end, and it was not told to go on. */
export const answer = z.strictObject({
  agents: z.array(z.extend(agentEntry, { conversation: z.boolean(), cut_off: z.boolean() })),
  failures: z.array(failure),
});

export type ResumeInput = z.infer<typeof input>;
export type ResumeAnswer = z.infer<typeof answer>;
