import type { ToldCost } from "../../model/wire/shared.ts";
import type { Cost } from "./report.ts";

/** What an agent on another machine has used, as that machine has told it. */
export function costTold({ replies, tokens, usd, at_least, subscription, unpriced_models }: ToldCost): Cost {
  const { input = 0, cache_read = 0, cache_write = 0, cache_write_1h = 0, output = 0 } = tokens;
  return {
    replies,
    tokens: { input, cacheRead: cache_read, cacheWrite: cache_write, cacheWriteHour: cache_write_1h, output },
    dollars: usd ?? undefined,
    unpriced: unpriced_models,
    atLeast: at_least,
    subscription,
  };
}
