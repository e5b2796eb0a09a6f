import * as z from "zod/mini";
import { agentEntry, failure, sandboxWish } from "./shared.ts";

export const input = z.strictObject({
  count: z.int().check(z.minimum(1), z.maximum(500)),
  prompt: z.string().check(z.minLength(1)),
  /** Branches are `PREFIX-A1` to `PREFIX-AN`; without it they carry a new id. */
  prefix: z.optional(z.string().check(z.minLength(1))),
  /** Number on behind the branches that exist. */
  continue: z._default(z.boolean(), false),
  /** Which agent CLIs, and how many of each: `claude:3,codex:2`. */
  agents: z.optional(z.string()),
  from: z.optional(z.string()),
  quick: z._default(z.boolean(), false),
  /** The prompt is handed over as it is, also where an agent takes it for one of its commands. */
  raw: z._default(z.boolean(), false),
  batch: z.optional(z.string()),
  /** What each may use: `5 USD`, `2M`. */
  budget: z.optional(z.string()),
  sandbox: sandboxWish,
  /** Do not wait for the setup commands. */
  detach: z._default(z.boolean(), false),
});

/** `agents` are those that are there, also those that do not run: why is in `failures`. */
export const answer = z.strictObject({ agents: z.array(agentEntry), failures: z.array(failure) });

export type FanoutInput = z.infer<typeof input>;
