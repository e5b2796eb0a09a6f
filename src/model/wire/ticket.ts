import * as z from "zod/mini";
import { agentEntry, failure } from "./shared.ts";

export const input = z.strictObject({
  /** `ENG-12`, `42`, `acme/web#42`, or an address. */
  tickets: z._default(z.array(z.string()), []),
  /** Tickets that a query in the words of the tracker finds, too. */
  query: z.optional(z.string()),
  tracker: z.optional(z.enum(["github", "linear", "jira"])),
  limit: z._default(z.int().check(z.minimum(1), z.maximum(500)), 10),
  /** How many agents each ticket is to have. */
  attempts: z._default(z.int().check(z.minimum(1), z.maximum(50)), 1),
  agent: z.optional(z.string()),
  from: z.optional(z.string()),
  batch: z.optional(z.string()),
  budget: z.optional(z.string()),
  quick: z._default(z.boolean(), false),
  /** Do not wait for the setup commands. */
  detach: z._default(z.boolean(), false),
});

/** `agents` were made now, `present` are those that tickets had already. */
export const answer = z.strictObject({
  agents: z.array(agentEntry),
  present: z.array(agentEntry),
  failures: z.array(failure),
});

export type TicketInput = z.infer<typeof input>;
export type TicketAnswer = z.infer<typeof answer>;
