#!/usr/bin/env bash
# qwen -p asks the model twice for one prompt: behind the answer a second agent reads the conversation once more, to find something that
# is worth remembering. This happens without a terminal as well, and doubles the tokens of a short run. The answer of -o json says
# num_turns 1 and gives the message with its own usage; the transcript has one row "assistant". Only usage of the last row has both, and
# that one goes on with --continue: it is of the whole conversation then, beside num_turns 1. Seen with Qwen Code 0.15.10.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home
mkdir -p "$HOME" "$folder/work"
npm install --prefix "$folder/qwen" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @qwen-code/qwen-code@0.15.10 >&2
qwen=$folder/qwen/node_modules/.bin/qwen
echo "Qwen Code $("$qwen" --version)"

# Stands in for the model: every prompt is said to have 1000 tokens, 400 of them from the cache.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { appendFileSync, writeFileSync } from "node:fs";
const [, , portFile, log] = process.argv;
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    if (!request.url.endsWith("/chat/completions")) return response.end("{}");
    appendFileSync(log, "answer\n");
    response.setHeader("content-type", "text/event-stream");
    const chunk = { id: "1", object: "chat.completion.chunk", created: 1, model: "mock" };
    const send = (more) => response.write(`data: ${JSON.stringify({ ...chunk, ...more })}\n\n`);
    send({ choices: [{ index: 0, delta: { role: "assistant", content: "done" }, finish_reason: null }] });
    send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
    const usage = { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010, prompt_tokens_details: { cached_tokens: 400 } };
    send({ choices: [], usage });
    response.end("data: [DONE]\n\n");
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(portFile, `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" "$folder/answers" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
export OPENAI_BASE_URL=http://127.0.0.1:$(cat "$folder/port")/v1 OPENAI_API_KEY=none OPENAI_MODEL=mock

cd "$folder/work"
cat >"$folder/read.mjs" <<'READ'
import { readFileSync } from "node:fs";
const rows = JSON.parse(readFileSync(0, "utf8"));
const { num_turns: turns, usage } = rows.findLast(({ type }) => type === "result");
const messages = rows.filter(({ type }) => type === "assistant").map(({ message }) => message.usage.input_tokens);
console.log(`num_turns ${turns}, messages ${messages}, usage ${usage.input_tokens}`);
READ
# run WORDS...: what the answer of one run says.
run() { timeout 90 "$qwen" --auth-type openai "$@" -o json </dev/null 2>/dev/null | node "$folder/read.mjs"; }
first=$(run -p "say hello")
asked=$(wc -l <"$folder/answers")
second=$(run --continue -p "say hello again")
rows=$(cat "$HOME"/.qwen/projects/*/chats/*.jsonl | grep -c '"type":"assistant"')
echo "tokens in, 1000 for each time that the model was asked"
echo "one prompt, for which it was asked $asked times: $first"
echo "another one, with --continue: $second"
echo "rows \"assistant\" after both, for $(wc -l <"$folder/answers") answers: $rows"
[ "$asked" = 2 ] && [ "$first" = "num_turns 1, messages 1000, usage 2000" ] && [[ $second == "num_turns 1, "*"usage 4000" ]] && [ "$rows" = 2 ] || exit 1
echo "as described"
