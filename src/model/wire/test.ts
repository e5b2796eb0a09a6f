import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, failure, targets, testResult } from "./shared.ts";

export const input = z.strictObject({
  ...targets,
  command: field(
    "A line for a shell, or a program and its arguments; else the configured test command.",
    z.optional(z.union([z.string().check(z.minLength(1)), z.array(z.string()).check(z.minLength(1))])),
  ),
  again: field("Also run what has passed on the same content.", z._default(z.boolean(), false)),
});

/** `known`: it was not run again, because nothing has changed since it passed. `log`: the file with what it printed. */
export const answer = z.strictObject({
  agents: z.array(z.extend(agentEntry, { test: z.extend(testResult, { known: z.boolean(), log: z.string() }) })),
  failures: z.array(failure),
});

export type TestInput = z.infer<typeof input>;
export type TestAnswer = z.infer<typeof answer>;
