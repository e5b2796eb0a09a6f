#!/usr/bin/env bash
# The program named by notify in the configuration of Codex is told agent-turn-complete when the agent is done, and that is how a person or a
# supervisor learns that it waits for them. It is told the same of each turn of a sub-agent (--enable multi_agent_v2, tool spawn_agent), while
# the agent that asked for it is in the middle of its own turn. Nothing in it says sub-agent: type and cwd are the same, input-messages are
# the prompt of the parent and not the task that the sub-agent was given, last-assistant-message is what the sub-agent said, and so reads as
# the answer to that prompt. What differs is thread-id, which the first line of codex exec --json has for the root, and that the word client
# is missing. The hooks of Claude Code have two names for the two. Seen with Codex, version 0.169.0.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home
unset CODEX_HOME
mkdir -p "$HOME/.codex" "$folder/work"
npm install --prefix "$folder/codex" --cache "$folder/cache" --no-audit --no-fund --no-update-notifier --loglevel=error @openai/codex@0.169.0 >&2
codex=$folder/codex/node_modules/.bin/codex
"$codex" --version

# Stands in for the model: it has a sub-agent started, which is done at once, and works on by itself until something was notified.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
const [, , portFile, notified] = process.argv;
let number = 0;
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", async () => {
    if (!request.url.endsWith("/responses")) return response.end("{}");
    const { input } = JSON.parse(text);
    const isSubAgent = input.some(({ recipient }) => recipient?.endsWith("/look"));
    const hasSpawned = !isSubAgent && input.some(({ name }) => name === "spawn_agent");
    for (let tries = 0; hasSpawned && !existsSync(notified) && tries < 300; tries++) await setTimeout(100);
    if (hasSpawned) appendFileSync(notified, "(the root agent ends its turn)\n");
    const id = `item_${++number}`;
    const task = JSON.stringify({ task_name: "look", message: "look around" });
    const call = { type: "function_call", id, call_id: "call_1", namespace: "collaboration", name: "spawn_agent", arguments: task };
    const said = isSubAgent ? "looked around" : "the answer";
    const answer = { type: "message", id, role: "assistant", status: "completed", content: [{ type: "output_text", text: said }] };
    const item = isSubAgent || hasSpawned ? answer : call;
    response.setHeader("content-type", "text/event-stream");
    const send = (data) => response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
    send({ type: "response.created", response: { id: `resp_${number}` } });
    send({ type: "response.output_item.done", output_index: 0, item });
    const usage = { input_tokens: 1000, output_tokens: 10, total_tokens: 1010 };
    send({ type: "response.completed", response: { id: `resp_${number}`, status: "completed", output: [item], usage } });
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(portFile, `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" "$folder/notified" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
printf '#!/bin/sh\nprintf "%%s\\n" "$1" >>"%s"\n' "$folder/notified" >"$folder/notify"
chmod +x "$folder/notify"
cat >"$HOME/.codex/config.toml" <<CONFIG
notify = ["$folder/notify"]
model = "some-model"
model_provider = "mock"
[model_providers.mock]
name = "mock"
base_url = "http://127.0.0.1:$(cat "$folder/port")/v1"
wire_api = "responses"
CONFIG

cd "$folder/work"
timeout 90 "$codex" exec --enable multi_agent_v2 --json --skip-git-repo-check "say hello" </dev/null >"$folder/out" 2>"$folder/errors" || { cat "$folder/errors"; exit 1; }
# The program is not waited for.
for _ in $(seq 200); do [ "$(wc -l <"$folder/notified")" -lt 3 ] || break; sleep 0.1; done

cat >"$folder/read.mjs" <<'READ'
import { readFileSync } from "node:fs";
const [out, notified] = process.argv.slice(2).map((file) => readFileSync(file, "utf8").trim().split("\n"));
const root = out.map((line) => JSON.parse(line)).find(({ type }) => type === "thread.started").thread_id;
for (const line of notified) {
  const told = line.startsWith("{") ? JSON.parse(line) : undefined;
  const thread = told?.["thread-id"] === root ? "the root thread" : "another thread";
  const work = told?.cwd === process.cwd() ? "work" : told?.cwd;
  console.log(told ? `${told.type} in ${work}, ${thread}, client ${told.client}: ${told["input-messages"]} -> ${told["last-assistant-message"]}` : line);
}
READ
told=$(node "$folder/read.mjs" "$folder/out" "$folder/notified")
echo "$told"
[ "$told" = 'agent-turn-complete in work, another thread, client undefined: say hello -> looked around
(the root agent ends its turn)
agent-turn-complete in work, the root thread, client codex_exec: say hello -> the answer' ]
echo "as described"
