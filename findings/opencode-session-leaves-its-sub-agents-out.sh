#!/usr/bin/env bash
# opencode adds up in its database what a session has used (table session: cost, tokens_input, tokens_output). What its sub-agents used
# (the tool task) is not in it: each has a row of its own, which opencode session list does not show. The call that makes the title of a
# session is in no row at all, and neither is it in opencode stats: of four answers that a model gave for one prompt, the row of the
# session tells two and stats three. Seen with opencode 1.18.33.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home OPENCODE_DISABLE_MODELS_FETCH=1 NO_COLOR=1
unset XDG_DATA_HOME XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME
mkdir -p "$HOME/.config/opencode" "$folder/work"
npm install --prefix "$folder/opencode" --cache "$folder/cache" --no-audit --no-fund --loglevel=error opencode-ai@1.18.33 >&2
opencode=$folder/opencode/node_modules/.bin/opencode
"$opencode" --version >/dev/null 2>&1 || (cd "$folder/opencode/node_modules/opencode-ai" && node postinstall.mjs >&2)
echo "opencode $("$opencode" --version)"

# Stands in for the model: it calls the tool task once, then it is done. Each answer is said to have used 1000 tokens in and 10 out.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { appendFileSync, writeFileSync } from "node:fs";
const [, , portFile, log] = process.argv;
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    appendFileSync(log, "answer\n");
    const { messages = [], tools = [] } = JSON.parse(text);
    const calls = tools.some((tool) => tool.function.name === "task") && !messages.some(({ role }) => role === "tool");
    response.setHeader("content-type", "text/event-stream");
    const chunk = { id: "1", object: "chat.completion.chunk", created: 1, model: "mock" };
    const send = (more) => response.write(`data: ${JSON.stringify({ ...chunk, ...more })}\n\n`);
    const choose = (delta, finish_reason) => send({ choices: [{ index: 0, delta, finish_reason }] });
    const task = JSON.stringify({ description: "look", prompt: "look around", subagent_type: "general" });
    const call = { index: 0, id: "call_1", type: "function", function: { name: "task", arguments: task } };
    choose({ role: "assistant", ...(calls ? { tool_calls: [call] } : { content: "all done" }) }, null);
    choose({}, calls ? "tool_calls" : "stop");
    send({ choices: [], usage: { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010 } });
    response.end("data: [DONE]\n\n");
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(portFile, `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" "$folder/answers" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
cat >"$HOME/.config/opencode/opencode.json" <<CONFIG
{ "autoupdate": false, "share": "disabled", "model": "mock/mock", "small_model": "mock/mock",
  "provider": { "mock": { "npm": "@ai-sdk/openai-compatible", "name": "mock",
    "options": { "baseURL": "http://127.0.0.1:$(cat "$folder/port")/v1", "apiKey": "none" }, "models": { "mock": { "name": "mock" } } } } }
CONFIG

cd "$folder/work"
git init --quiet
timeout 280 "$opencode" run "say hello" </dev/null >/dev/null 2>&1
answers=$(wc -l <"$folder/answers")
listed=$("$opencode" session list </dev/null 2>/dev/null | grep -c '^ses_' || :)
input() { "$opencode" db "select tokens_input from session where parent_id is $1 null" --format tsv </dev/null 2>/dev/null | tail -n 1; }
of_session=$(input '')
of_sub_agent=$(input not)
of_stats=$("$opencode" stats </dev/null 2>/dev/null | grep -o 'Input *[0-9.]*K' | tr -s ' ')
echo "the model gave $answers answers of 1000 tokens in"
echo "row of the session: $of_session, row of its sub-agent: $of_sub_agent, opencode stats: $of_stats, sessions in the list: $listed"
[ "$answers $of_session $of_sub_agent $of_stats $listed" = "4 2000 1000 Input 3.0K 1" ]
echo "as described"
