import * as z from "zod/mini";

export const input = z.strictObject({});

/** `open`: nobody works on it; `running`: it has an agent; `done`: its agents are gone. */
export const answer = z.strictObject({
  /** Why `ticket_query` found nothing, where its tracker has not answered; the tickets are then those that have or had agents. */
  failure: z.nullable(
    z.strictObject({
      kind: z.string(),
      code: z.nullable(z.string()),
      message: z.string(),
      hint: z.nullable(z.string()),
      output: z.optional(z.string()),
    }),
  ),
  tickets: z.array(
    z.strictObject({
      ticket: z.string(),
      tracker: z.string(),
      /** Null where its tracker was not asked: `ticket_query` finds it no more. */
      title: z.nullable(z.string()),
      url: z.nullable(z.string()),
      state: z.enum(["open", "running", "done"]),
      agents: z.array(z.strictObject({ branch: z.string(), status: z.string() })),
      pull_requests: z.array(z.string()),
    }),
  ),
});

export type TicketsAnswer = z.infer<typeof answer>;
