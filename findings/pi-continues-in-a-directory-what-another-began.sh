#!/usr/bin/env bash
# pi keeps conversations "organized by working directory", and --continue takes the newest of them. The directory is told by its path with
# every "/" written as "-", and nothing else is looked at, although each conversation says in its first row where it was held. So the
# worktrees trees/feat/login and trees/feat-login, of two branches that git keeps apart, are one place: --continue in a worktree in which
# nobody has spoken yet goes on with what was said in the other one, with all of its context and in its file, and nothing says so. Claude
# Code writes paths in the same manner, but looks at the row. By its id (--session) a conversation is the right one. Seen with pi
# (@earendil-works/pi-coding-agent), version 0.74.2, and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
mkdir -p "$HOME/.pi/agent"
npm install --prefix "$folder/tool" --cache "$folder/cache" --no-audit --no-fund --no-update-notifier --loglevel=error @earendil-works/pi-coding-agent@0.74.2 >&2
pi=$folder/tool/node_modules/.bin/pi
export PI_OFFLINE=1
unset PI_CODING_AGENT_DIR PI_CODING_AGENT_SESSION_DIR
echo "pi, version $("$pi" --version 2>&1)"
git --version

git init --quiet --initial-branch=main "$folder/main"
git -C "$folder/main" -c user.name=finding -c user.email=finding@localhost commit --quiet --allow-empty --message first
mkdir "$folder/trees"
git -C "$folder/main" worktree add --quiet -b feat/login "$folder/trees/feat/login"
git -C "$folder/main" worktree add --quiet -b feat-login "$folder/trees/feat-login"

# Stands in for the model: it is done at once, and keeps the fruits that the user has named to it.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
const [, , portFile, log] = process.argv;
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    const { messages } = JSON.parse(text);
    const asked = messages.filter(({ role }) => role === "user").map(({ content }) => JSON.stringify(content));
    writeFileSync(log, asked.flatMap((content) => content.match(/apples|bananas|cherries|dates/g) ?? []).join(" "));
    response.setHeader("content-type", "text/event-stream");
    const chunk = { id: "1", object: "chat.completion.chunk", created: 1, model: "mock" };
    const send = (delta, finish_reason) => response.write(`data: ${JSON.stringify({ ...chunk, choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
    send({ role: "assistant", content: "done" }, null);
    send({}, "stop");
    response.end("data: [DONE]\n\n");
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(portFile, `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" "$folder/asked" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
cat >"$HOME/.pi/agent/models.json" <<MODELS
{ "providers": { "mock": {
  "baseUrl": "http://127.0.0.1:$(cat "$folder/port")/v1", "api": "openai-completions", "apiKey": "none", "models": [{ "id": "mock" }]
} } }
MODELS

# ask BRANCH WORDS...: what the model is told that the user has said so far.
ask() {
  (cd "$folder/trees/$1" && timeout 90 "$pi" --provider mock --model mock --print "${@:2}" </dev/null >/dev/null)
  cat "$folder/asked"
}
# held: the branches whose worktrees the conversations name as their own, and how many directories they are kept in.
held() {
  local rows=("$HOME"/.pi/agent/sessions/*/*.jsonl)
  echo "$(head -q -n 1 "${rows[@]}" | grep -o '"cwd":"[^"]*"' | sed "s|.*/trees/||; s|\"||" | xargs) in $(dirname "${rows[@]}" | sort -u | wc -l) directory"
}
first=$(ask feat/login apples)
continued=$(ask feat-login --continue bananas)
kept=$(held)
new=$(ask feat-login cherries)
kept_both=$(held)
id=$(head -q -n 1 "$HOME"/.pi/agent/sessions/*/*.jsonl | grep '/feat/login"' | grep -o '"id":"[^"]*"' | cut -d '"' -f 4)
by_id=$(ask feat/login --session "$id" dates)
echo "feat/login:              $first"
echo "feat-login, --continue:  $continued; a conversation of $kept"
echo "feat-login:              $new; conversations of $kept_both"
echo "feat/login, --session:   $by_id"
[ "$first/$continued/$kept" = 'apples/apples bananas/feat/login in 1 directory' ]
[ "$new/$kept_both/$by_id" = 'cherries/feat/login feat-login in 1 directory/apples bananas dates' ]
echo "as described"
