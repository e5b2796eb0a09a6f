#!/usr/bin/env bash
# Whether Codex offers the tools of an MCP server to its model depends on the name of the model. One that it does not know gets them at
# once, as a namespace. A model that it knows gets tool_search in their place, however few tools there are; a call before a search is
# answered with "unsupported call", although Codex has started the server and knows the tool, and behind a search it has to name the
# server as its namespace. Seen with Codex 0.169.0, gpt-5.5-codex and a provider of one's own.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home
mkdir -p "$HOME/.codex" "$folder/work"
npm install --prefix "$folder/codex" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @openai/codex@0.169.0 >&2
codex=$folder/codex/node_modules/.bin/codex
"$codex" --version

# A server with one tool, which says hello.
cat >"$folder/tools.mjs" <<'TOOLS'
import { createInterface } from "node:readline";
const tool = { name: "say_hello", description: "says hello", inputSchema: { type: "object", properties: {} } };
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) continue;
  const answers = {
    initialize: () => ({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "hello", version: "1" } }),
    "tools/list": () => ({ tools: [tool] }),
    "tools/call": () => ({ content: [{ type: "text", text: "hello from the tool" }] }),
  };
  console.log(JSON.stringify({ jsonrpc: "2.0", id, result: answers[method]?.() ?? {} }));
}
TOOLS

# Stands in for the model: the answers are read from a file, one for each request; the requests are kept.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
const [, , portFile, plan, log] = process.argv;
const steps = JSON.parse(readFileSync(plan, "utf8"));
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    if (!request.url.endsWith("/responses")) return response.end("{}");
    appendFileSync(log, `${text}\n`);
    const done = { type: "message", id: "msg_1", role: "assistant", status: "completed", content: [{ type: "output_text", text: "done" }] };
    const item = steps.shift() ?? done;
    response.setHeader("content-type", "text/event-stream");
    const send = (data) => response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
    send({ type: "response.created", response: { id: "resp_1" } });
    send({ type: "response.output_item.done", output_index: 0, item });
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    send({ type: "response.completed", response: { id: "resp_1", status: "completed", output: [item], usage } });
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(portFile, `${server.address().port}`));
MODEL

# turn NAME MODEL STEPS: a turn in which the model answers with these items; its requests are in $folder/NAME.
turn() {
  printf '%s' "$3" >"$folder/plan"
  rm -f "$folder/port"
  node "$folder/model.mjs" "$folder/port" "$folder/plan" "$folder/$1" &
  server=$!
  until [ -s "$folder/port" ]; do sleep 0.1; done
  cat >"$HOME/.codex/config.toml" <<CONFIG
model = "$2"
model_provider = "mock"
[model_providers.mock]
name = "mock"
base_url = "http://127.0.0.1:$(cat "$folder/port")/v1"
wire_api = "responses"
[mcp_servers.hello]
command = "node"
args = ["$folder/tools.mjs"]
CONFIG
  (cd "$folder/work" && timeout 60 "$codex" exec --skip-git-repo-check --dangerously-bypass-approvals-and-sandbox "greet" </dev/null >/dev/null 2>&1) || :
  kill "$server"
  server=
}

call='"type":"function_call","id":"fc_1","call_id":"call_1","name":"say_hello","arguments":"{}"'
search='{"type":"tool_search_call","id":"ts_1","call_id":"call_0","execution":"client","status":"completed","arguments":{"query":"hello"}}'
turn unknown some-model "[]"
turn plain gpt-5.5-codex "[{$call}]"
turn searched gpt-5.5-codex "[$search,{$call,\"namespace\":\"mcp__hello\"}]"

# offered NAME: what the first request of a turn offers.
offered() {
  head -n 1 "$folder/$1" |
    node -e 'console.log(JSON.parse(require("fs").readFileSync(0)).tools.map(({ name, type }) => name ?? type).join(" "))'
}

unknown=$(offered unknown)
known=$(offered plain)
plain=$(sed -n 2p "$folder/plain")
searched=$(sed -n 3p "$folder/searched")
echo "offered to a model that it does not know: $unknown"
echo "offered to one that it knows: $known"
echo "called by its name: $(printf '%s' "$plain" | grep -o 'unsupported call[^"\\]*' | head -n 1)"
echo "called with its namespace behind a search: $(printf '%s' "$searched" | grep -o 'hello from the tool' | head -n 1)"

[[ " $unknown " == *" mcp__hello "* && " $unknown " != *" tool_search "* ]]
[[ " $known " != *" mcp__hello "* && " $known " == *" tool_search "* ]]
[[ $plain == *"unsupported call"* ]]
[[ $searched == *"hello from the tool"* ]]
echo "as described"
