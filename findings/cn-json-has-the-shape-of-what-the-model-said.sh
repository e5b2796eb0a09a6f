#!/usr/bin/env bash
# cn -p --format json (Continue in a terminal) prints one JSON value, but not always of one shape. What the model said is put into
# {"response", "status", "note"} only where it is no JSON itself; where it is, it is printed as it is, without anything around it. So the
# answer "42" is a number, "null" is null, and a model that ends with {"status":"error"} of its own, as many prompts ask for, prints what
# cn prints when it could not reach the model; only the exit code tells them apart. Who reads .response gets nothing exactly from the
# models that did what they were told. Seen with @continuedev/cli 1.5.47.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home
mkdir -p "$HOME" "$folder/work"
npm install --prefix "$folder/cn" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @continuedev/cli@1.5.47 >&2
cn=$folder/cn/node_modules/.bin/cn
echo "cn, version $("$cn" --version)"

# Stands in for the model: it says what the prompt says, or fails where the prompt is "fail".
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    const { content } = JSON.parse(text).messages.findLast(({ role }) => role === "user");
    const said = typeof content === "string" ? content : content.map((part) => part.text).join("");
    if (said === "fail") return response.writeHead(400, { "content-type": "application/json" }).end('{"error":{"message":"no"}}');
    response.setHeader("content-type", "text/event-stream");
    const chunk = { id: "1", object: "chat.completion.chunk", created: 1, model: "mock" };
    const send = (more) => response.write(`data: ${JSON.stringify({ ...chunk, ...more })}\n\n`);
    send({ choices: [{ index: 0, delta: { role: "assistant", content: said }, finish_reason: null }] });
    send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
    response.end("data: [DONE]\n\n");
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(process.argv[2], `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
cat >"$folder/config.yaml" <<YAML
name: finding
version: 1.0.0
schema: v1
models:
  - { name: mock, provider: openai, model: mock, apiBase: "http://127.0.0.1:$(cat "$folder/port")/v1", apiKey: none }
YAML

cd "$folder/work"
# printed TEXT: the code and the output where the model says TEXT.
printed() {
  local code=0 said
  said=$(timeout 90 "$cn" --config "$folder/config.yaml" -p --format json "$1" </dev/null 2>&1) || code=$?
  echo "$code $said"
}
words=$(printed done)
number=$(printed 42)
nothing=$(printed null)
error=$(printed '{"status":"error","message":"400 no"}')
failed=$(printed fail)
echo "code and output where the model says"
echo "  done:         $words"
echo "  42:           $number"
echo "  null:         $nothing"
echo "  an error:     $error"
echo "and where it cannot be asked: $failed"
[[ $words == '0 {"response":"done","status":"success",'* ]]
[ "$number/$nothing" = '0 42/0 null' ]
[ "$error/$failed" = '0 {"status":"error","message":"400 no"}/1 {"status":"error","message":"400 no"}' ]
echo "as described"
