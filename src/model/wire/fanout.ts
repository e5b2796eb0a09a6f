import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, failure, hostWish, sandboxWish } from "./shared.ts";

export const input = z.strictObject({
  count: field("How many agents.", z.int().check(z.minimum(1), z.maximum(500))),
  prompt: field(
    "What all of them are to do; they know nothing but this and the repository.",
    z.string().check(z.minLength(1)),
  ),
  prefix: field(
    "Branches are PREFIX-A1 to PREFIX-AN; without it they carry a new id.",
    z.optional(z.string().check(z.minLength(1))),
  ),
  continue: field("Number on behind the branches that exist.", z._default(z.boolean(), false)),
  agents: field("Which agent CLIs, and how many of each: claude:3,codex:2.", z.optional(z.string())),
  from: field(
    "What their branches start from; the configured one, or what is checked out, when absent.",
    z.optional(z.string()),
  ),
  quick: field("Skip setup commands and settings that are not accepted.", z._default(z.boolean(), false)),
  raw: field(
    "The prompt is handed over as it is, also where an agent takes it for one of its commands.",
    z._default(z.boolean(), false),
  ),
  batch: field("Put them into this batch; else it is named by the prefix.", z.optional(z.string())),
  budget: field("What each may use: 5 USD, 2M.", z.optional(z.string())),
  sandbox: sandboxWish,
  host: hostWish,
  detach: field("Do not wait for the setup commands.", z._default(z.boolean(), false)),
});

/** `agents` are those that are there, also those that do not run: why is in `failures`. */
export const answer = z.strictObject({ agents: z.array(agentEntry), failures: z.array(failure) });

export type FanoutInput = z.infer<typeof input>;
