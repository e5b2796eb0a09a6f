#!/usr/bin/env bash
# One may think that an agent which may ask nobody loses the shell first and its editor last. cn -p (Continue in a terminal, without one)
# does the reverse: Write and Edit, which would ask on a screen, are left out of what the model is offered; Bash, which asks there as well,
# is offered and runs at once. Whoever takes a plain cn -p for one that cannot change files is wrong, and whoever wants changes as edits
# gets none: the model has the shell alone to make them with. With --auto it has all three. Seen with @continuedev/cli 1.5.47.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home
mkdir -p "$HOME" "$folder/work"
npm install --prefix "$folder/cn" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @continuedev/cli@1.5.47 >&2
cn=$folder/cn/node_modules/.bin/cn
echo "cn, version $("$cn" --version)"

# Stands in for the model: it calls the shell once and then says which tools it was offered.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    const { messages, tools = [] } = JSON.parse(text);
    const names = tools.map((tool) => tool.function.name).filter((name) => ["Bash", "Edit", "Write"].includes(name));
    const call = { name: "Bash", arguments: '{"command":"touch made-by-the-shell"}' };
    const calls = { tool_calls: [{ index: 0, id: "call", type: "function", function: call }] };
    const done = messages.at(-1).role === "tool" || !names.includes("Bash");
    response.setHeader("content-type", "text/event-stream");
    const chunk = { id: "1", object: "chat.completion.chunk", created: 1, model: "mock" };
    const send = (more) => response.write(`data: ${JSON.stringify({ ...chunk, ...more })}\n\n`);
    const delta = { role: "assistant", ...(done ? { content: names.sort().join(" ") } : calls) };
    send({ choices: [{ index: 0, delta, finish_reason: null }] });
    send({ choices: [{ index: 0, delta: {}, finish_reason: done ? "stop" : "tool_calls" }] });
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
# offered WORDS...: which of the shell and the editors the model is offered, and the files that are there then.
offered() {
  rm -f made-by-the-shell
  timeout 90 "$cn" --config "$folder/config.yaml" "$@" -p "touch a file" </dev/null 2>/dev/null
  ls
}
plain=$(offered | xargs)
auto=$(offered --auto | xargs)
echo "cn -p is offered and makes:        $plain"
echo "cn --auto -p is offered and makes: $auto"
[ "$plain/$auto" = 'Bash made-by-the-shell/Bash Edit Write made-by-the-shell' ]
echo "as described"
