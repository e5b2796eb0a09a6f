import { type Fields, fieldsOf, momentOf, textOf } from "../fields.ts";
import { countOf, type FileContext, type RowUsage, tokenCount, type UsageFile } from "../usage.ts";

/** What stands in the rows of answers. */
export const copilotUsageMarks = ["session.usage_record"] as const;

/** The file of the one session that is the agent's. */
export function copilotUsageFiles(events: string | undefined, session: string | null): UsageFile[] {
  return events === undefined || session === null ? [] : [{ path: events, session }];
}

/** What a row says of usage. What came from a cache or went into one is part of the input, what the model thinks of the output. */
export function copilotRowUsage(row: Fields, before: FileContext): RowUsage {
  const usage = fieldsOf(fieldsOf(row.data).usage);
  const at = momentOf(row.timestamp)?.getTime();
  const id = textOf(fieldsOf(usage.accounting).usageId) || textOf(row.id);
  const model = textOf(usage.model);
  if (row.type !== "session.usage_record" || at === undefined || !id || model === undefined) return {};
  const input = countOf(usage.inputTokens);
  const cacheRead = Math.min(input, countOf(usage.cacheReadTokens));
  const cacheWrite = Math.min(input - cacheRead, countOf(usage.cacheWriteTokens));
  const output = countOf(usage.outputTokens);
  const tokens = { input: input - cacheRead - cacheWrite, cacheRead, cacheWrite, cacheWriteHour: 0, output };
  return tokenCount(tokens) === 0 ? {} : { context: { ...before, at }, reply: { id, at, model, tokens } };
}
