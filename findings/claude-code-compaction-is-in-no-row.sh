#!/usr/bin/env bash
# The calls in which Claude Code has a conversation summed up (/compact) are in no row "assistant" of its transcript, and the answer of
# claude -p --output-format json says of them: num_turns 0, duration_api_ms 0, usage 0. They were made and have to be paid for: only the
# total, in the last cost-state row and in modelUsage, has grown. Whoever adds up the rows of a transcript misses the longest prompts of it.
# Seen with Claude Code 2.1.330.
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

conversation=11111111-1111-4111-8111-111111111111
cd "$folder/work"
timeout 60 "$claude" -p --session-id $conversation "one" </dev/null >/dev/null
timeout 60 "$claude" -p --resume $conversation "two" </dev/null >/dev/null
timeout 90 "$claude" -p --resume $conversation --output-format json "/compact" </dev/null >"$folder/answer"

cat >"$folder/read.mjs" <<'READ'
import { readFileSync } from "node:fs";
const [transcript, answer] = process.argv.slice(2).map((file) => readFileSync(file, "utf8").trim());
const rows = transcript.split("\n").map((line) => JSON.parse(line));
const sum = (modelUsage) => Object.values(modelUsage).reduce((total, { inputTokens }) => total + inputTokens, 0);
const answers = new Map(rows.filter(({ type }) => type === "assistant").map(({ message }) => [message.id, message.usage.input_tokens]));
const ofRows = [...answers.values()].reduce((total, tokens) => total + tokens, 0);
const states = rows.filter(({ type }) => type === "cost-state").map(({ modelUsage }) => sum(modelUsage));
const said = JSON.parse(answer);
console.log(`tokens in of all assistant rows: ${ofRows}`);
console.log(`of the cost-state rows after each run: ${states.join(", ")}`);
console.log(`of /compact itself: num_turns ${said.num_turns}, duration_api_ms ${said.duration_api_ms}, usage ${said.usage.input_tokens}`);
const isSilent = said.num_turns === 0 && said.duration_api_ms === 0 && said.usage.input_tokens === 0;
const hasBoundary = rows.some(({ subtype }) => subtype === "compact_boundary");
process.exit(hasBoundary && isSilent && ofRows === 2000 && states.at(-2) === 2000 && states.at(-1) > 2000 && sum(said.modelUsage) === states.at(-1) ? 0 : 1);
READ
node "$folder/read.mjs" "$HOME"/.claude/projects/*/$conversation.jsonl "$folder/answer"
echo "as described"
