import * as z from "zod/mini";
import { agentEntry, failure, sandboxWish } from "./shared.ts";

const agent = z.strictObject({
  branch: z.string().check(z.minLength(1)),
  prompt: z.optional(z.string()),
  /** The name of the agent CLI; the configured default when absent. */
  agent: z.optional(z.string()),
  /** What a new branch starts from; the configured one, or what is checked out, when absent. */
  from: z.optional(z.string()),
  /** An existing branch is refused instead of adopted. */
  new: z._default(z.boolean(), false),
  /** Skip setup commands and settings that are not accepted. */
  quick: z._default(z.boolean(), false),
  /** The prompt is handed over as it is, also where the agent takes it for one of its commands. */
  raw: z._default(z.boolean(), false),
  batch: z.optional(z.string()),
  /** What it may use: `5 USD`, `2M`. */
  budget: z.optional(z.string()),
  /** What it is held in, where that is not as configured. */
  sandbox: sandboxWish,
});

export const input = z.strictObject({
  /** All are checked before anything is made. */
  agents: z.array(agent).check(z.minLength(1), z.maxLength(500)),
  /** Do not wait for the setup commands. */
  detach: z._default(z.boolean(), false),
});

/** `agents` are those that are there, also those that do not run: why is in `failures`. */
export const answer = z.strictObject({ agents: z.array(agentEntry), failures: z.array(failure) });

export type CreateInput = z.infer<typeof input>;
export type CreateAnswer = z.infer<typeof answer>;
