import { basename, join } from "node:path";
import { namesIn } from "../../system/files.ts";
import { type Fields, fieldsOf, momentOf } from "../fields.ts";
import { countOf, type FileContext, type RowUsage, type Tokens, tokenCount, type UsageFile } from "../usage.ts";
import { type GeminiChats, isOfAgent } from "./transcript.ts";

/** What stands in the rows of answers. */
export const geminiUsageMarks = ['"tokens"'] as const;

/** The files of all conversations of an agent in a project: `chats/session-*.jsonl`, and those of their agents in folders beside. */
export function geminiUsageFiles({ chats, until }: GeminiChats): UsageFile[] {
  const found = namesIn(chats).flatMap((name): UsageFile[] => {
    if (name.endsWith(".jsonl")) return [{ path: join(chats, name), session: name }];
    return namesIn(join(chats, name)).map((file) => ({ path: join(chats, name, file), session: name, inner: true }));
  });
  return found.filter(({ path }) => basename(path).endsWith(".jsonl") && isOfAgent(path, until));
}

/** What a row says of usage. The row of an answer comes again, with the same id, when its tools have run. */
export function geminiRowUsage(row: Fields, before: FileContext): RowUsage {
  const at = momentOf(row.timestamp)?.getTime();
  const { id, model } = row;
  const tokens = tokensIn(fieldsOf(row.tokens));
  if (row.type !== "gemini" || at === undefined || typeof id !== "string" || typeof model !== "string") return {};
  if (tokenCount(tokens) === 0) return {};
  return { context: { ...before, at }, reply: { id, at, model, tokens } };
}

/** `input` is the whole prompt, what came from the cache included; what the model thinks is beside `output`. */
function tokensIn(tokens: Fields): Tokens {
  const cacheRead = Math.min(countOf(tokens.cached), countOf(tokens.input));
  return {
    input: countOf(tokens.input) - cacheRead + countOf(tokens.tool),
    cacheRead,
    cacheWrite: 0,
    cacheWriteHour: 0,
    output: countOf(tokens.output) + countOf(tokens.thoughts),
  };
}
