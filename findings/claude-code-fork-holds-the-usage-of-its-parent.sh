#!/usr/bin/env bash
# A conversation of Claude Code that goes on under another id (--fork-session) has a transcript of its own, which begins with rows of the
# first one, with the ids of their answers. Who adds up the usage of all transcripts counts those answers twice, and who adds up the last
# cost-state row of each counts all of the parent twice: that of the fork begins with the total of its parent, also for answers of which
# it has no row. Seen with Claude Code 2.1.330.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home
mkdir -p "$HOME" "$folder/work"
npm install --prefix "$folder/claude" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @anthropic-ai/claude-code@2.1.330 >&2
claude=$folder/claude/node_modules/.bin/claude
"$claude" --version

# Stands in for the model: every answer is said to have used 1000 tokens in and 10 out.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
let number = 0;
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    const body = request.url.includes("/messages") && text ? JSON.parse(text) : {};
    if (!body.messages) return response.end("{}");
    const usage = { input_tokens: 1000, output_tokens: 10 };
    const message = { id: `msg_${++number}`, type: "message", role: "assistant", model: body.model, content: [], stop_reason: null, usage };
    const block = { type: "text", text: "done" };
    if (!body.stream) return response.end(JSON.stringify({ ...message, content: [block], stop_reason: "end_turn" }));
    response.setHeader("content-type", "text/event-stream");
    const send = (data) => response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
    send({ type: "message_start", message });
    send({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
    send({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "done" } });
    send({ type: "content_block_stop", index: 0 });
    send({ type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage });
    send({ type: "message_stop" });
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(process.argv[2], `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
export ANTHROPIC_BASE_URL=http://127.0.0.1:$(cat "$folder/port") ANTHROPIC_API_KEY=none IS_SANDBOX=1 DISABLE_AUTOUPDATER=1

parent=11111111-1111-4111-8111-111111111111
fork=22222222-2222-4222-8222-222222222222
cd "$folder/work"
timeout 60 "$claude" -p --session-id $parent "one" </dev/null >/dev/null
timeout 60 "$claude" -p --resume $parent "two" </dev/null >/dev/null
timeout 60 "$claude" -p --resume $parent --fork-session --session-id $fork "three" </dev/null >/dev/null

cat >"$folder/read.mjs" <<'READ'
import { readFileSync } from "node:fs";
const read = (file) => readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const [parent, fork] = process.argv.slice(2).map((file) => {
  const rows = read(file);
  const answers = rows.filter((row) => row.type === "assistant").map((row) => row.message);
  const total = rows.findLast((row) => row.type === "cost-state");
  return {
    ids: new Set(answers.map(({ id }) => id)),
    total: Object.values(total.modelUsage).reduce((sum, { inputTokens }) => sum + inputTokens, 0),
  };
});
const copied = [...fork.ids].filter((id) => parent.ids.has(id)).length;
console.log(`parent: ${parent.ids.size} answers, total input ${parent.total}`);
console.log(`fork: ${fork.ids.size - copied} answer of its own, ${copied} with ids of the parent, total input ${fork.total}`);
process.exit(copied > 0 && parent.total === 2000 && fork.total === 3000 ? 0 : 1);
READ
node "$folder/read.mjs" "$HOME"/.claude/projects/*/{$parent,$fork}.jsonl
echo "as described"
