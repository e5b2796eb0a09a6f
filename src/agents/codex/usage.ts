import { type Fields, fieldsOf, momentOf, numberOf, textOf } from "../fields.ts";
import { countOf, type FileContext, type Quota, type QuotaWindow, type RowUsage, type Tokens } from "../usage.ts";

/** What stands in the rows of answers, in those that name the model, and in those that say what is left of a quota. */
export const codexUsageMarks = ['"token_usage_record"', '"turn_context"', '"rate_limits"'] as const;

/**
 * What a row says of usage. Every answer has a `token_usage_record`, also one that compacts the conversation; a `token_count` repeats
 * numbers, and counts from the beginning of the conversation.
 */
export function codexRowUsage(row: Fields, before: FileContext): RowUsage {
  const payload = fieldsOf(row.payload);
  const at = momentOf(row.timestamp)?.getTime();
  if (at === undefined) return {};
  if (row.type === "turn_context") {
    const model = textOf(payload.model);
    return model === undefined ? {} : { context: { ...before, model } };
  }
  if (row.type === "token_usage_record") {
    const id = textOf(payload.response_id);
    if (id === undefined) return {};
    const model = before.model ?? "unknown";
    return { context: { ...before, at }, reply: { id, at, model, tokens: tokensIn(fieldsOf(payload.usage)) } };
  }
  if (payload.type !== "token_count") return {};
  const quota = quotaIn(fieldsOf(payload.rate_limits), at);
  return quota === undefined ? {} : { quota };
}

/** What comes from the cache is part of the input, and what the model thinks part of the output. */
function tokensIn(usage: Fields): Tokens {
  const cacheRead = countOf(usage.cached_input_tokens);
  const cacheWrite = countOf(usage.cache_write_input_tokens);
  return {
    input: Math.max(0, countOf(usage.input_tokens) - cacheRead - cacheWrite),
    cacheRead,
    cacheWrite,
    cacheWriteHour: 0,
    output: countOf(usage.output_tokens),
  };
}

/** `primary` is of five hours, `secondary` of a week; both are null for a server that says nothing. `resets_at` is in seconds. */
function quotaIn({ primary, secondary, plan_type: planType }: Fields, at: number): Quota | undefined {
  const windows = [primary, secondary].flatMap((window): QuotaWindow[] => {
    const { used_percent: used, window_minutes: minutes, resets_at: resets } = fieldsOf(window);
    const [usedPercent, span, end] = [numberOf(used), numberOf(minutes), numberOf(resets)];
    if (usedPercent === undefined || span === undefined || end === undefined) return [];
    return [{ minutes: span, usedPercent, resetsAt: end * 1000 }];
  });
  const plan = textOf(planType);
  if (windows.length === 0 && plan === undefined) return undefined;
  return { at, windows, ...(plan === undefined ? {} : { plan }) };
}
