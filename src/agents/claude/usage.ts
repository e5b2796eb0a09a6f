import { basename, join } from "node:path";
import { isInside, namesIn } from "../../system/files.ts";
import type { TranscriptPlace } from "../adapter.ts";
import { type Fields, fieldsOf, momentOf, numberOf, textOf } from "../fields.ts";
import {
  countOf,
  type FileContext,
  type RowUsage,
  type SessionTotal,
  type Tokens,
  tokenCount,
  type UsageFile,
} from "../usage.ts";

/** What stands in the rows of answers, and in the row that sums up a session. */
export const claudeUsageMarks = ['"usage"', '"cost-state"'] as const;

/**
 * The files of all conversations in a directory of `projects`. What agents of a conversation use is in files of their own,
 * `SESSION/subagents/agent-*.jsonl`, and not in that of the conversation.
 */
export function claudeUsageFiles(directory: string): UsageFile[] {
  return namesIn(directory).flatMap((name): UsageFile[] => {
    if (name.endsWith(".jsonl")) return [{ path: join(directory, name), session: basename(name, ".jsonl") }];
    const inner = join(directory, name, "subagents");
    return namesIn(inner)
      .filter((file) => file.endsWith(".jsonl"))
      .map((file) => ({ path: join(inner, file), session: name, inner: true }));
  });
}

/**
 * What a row says of usage. Each block of an answer has a row, with the id and the usage of the whole answer. A conversation that goes
 * on under another id begins with rows of the first, some with the usage they had and some with none.
 */
export function claudeRowUsage(
  row: Fields,
  before: FileContext,
  place: Pick<TranscriptPlace, "worktree" | "agentSession">,
  file: UsageFile,
): RowUsage {
  if (before.foreign === true) return {};
  if (row.type === "cost-state") {
    const at = before.at ?? momentOf(row.startTime)?.getTime();
    return at === undefined ? {} : { total: { at, models: modelsIn(row), ...dollarsIn(row) } };
  }
  if (row.type !== "assistant") return {};
  if (before.at === undefined && isOfAnotherWorktree(row, place, file))
    return { context: { ...before, foreign: true } };
  const { id, model, usage } = fieldsOf(row.message);
  const at = momentOf(row.timestamp)?.getTime();
  const tokens = tokensIn(fieldsOf(usage));
  if (at === undefined || typeof id !== "string" || typeof model !== "string" || tokenCount(tokens) === 0) return {};
  return { context: { ...before, at }, reply: { id, at, model, ...providerOf(model), tokens } };
}

/** A conversation of another worktree may stand in the same directory, whose name is the same for `a-b` and `a_b`. */
function isOfAnotherWorktree(
  row: Fields,
  { worktree, agentSession }: Pick<TranscriptPlace, "worktree" | "agentSession">,
  { session }: UsageFile,
): boolean {
  const cwd = textOf(row.cwd);
  return session !== agentSession && cwd !== undefined && !isInside(worktree, cwd);
}

/** `cache_creation` splits `cache_creation_input_tokens`, but is left as it was in a copy whose other counts are zero. */
function tokensIn(usage: Fields): Tokens {
  const written = countOf(usage.cache_creation_input_tokens);
  const hour = Math.min(written, countOf(fieldsOf(usage.cache_creation).ephemeral_1h_input_tokens));
  return {
    input: countOf(usage.input_tokens),
    cacheRead: countOf(usage.cache_read_input_tokens),
    cacheWrite: written - hour,
    cacheWriteHour: hour,
    output: countOf(usage.output_tokens),
  };
}

/** `modelUsage` of a `cost-state`, which is written at the end of a run and counts from the beginning of the session. */
function modelsIn(row: Fields): Record<string, Tokens> {
  return Object.fromEntries(
    Object.entries(fieldsOf(row.modelUsage)).map(([model, value]) => {
      const used = fieldsOf(value);
      const written = countOf(used.cacheCreationInputTokens);
      const hour = Math.min(written, countOf(used.cacheCreationEphemeral1hInputTokens));
      const tokens: Tokens = {
        input: countOf(used.inputTokens),
        cacheRead: countOf(used.cacheReadInputTokens),
        cacheWrite: written - hour,
        cacheWriteHour: hour,
        output: countOf(used.outputTokens),
      };
      return [model, tokens];
    }),
  );
}

/** It knows the prices of models that are newer than any table. Without one it takes that of another model, and says so. */
function dollarsIn(row: Fields): Pick<SessionTotal, "dollars"> {
  if (row.hasUnknownModelCost !== false) return {};
  const costs = Object.entries(fieldsOf(row.modelUsage)).map(([model, used]) => [
    model,
    numberOf(fieldsOf(used).costUSD),
  ]);
  return { dollars: Object.fromEntries(costs.filter(([, cost]) => cost !== undefined)) };
}

/** `us.anthropic.claude-opus-5-5-v1:0` is a model of Amazon Bedrock, which has prices of its own. */
function providerOf(model: string): { readonly provider?: string } {
  return /^(\w+\.)?anthropic\./.test(model) ? { provider: "aws" } : {};
}
