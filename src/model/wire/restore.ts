import * as z from "zod/mini";
import { agentEntry, failure } from "./shared.ts";

export const input = z.strictObject({
  /** The agent that was killed; without it all that the last kill ended, which `last` says. */
  branch: z.optional(z.string()),
  last: z._default(z.boolean(), false),
  /** Bring it back on this new branch. */
  as: z.optional(z.string().check(z.minLength(1))),
  /** Start again what was running when it was killed. */
  resume: z._default(z.boolean(), true),
});

/** `agents` are those that are there again, also those that could not be started: why is in `failures`. */
export const answer = z.strictObject({
  agents: z.array(z.extend(agentEntry, { running: z.boolean() })),
  failures: z.array(failure),
});

export type RestoreInput = z.infer<typeof input>;
export type RestoreAnswer = z.infer<typeof answer>;
