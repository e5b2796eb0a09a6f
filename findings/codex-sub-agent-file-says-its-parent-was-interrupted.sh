#!/usr/bin/env bash
# A sub-agent of Codex (--enable multi_agent_v2, tool spawn_agent) has a file of its own in sessions/. It begins with rows of its parent,
# with their old ids: a second session_meta that names the parent, its prompt and the start of its turn, then a row that says that this
# turn of the parent was "interrupted", though the parent goes on and completes it in its own file. session_id of the first row is the
# parent's as well; only its id is that of the sub-agent. Rows that are read by their ids have to end at the file they stand in.
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

# Stands in for the model: it has a sub-agent started, and is done three seconds after the answer of that.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
let proceed;
const later = new Promise((resolve) => (proceed = resolve));
let number = 0;
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", async () => {
    if (!request.url.endsWith("/responses")) return response.end("{}");
    const { input } = JSON.parse(text);
    const isSubAgent = input.some(({ type }) => type === "agent_message");
    const isFirst = !isSubAgent && !input.some(({ type }) => type === "function_call_output");
    if (isSubAgent) setTimeout(proceed, 3000);
    else if (!isFirst) await later;
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
timeout 90 "$codex" exec --enable multi_agent_v2 --json --skip-git-repo-check "say hello" </dev/null >/dev/null 2>&1

cat >"$folder/read.mjs" <<'READ'
import { readFileSync } from "node:fs";
const threads = process.argv.slice(2).map((file) => readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line)));
const isSubAgent = (rows) => rows[0].payload.source.subagent !== undefined;
const [subAgent, parent] = [threads.find(isSubAgent), threads.find((rows) => !isSubAgent(rows))];
const heads = subAgent.filter(({ type }) => type === "session_meta").map(({ payload }) => payload);
const name = (id) => (id === parent[0].payload.id ? "parent" : id === subAgent[0].payload.id ? "sub-agent" : "other");
const turn = parent.find(({ payload }) => payload?.type === "task_started").payload.turn_id;
const ends = (rows) => rows.filter(({ payload }) => payload?.turn_id === turn && /task_complete|turn_aborted/.test(payload.type)).map(({ payload }) => payload.type);
const said = heads.map(({ id, session_id }) => `id ${name(id)}, session_id ${name(session_id)}`).join("; ");
console.log(`session_meta in the file of the sub-agent: ${said}`);
console.log(`the end of the turn of the parent: ${ends(parent)} in its own file, ${ends(subAgent)} in that of the sub-agent`);
const isExpected = said === "id sub-agent, session_id parent; id parent, session_id parent";
process.exit(isExpected && ends(parent).join() === "task_complete" && ends(subAgent).join() === "turn_aborted" ? 0 : 1);
READ
mapfile -t files < <(find "$HOME/.codex/sessions" -name '*.jsonl')
node "$folder/read.mjs" "${files[@]}"
echo "as described"
