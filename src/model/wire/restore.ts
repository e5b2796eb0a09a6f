import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, failure, merged } from "./shared.ts";

export const input = z.strictObject({
  branch: field("The agent that was killed, by its branch; else give last.", z.optional(z.string())),
  last: field("All that the last kill ended.", z._default(z.boolean(), false)),
  as: field("Bring it back on this new branch.", z.optional(z.string().check(z.minLength(1)))),
  resume: field("Start again what was running when it was killed.", z._default(z.boolean(), true)),
});

/**
 * `agents` are those that are there again, also those that could not be started: why is in `failures`. `merge_undone` is that of the winner
 * of a race whose end was taken back.
 */
export const answer = z.strictObject({
  agents: z.array(z.extend(agentEntry, { running: z.boolean() })),
  merge_undone: z.optional(z.extend(agentEntry, { undone: merged })),
  failures: z.array(failure),
});

export type RestoreInput = z.infer<typeof input>;
export type RestoreAnswer = z.infer<typeof answer>;
