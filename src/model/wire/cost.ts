import * as z from "zod/mini";
import { field } from "./field.ts";
import { costFields, hostState } from "./shared.ts";

const grouping = z.enum(["agent", "batch", "model", "day", "ticket", "repo"]);

export const input = z.strictObject({
  targets: field(
    "Names of branches, patterns or batches; else all agents, killed ones too.",
    z._default(z.array(z.string()), []),
  ),
  all_repositories: field(
    "Agents of all repositories, not only of the one that the caller is in.",
    z._default(z.boolean(), false),
  ),
  by: field("What to add up by.", z._default(grouping, "agent")),
  since: field("Only what was used since this moment.", z.optional(z.iso.datetime({ offset: true }))),
  hosts: field("What agents on other machines have used, too.", z._default(z.boolean(), true)),
});

const quota = z.strictObject({
  agent: z.string(),
  at: z.string(),
  plan: z.nullable(z.string()),
  windows: z.array(z.strictObject({ minutes: z.number(), used_percent: z.number(), resets_at: z.string() })),
});

export const answer = z.strictObject({
  by: grouping,
  since: z.nullable(z.string()),
  /** Each has its key under the name of what is added up by. */
  rows: z.array(z.looseObject({ agents: z.int(), ...costFields })),
  total: z.strictObject({ agents: z.int(), ...costFields }),
  prices_date: z.string(),
  quotas: z.array(quota),
  /** What could not be read. */
  problems: z.array(z.strictObject({ branch: z.string(), message: z.string() })),
  /** Those that were asked; what a silent one told before is in the rows. */
  hosts: z.optional(z.array(hostState)),
});

export type CostInput = z.infer<typeof input>;
export type CostAnswer = z.infer<typeof answer>;
