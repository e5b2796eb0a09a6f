#!/usr/bin/env bash
# codex exec ends with the answer of its root agent. A sub-agent (--enable multi_agent_v2, tool spawn_agent) that is at work then is
# interrupted: exit code 0, turn.completed as ever, and no line on stdout or stderr says so; only the file of the sub-agent has a row
# turn_aborted. An agent that hands out work and does not wait for it in the same turn has handed out nothing. Claude Code waits in the
# same place. Seen with Codex 0.169.0.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home
mkdir -p "$HOME/.codex" "$folder/work"
npm install --prefix "$folder/codex" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @openai/codex@0.169.0 >&2
codex=$folder/codex/node_modules/.bin/codex
"$codex" --version

# Stands in for the model: it has a sub-agent started, whose own answer never comes, and is done.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
let number = 0;
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", async () => {
    if (!request.url.endsWith("/responses")) return response.end("{}");
    const { input } = JSON.parse(text);
    const isSubAgent = input.some(({ type }) => type === "agent_message");
    const isFirst = !isSubAgent && !input.some(({ type }) => type === "function_call_output");
    if (isSubAgent) return;
    const id = `item_${++number}`;
    const task = JSON.stringify({ task_name: "look", message: "look around" });
    const call = { type: "function_call", id, call_id: "call_1", namespace: "collaboration", name: "spawn_agent", arguments: task };
    const answer = { type: "message", id, role: "assistant", status: "completed", content: [{ type: "output_text", text: "done" }] };
    const item = isFirst ? call : answer;
    response.setHeader("content-type", "text/event-stream");
    const send = (data) => response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
    send({ type: "response.created", response: { id: `resp_${number}` } });
    send({ type: "response.output_item.done", output_index: 0, item });
    const usage = { input_tokens: 1000, output_tokens: 10, total_tokens: 1010 };
    send({ type: "response.completed", response: { id: `resp_${number}`, status: "completed", output: [item], usage } });
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
code=0
timeout 90 "$codex" exec --enable multi_agent_v2 --json --skip-git-repo-check "say hello" </dev/null >"$folder/out" 2>"$folder/err" || code=$?

cat >"$folder/read.mjs" <<'READ'
import { readFileSync } from "node:fs";
const [said, ...files] = process.argv.slice(2).map((file) => readFileSync(file, "utf8").trim());
const threads = files.map((text) => text.split("\n").map((line) => JSON.parse(line)));
const lastOf = (rows) => rows.findLast(({ payload }) => ["task_complete", "turn_aborted"].includes(payload?.type)).payload;
const isSubAgent = (rows) => rows[0].payload.source.subagent !== undefined;
const subAgent = lastOf(threads.find(isSubAgent));
const root = lastOf(threads.find((rows) => !isSubAgent(rows)));
const hint = /abort|interrupt/i.exec(said)?.[0];
console.log(`the root agent: ${root.type}; its sub-agent: ${subAgent.type}, ${subAgent.reason}; what was printed of it: ${hint ?? "nothing"}`);
const isSilent = hint === undefined && said.includes("turn.completed");
process.exit(isSilent && files.length === 2 && root.type === "task_complete" && subAgent.type === "turn_aborted" ? 0 : 1);
READ
cat "$folder/out" "$folder/err" >"$folder/said"
echo "exit code $code"
mapfile -t files < <(find "$HOME/.codex/sessions" -name '*.jsonl')
node "$folder/read.mjs" "$folder/said" "${files[@]}"
[ "$code" = 0 ]
echo "as described"
