import * as z from "zod/mini";
import { field } from "./field.ts";
import { outcomes, targets } from "./shared.ts";

export const input = z.strictObject({
  ...targets,
  message: field("What to tell them.", z.string().check(z.minLength(1))),
  raw: field("Typed as it is, as a command of the agent.", z._default(z.boolean(), false)),
  interrupt: field("Stop the turn first, then deliver.", z._default(z.boolean(), false)),
});

export const answer = outcomes(["submitted", "queued", "refused", "failed"]);

export type PromptInput = z.infer<typeof input>;
export type PromptAnswer = z.infer<typeof answer>;
