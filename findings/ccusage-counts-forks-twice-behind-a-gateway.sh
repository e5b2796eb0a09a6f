#!/usr/bin/env bash
# A fork of a Claude Code conversation (--fork-session) begins with copies of the rows of its parent, so that who adds up usage has to know
# an answer again. ccusage does, by the id of the message and that of the request together. Claude Code has the latter from the header
# request-id, which the API of Anthropic sends and a gateway before another model need not: then requestId is missing in the rows, the ids
# of the messages alone do not count for ccusage, and every fork adds the whole of its parent again. The same three calls are 3000 tokens
# in one account and 5000 in the other. Seen with ccusage 20.0.24 and Claude Code 2.1.330.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
mkdir -p "$folder/work"
npm install --prefix "$folder/claude" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @anthropic-ai/claude-code@2.1.330 >&2
npm install --prefix "$folder/ccusage" --cache "$folder/cache" --no-audit --no-fund --loglevel=error ccusage@20.0.24 >&2
claude=$folder/claude/node_modules/.bin/claude
"$claude" --version
"$folder/ccusage/node_modules/.bin/ccusage" --version

# Stands in for the model: every answer is said to have used 1000 tokens in and 10 out. Below /api it names the request as well.
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
    if (request.url.startsWith("/api/")) response.setHeader("request-id", `req_${number}`);
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
export ANTHROPIC_API_KEY=none IS_SANDBOX=1 DISABLE_AUTOUPDATER=1

parent=11111111-1111-4111-8111-111111111111
fork=22222222-2222-4222-8222-222222222222
# converses NAME: three calls, the last one in a fork, by the model at /NAME; says what transcripts have and ccusage makes of them.
converses() {
  export HOME=$folder/home-of-$1
  ANTHROPIC_BASE_URL=http://127.0.0.1:$(cat "$folder/port")/$1
  export ANTHROPIC_BASE_URL
  mkdir -p "$HOME"
  cd "$folder/work"
  timeout 120 "$claude" -p --session-id $parent "one" </dev/null >/dev/null
  timeout 120 "$claude" -p --resume $parent "two" </dev/null >/dev/null
  timeout 120 "$claude" -p --resume $parent --fork-session --session-id $fork "three" </dev/null >/dev/null
  local rows messages tokens
  rows=$(cat "$HOME"/.claude/projects/*/*.jsonl | grep '"type":"assistant"')
  messages=$(grep -o '"id":"msg_[0-9]*"' <<<"$rows" | sort -u | wc -l)
  tokens=$("$folder/ccusage/node_modules/.bin/ccusage" daily --json --offline | node -e '
    const { totals } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    console.log(totals.inputTokens);')
  echo "$messages messages, $(grep -c '"requestId"' <<<"$rows") of $(wc -l <<<"$rows") rows with requestId, $tokens tokens by ccusage"
}
with=$(converses api)
without=$(converses gateway)
echo "with the header:    $with"
echo "without the header: $without"
[ "$with" = '3 messages, 5 of 5 rows with requestId, 3000 tokens by ccusage' ]
[ "$without" = '3 messages, 0 of 5 rows with requestId, 5000 tokens by ccusage' ]
echo "as described"
