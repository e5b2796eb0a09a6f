import * as z from "zod/mini";
import { field } from "./field.ts";

export const input = z.strictObject({
  tickets: field("Those that have agents in this repository, unless given.", z._default(z.array(z.string()), [])),
});

export const answer = z.strictObject({
  written: z.array(z.strictObject({ ticket: z.string(), agents: z.array(z.string()) })),
  failures: z.array(
    z.strictObject({
      ticket: z.string(),
      kind: z.string(),
      code: z.nullable(z.string()),
      message: z.string(),
      hint: z.nullable(z.string()),
      output: z.optional(z.string()),
    }),
  ),
});

export type TicketSyncInput = z.infer<typeof input>;
export type TicketSyncAnswer = z.infer<typeof answer>;
