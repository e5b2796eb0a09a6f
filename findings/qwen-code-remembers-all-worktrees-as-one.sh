#!/usr/bin/env bash
# Qwen Code keeps conversations by worktree, but what it remembers of them (projects/DIRECTORY/memory, and the cursor of how far it has
# read for that) by the main checkout: all worktrees of a repository have one memory, to which a run adds by itself in the background, and
# one cursor, in which each run takes the place of the one before. Seen with Qwen Code 0.15.10 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home
mkdir -p "$HOME"
npm install --prefix "$folder/qwen" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @qwen-code/qwen-code@0.15.10 >&2
qwen=$folder/qwen/node_modules/.bin/qwen
echo "Qwen Code $("$qwen" --version)"

# Stands in for the model: it is done at once.
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


git init --quiet --initial-branch=main "$folder/main"
git -C "$folder/main" -c user.name=finding -c user.email=finding@localhost commit --quiet --allow-empty --message first
for name in one two; do git -C "$folder/main" worktree add --quiet -b "$name" "$folder/$name" 2>/dev/null; done
for name in one two; do
  (cd "$folder/$name" && timeout 90 "$qwen" --auth-type openai -p "say hello" </dev/null >/dev/null 2>&1)
  cp "$HOME"/.qwen/projects/*/extract-cursor.json "$folder/cursor-$name"
done
projects() { (cd "$HOME/.qwen/projects" && ls -d -- */"$1" | sed "s,/.*,,; s,.*-,," | paste -sd' '); }
session() { sed -n 's/.*"sessionId": "\([^"]*\)".*/\1/p' "$folder/cursor-$1"; }
echo "conversations of: $(projects chats); memory of: $(projects memory)"
[ "$(projects chats)" = "one two" ] && [ "$(projects memory)" = main ] || exit 1
for name in one two; do [ -e "$HOME"/.qwen/projects/*-"$name/chats/$(session "$name").jsonl" ] || exit 1; done
echo "its cursor names the conversation of one, then that of two"
echo "as described"
