import { addTokens, noTokens, type Tokens } from "../agents/usage.ts";
import type { Cost } from "../fleet/cost/report.ts";

/** A cost as JSON. */
export function costAsJson(cost: Cost) {
  return {
    replies: cost.replies,
    tokens: tokensAsJson(cost.tokens),
    usd: cost.dollars === undefined ? null : rounded(cost.dollars),
    at_least: cost.atLeast,
    subscription: cost.subscription,
    unpriced_models: [...cost.unpriced],
  };
}

/** Tokens as JSON, each kind under its name. */
export function tokensAsJson(tokens: Tokens) {
  const { input, cacheRead, cacheWrite, cacheWriteHour, output } = addTokens(noTokens, tokens);
  return { input, cache_read: cacheRead, cache_write: cacheWrite, cache_write_1h: cacheWriteHour, output };
}

/** An amount of money as JSON: sums of binary fractions have tails that mean nothing. */
export function rounded(dollars: number): number {
  return Number(dollars.toFixed(9));
}
