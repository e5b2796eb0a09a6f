import { basename, join } from "node:path";
import { namesIn } from "../../system/files.ts";
import { beginningOf } from "../../system/lines.ts";
import type { TranscriptPlace } from "../adapter.ts";
import { type Fields, fieldsOf, momentOf, textOf } from "../fields.ts";
import { countOf, type FileContext, type RowUsage, tokenCount, type UsageFile } from "../usage.ts";
import { qwenChats } from "./transcript.ts";

/** What stands in the rows of answers, those to questions of its own included. */
export const qwenUsageMarks = ["qwen-code.api_response"] as const;

/** The files of all conversations in a worktree: of now, and those that began where it was while it was there. */
export function qwenUsageFiles(
  runtimeDirectory: string,
  { worktree, earlier = [] }: Pick<TranscriptPlace, "worktree" | "earlier">,
): UsageFile[] {
  const begunBefore = (until: Date) => (file: string) => (beginningIn(file) ?? until) <= until;
  return [
    ...chatsIn(qwenChats(runtimeDirectory, worktree)),
    ...earlier.flatMap((place) =>
      chatsIn(qwenChats(runtimeDirectory, place.worktree)).filter(begunBefore(place.until)),
    ),
  ].map((path) => ({ path, session: basename(path, ".jsonl") }));
}

function chatsIn(chats: string): string[] {
  return namesIn(chats)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => join(chats, name));
}

const headBytes = 1024;

/** When a conversation began: the first row holds a whole prompt, behind its moment. */
function beginningIn(file: string): Date | undefined {
  return momentOf(/"timestamp":"([^"]+)"/.exec(beginningOf(file, headBytes))?.[1]);
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
