#!/usr/bin/env bash
# The answer of claude -p --output-format json has usage, modelUsage and total_cost_usd side by side, and they are not of the same thing.
# After --resume, usage is that of this run alone, while modelUsage and total_cost_usd hold all that the conversation has used since it
# began. Whoever adds up total_cost_usd over the runs of one conversation pays for the first run again with each. Seen with Claude Code
# 2.1.330.
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

session=11111111-1111-4111-8111-111111111111
cd "$folder/work"
ask() { timeout 60 "$claude" -p --output-format json "${@:2}" "$1" </dev/null; }
ask one --session-id $session >"$folder/first.json"
ask two --resume $session >"$folder/second.json"
ask three --resume $session >"$folder/third.json"

cat >"$folder/read.mjs" <<'READ'
import { readFileSync } from "node:fs";
const answers = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")));
const seen = answers.map(({ usage, modelUsage, total_cost_usd: cost }) => ({
  run: usage.input_tokens,
  models: Object.values(modelUsage).reduce((sum, { inputTokens }) => sum + inputTokens, 0),
  cost,
}));
for (const [index, { run, models, cost }] of seen.entries()) {
  console.log(`run ${index + 1}: usage ${run}, modelUsage ${models} tokens in, total_cost_usd ${(cost / seen[0].cost).toFixed(2)} times that of the first`);
}
const isDescribed = seen.every(({ run, models, cost }, index) => {
  return run === 1000 && models === 1000 * (index + 1) && Math.abs(cost / seen[0].cost - (index + 1)) < 0.01;
});
process.exit(isDescribed ? 0 : 1);
READ
node "$folder/read.mjs" "$folder"/{first,second,third}.json
echo "as described"
