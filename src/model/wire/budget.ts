import * as z from "zod/mini";
import { field } from "./field.ts";
import { targets } from "./shared.ts";

const scope = z.enum(["agent", "batch", "day"]);

export const input = z.strictObject({
  ...targets,
  of: field("Whose budget is changed.", z._default(scope, "agent")),
  amount: field("5USD, 2M, +2, none; without it nothing is changed.", z.optional(z.string())),
});

const budget = z.strictObject({
  branch: z.string(),
  id: z.string(),
  of: scope,
  used: z.number(),
  limit: z.number(),
  unit: z.enum(["USD", "tokens"]),
  unpriced_models: z.array(z.string()),
});

export const answer = z.strictObject({ budgets: z.array(budget) });

export type BudgetInput = z.infer<typeof input>;
export type BudgetAnswer = z.infer<typeof answer>;
