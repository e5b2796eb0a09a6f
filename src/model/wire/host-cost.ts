import * as z from "zod/mini";
import { agentEntry } from "./shared.ts";

export const input = z.strictObject({
  /** The id of the fleet that asks. */
  owner: z.string(),
  /** How many bytes of what an agent was answered have been told, by its id. */
  told: z._default(z.record(z.string(), z.int().check(z.minimum(0))), {}),
});

const quota = z.strictObject({
  at: z.number(),
  plan: z.optional(z.string()),
  windows: z.array(z.strictObject({ minutes: z.number(), usedPercent: z.number(), resetsAt: z.number() })),
});

/** What the owner's agents here have used, killed ones too. */
export const answer = z.strictObject({
  agents: z.array(
    z.extend(agentEntry, {
      /** Where `records` begin: not where was asked when what was told before is not there any more. */
      from: z.int(),
      /** The answers that it was given, a line of JSON each; whole lines. */
      records: z.string(),
      /** More was used than what is written down. */
      at_least: z.boolean(),
      subscription: z.boolean(),
      quota: z.nullable(quota),
      /** What could not be read, and why. */
      problems: z.array(z.string()),
    }),
  ),
  /** There are records that did not fit into this answer. */
  more: z.boolean(),
});

export type HostCostInput = z.infer<typeof input>;
export type HostCostAnswer = z.infer<typeof answer>;
