import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, failure, hostWish, sandboxWish } from "./shared.ts";

const agent = z.strictObject({
  branch: field("The branch to create, or to adopt.", z.string().check(z.minLength(1))),
  prompt: field("What it is to do; it knows nothing but this and the repository.", z.optional(z.string())),
  agent: field("The name of the agent CLI; the configured default when absent.", z.optional(z.string())),
  from: field(
    "What a new branch starts from; the configured one, or what is checked out, when absent.",
    z.optional(z.string()),
  ),
  new: field("An existing branch is refused instead of adopted.", z._default(z.boolean(), false)),
  quick: field("Skip setup commands and settings that are not accepted.", z._default(z.boolean(), false)),
  raw: field(
    "The prompt is handed over as it is, also where the agent takes it for one of its commands.",
    z._default(z.boolean(), false),
  ),
  batch: field("Put it into this batch, a name for several agents.", z.optional(z.string())),
  budget: field("What it may use: 5 USD, 2M.", z.optional(z.string())),
  sandbox: sandboxWish,
});

export const input = z.strictObject({
  agents: field(
    "What to make; all is checked before anything is made.",
    z.array(agent).check(z.minLength(1), z.maxLength(500)),
  ),
  host: hostWish,
  detach: field("Do not wait for the setup commands.", z._default(z.boolean(), false)),
});

/** `agents` are those that are there, also those that do not run: why is in `failures`. */
export const answer = z.strictObject({ agents: z.array(agentEntry), failures: z.array(failure) });

export type CreateInput = z.infer<typeof input>;
export type CreateAnswer = z.infer<typeof answer>;
