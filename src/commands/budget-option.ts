import { budgetIn } from "../config/budgets.ts";
import { FleetError } from "../errors.ts";

/** The value of `--budget`, as it is kept. Throws FleetError `usage` for what is none. */
export function budgetOption(text: string | undefined): string | undefined {
  if (text === undefined || budgetIn(text) !== undefined) return text;
  throw new FleetError("usage", `--budget takes money or tokens, such as "5 USD" or 2M, not ${JSON.stringify(text)}`, {
    hint: "for five dollars, add --budget 5USD",
  });
}
