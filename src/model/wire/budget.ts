import * as z from "zod/mini";
import { targets } from "./shared.ts";

const scope = z.enum(["agent", "batch", "day"]);

export const input = z.strictObject({
  ...targets,
  /** Whose budget is changed. */
  of: z._default(scope, "agent"),
  /** `5USD`, `2M`, `+2`, `none`; without it nothing is changed. */
  amount: z.optional(z.string()),
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
