import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, failure, hostWish } from "./shared.ts";

export const input = z.strictObject({
  tickets: field("ENG-12, 42, acme/web#42, or an address.", z._default(z.array(z.string()), [])),
  query: field("Tickets that a query in the words of the tracker finds, too.", z.optional(z.string())),
  tracker: field("With query: which one is asked.", z.optional(z.enum(["github", "linear", "jira"]))),
  limit: field("With query: at most so many.", z._default(z.int().check(z.minimum(1), z.maximum(500)), 10)),
  attempts: field("How many agents each ticket is to have.", z._default(z.int().check(z.minimum(1), z.maximum(50)), 1)),
  agent: field("The name of the agent CLI; the configured default when absent.", z.optional(z.string())),
  from: field(
    "What new branches start from; the configured one, or what is checked out, when absent.",
    z.optional(z.string()),
  ),
  batch: field("Put the agents into this batch.", z.optional(z.string())),
  budget: field("What each may use: 5 USD, 2M.", z.optional(z.string())),
  quick: field("Skip setup commands and settings that are not accepted.", z._default(z.boolean(), false)),
  host: hostWish,
  detach: field("Do not wait for the setup commands.", z._default(z.boolean(), false)),
});

/** `agents` were made now, `present` are those that tickets had already. */
export const answer = z.strictObject({
  agents: z.array(agentEntry),
  present: z.array(agentEntry),
  failures: z.array(failure),
});

export type TicketInput = z.infer<typeof input>;
export type TicketAnswer = z.infer<typeof answer>;
