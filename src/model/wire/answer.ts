import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, question } from "./shared.ts";

/** `choice`: its number, how it begins, or any text where the question offers no choices. */
export const input = z.strictObject({
  target: field("The agent, by its branch.", z.string()),
  choice: field(
    "The number of a choice, its words, or the text where there are no choices.",
    z.string().check(z.minLength(1)),
  ),
});

export const answer = z.strictObject({ agents: z.array(z.extend(agentEntry, { question, answer: z.string() })) });

export type AnswerInput = z.infer<typeof input>;
export type AnswerAnswer = z.infer<typeof answer>;
