#!/usr/bin/env bash
# opencode --prompt TEXT begins a conversation with that text. Beside --session ID or --continue it is taken without a word and left
# out: the conversation is shown, nothing is sent, and the input box is empty. Whoever resumes an agent with its next task has to type
# the task. Seen with opencode 1.18.33.
set -euo pipefail

folder=$(mktemp -d)
socket=$folder/socket
server=
unset TMUX
trap 'tmux -S "$socket" kill-server 2>/dev/null || :; [ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home OPENCODE_DISABLE_MODELS_FETCH=1 TERM=tmux-256color
mkdir -p "$HOME/.config/opencode" "$folder/work"
npm install --prefix "$folder/opencode" --cache "$folder/cache" --no-audit --no-fund --loglevel=error opencode-ai@1.18.33 >&2
opencode=$folder/opencode/node_modules/.bin/opencode
"$opencode" --version >/dev/null 2>&1 || (cd "$folder/opencode/node_modules/opencode-ai" && node postinstall.mjs >&2)
echo "opencode $("$opencode" --version)"

# Stands in for the model: it answers "done", and keeps what it was asked.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { appendFileSync, writeFileSync } from "node:fs";
const [, , portFile, log] = process.argv;
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    appendFileSync(log, `${text}\n`);
    response.setHeader("content-type", "text/event-stream");
    const chunk = { id: "1", object: "chat.completion.chunk", created: 1, model: "mock" };
    const send = (delta, finish_reason) => response.write(`data: ${JSON.stringify({ ...chunk, choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
    send({ role: "assistant", content: "all done" }, null);
    send({}, "stop");
    response.end("data: [DONE]\n\n");
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(portFile, `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" "$folder/asked" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
cat >"$HOME/.config/opencode/opencode.json" <<CONFIG
{ "autoupdate": false, "share": "disabled", "model": "mock/mock", "small_model": "mock/mock",
  "provider": { "mock": { "npm": "@ai-sdk/openai-compatible", "name": "mock",
    "options": { "baseURL": "http://127.0.0.1:$(cat "$folder/port")/v1", "apiKey": "none" }, "models": { "mock": { "name": "mock" } } } } }
CONFIG

cd "$folder/work"
git init --quiet
screen() { tmux -S "$socket" capture-pane -p -t "$1"; }
# tui NAME WORDS...: starts opencode with these words in a terminal.
tui() { tmux -S "$socket" -f /dev/null new-session -d -s "$1" -x 120 -y 40 "$opencode" "${@:2}"; }
shows() { for _ in $(seq 1200); do screen "$1" | grep -q "$2" && return; sleep 0.2; done; screen "$1"; return 1; }
asked() { grep -c "$1" "$folder/asked" 2>/dev/null || :; }

tui first --prompt 'apples please'
shows first 'all done'
id=$("$opencode" session list 2>/dev/null | grep -o 'ses_[A-Za-z0-9]*' | head -n 1)
tmux -S "$socket" kill-session -t first
[ "$(asked 'apples please')" -gt 0 ]
echo "alone: the model was asked"
for words in "--session $id" --continue; do
  : >"$folder/asked"
  tui next $words --prompt 'bananas please'
  shows next 'all done'
  # What is typed now comes after anything that was to be sent before.
  tmux -S "$socket" send-keys -t next -l 'cherries please'
  shows next 'cherries please'
  tmux -S "$socket" send-keys -t next Enter
  for _ in $(seq 1200); do [ "$(asked 'cherries please')" = 0 ] || break; sleep 0.2; done
  [ "$(asked 'cherries please')" -gt 0 ] && [ "$(asked 'bananas please')" = 0 ] || exit 1
  echo "beside ${words%% *}: it was not, but for what was typed then"
  tmux -S "$socket" kill-session -t next
done
echo "as described"
