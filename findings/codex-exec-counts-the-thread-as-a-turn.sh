#!/usr/bin/env bash
# codex exec --json ends each turn with a line turn.completed and its usage. It is not that of the turn: after codex exec resume it holds
# all that the thread has used since it began. Whoever adds up the lines turn.completed of one thread counts its first turn with each.
# Seen with Codex 0.169.0.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home
mkdir -p "$HOME/.codex" "$folder/work"
npm install --prefix "$folder/codex" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @openai/codex@0.169.0 >&2
codex=$folder/codex/node_modules/.bin/codex
"$codex" --version

# Stands in for the model: every answer is said to have used 1000 tokens in and 10 out.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    if (!request.url.endsWith("/responses")) return response.end("{}");
    const item = { type: "message", id: "msg_1", role: "assistant", status: "completed", content: [{ type: "output_text", text: "done" }] };
    response.setHeader("content-type", "text/event-stream");
    const send = (data) => response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
    send({ type: "response.created", response: { id: "resp_1" } });
    send({ type: "response.output_item.done", output_index: 0, item });
    const usage = { input_tokens: 1000, output_tokens: 10, total_tokens: 1010 };
    send({ type: "response.completed", response: { id: "resp_1", status: "completed", output: [item], usage } });
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(process.argv[2], `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
cat >"$HOME/.codex/config.toml" <<CONFIG
model = "some-model"
model_provider = "mock"
[model_providers.mock]
name = "mock"
base_url = "http://127.0.0.1:$(cat "$folder/port")/v1"
wire_api = "responses"
CONFIG

cd "$folder/work"
# turn WORDS...: the tokens in of the line turn.completed.
turn() {
  timeout 60 "$codex" exec "$@" --json --skip-git-repo-check "say hello" </dev/null 2>/dev/null |
    node -e 'for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) {
      const { type, usage } = JSON.parse(line);
      if (type === "turn.completed") console.log(usage.input_tokens);
    }'
}
first=$(turn)
second=$(turn resume --last)
third=$(turn resume --last)
echo "turn.completed of three turns that used 1000 tokens each: $first, $second, $third"
[ "$first $second $third" = "1000 2000 3000" ]
echo "as described"
