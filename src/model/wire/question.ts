import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, question } from "./shared.ts";

export const input = z.strictObject({
  target: field("The agent, by its branch.", z.string()),
});

export const answer = z.strictObject({ agents: z.array(z.extend(agentEntry, { question })) });

export type QuestionInput = z.infer<typeof input>;
export type QuestionAnswer = z.infer<typeof answer>;
