import { basename, join } from "node:path";
import { namesIn } from "../../system/files.ts";
import { type Fields, fieldsOf, momentOf, textOf } from "../fields.ts";
import { countOf, type FileContext, type RowUsage, tokenCount, type UsageFile } from "../usage.ts";

/** What stands in the rows of answers, those to questions of its own included. */
export const qwenUsageMarks = ["qwen-code.api_response"] as const;

/** The files of all conversations in a worktree. */
export function qwenUsageFiles(chats: string): UsageFile[] {
  const names = namesIn(chats).filter((name) => name.endsWith(".jsonl"));
  return names.map((name) => ({ path: join(chats, name), session: basename(name, ".jsonl") }));
}

/** What a row says of usage. What came from a cache is part of the input, what the model thinks is part of the output. */
export function qwenRowUsage(row: Fields, before: FileContext): RowUsage {
  const event = fieldsOf(fieldsOf(row.systemPayload).uiEvent);
  const at = momentOf(row.timestamp)?.getTime();
  const id = textOf(event.response_id) || textOf(row.uuid);
  const model = textOf(event.model);
  if (event["event.name"] !== "qwen-code.api_response" || at === undefined || !id || model === undefined) return {};
  const input = countOf(event.input_token_count);
  const cacheRead = Math.min(input, countOf(event.cached_content_token_count));
  const output = countOf(event.output_token_count);
  const tokens = { input: input - cacheRead, cacheRead, cacheWrite: 0, cacheWriteHour: 0, output };
  return tokenCount(tokens) === 0 ? {} : { context: { ...before, at }, reply: { id, at, model, tokens } };
}
