import type { Cost } from "../fleet/cost/report.ts";

/** `$1.23`; `~` before what a subscription pays for, `+` behind what is not all. `-` where nothing has a price. */
export function moneyText({ dollars, atLeast, unpriced, subscription }: Cost): string {
  if (dollars === undefined) return "-";
  return `${subscription ? "~" : ""}$${dollars.toFixed(2)}${atLeast || unpriced.length > 0 ? "+" : ""}`;
}
