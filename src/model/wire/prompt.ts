import * as z from "zod/mini";
import { outcomes, targets } from "./shared.ts";

export const input = z.strictObject({
  ...targets,
  message: z.string().check(z.minLength(1)),
  /** Typed as it is, as a command of the agent. */
  raw: z._default(z.boolean(), false),
  /** Stop the turn first, then deliver. */
  interrupt: z._default(z.boolean(), false),
});

export const answer = outcomes(["submitted", "queued", "refused", "failed"]);

export type PromptInput = z.infer<typeof input>;
export type PromptAnswer = z.infer<typeof answer>;
