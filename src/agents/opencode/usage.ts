import { queryDatabase } from "../../system/sqlite.ts";
import { type Fields, fieldsOf, textOf } from "../fields.ts";
import { objectIn } from "../json-lines.ts";
import { countOf, type Reply, type Tokens, tokenCount } from "../usage.ts";
import { beganThere, type OpencodeSession } from "./transcript.ts";

/** The answers in all conversations of an agent, those of its agents' agents included: they have the same directory. */
export function opencodeReplies(session: OpencodeSession): Reply[] {
  const { sql, values } = beganThere(session);
  const rows = queryDatabase(session.database, answersIn(sql), values) ?? [];
  return rows.flatMap((row): Reply[] => {
    const tokens = tokensIn(objectIn(textOf(row.tokens)));
    const { id, created, model, provider } = row;
    if (typeof id !== "string" || typeof created !== "number" || typeof model !== "string") return [];
    if (tokenCount(tokens) === 0) return [];
    return [{ id, at: created, model, ...(typeof provider === "string" ? { provider } : {}), tokens }];
  });
}

const answersIn = (sessions: string) => `
  SELECT message.id AS id, message.time_created AS created, json_extract(message.data, '$.modelID') AS model,
    json_extract(message.data, '$.providerID') AS provider, json_extract(message.data, '$.tokens') AS tokens
  FROM message JOIN session ON session.id = message.session_id
  WHERE ${sessions} AND json_extract(message.data, '$.role') = 'assistant'
  ORDER BY message.time_created, message.id`;

/** What came from the cache is beside `input`, and what the model thinks beside `output`. */
function tokensIn({ input, output, reasoning, cache }: Fields): Tokens {
  const { read, write } = fieldsOf(cache);
  return {
    input: countOf(input),
    cacheRead: countOf(read),
    cacheWrite: countOf(write),
    cacheWriteHour: 0,
    output: countOf(output) + countOf(reasoning),
  };
}
