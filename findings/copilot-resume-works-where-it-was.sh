#!/usr/bin/env bash
# copilot --resume ID goes to work where the session worked last, not where it is typed, and says nothing of that: in another worktree of
# the same repository its commands change the first one. -C DIRECTORY keeps it where it is wanted, and makes that the place of the session
# from then on: the next --resume goes there from anywhere. Seen with Copilot CLI 1.0.102.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
unset COPILOT_HOME XDG_CACHE_HOME XDG_CONFIG_HOME XDG_STATE_HOME
mkdir -p "$HOME"
npm install --prefix "$folder/copilot" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @github/copilot@1.0.102 >&2
copilot=$folder/copilot/node_modules/.bin/copilot
export COPILOT_AUTO_UPDATE=false COPILOT_OFFLINE=true COPILOT_MODEL=mock
"$copilot" --version | head -n 1
git --version

git init --quiet --initial-branch=main "$folder/main"
git -C "$folder/main" -c user.name=finding -c user.email=finding@localhost commit --quiet --allow-empty --message first
for name in one two; do git -C "$folder/main" worktree add --quiet -b "$name" "$folder/$name" 2>/dev/null; done

cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
const [, , portFile, command] = process.argv;
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    const { messages } = text ? JSON.parse(text) : {};
    if (!messages) return response.end("{}");
    const isDone = messages.at(-1).role === "tool";
    response.setHeader("content-type", "text/event-stream");
    const chunk = { id: "1", object: "chat.completion.chunk", created: 1, model: "mock" };
    const send = (delta, finish_reason) => response.write(`data: ${JSON.stringify({ ...chunk, choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
    const call = { name: "bash", arguments: JSON.stringify({ command, description: "look" }) };
    const calls = [{ index: 0, id: "call_1", type: "function", function: call }];
    send(isDone ? { role: "assistant", content: "done" } : { role: "assistant", tool_calls: calls }, null);
    send({}, isDone ? "stop" : "tool_calls");
    response.end("data: [DONE]\n\n");
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(portFile, `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" "basename \"\$PWD\" >>'$folder/where'" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
export COPILOT_PROVIDER_BASE_URL=http://127.0.0.1:$(cat "$folder/port")/v1


# run IN WORDS...: what it says on standard error, with one command of the model run.
run() { (cd "$folder/$1" && shift && timeout 90 "$copilot" "$@" -p "look" --allow-all-tools --allow-all-paths </dev/null 2>&1 >/dev/null); }
session=$(run one | sed -n 's/.*--resume=//p')
[ -n "$session" ]
said=$(run two --resume "$session")
run two -C "$folder/two" --resume "$session" >/dev/null
run one --resume "$session" >/dev/null
where=$(paste -sd' ' "$folder/where")
echo "begun in one, resumed in two, in two with -C, and in one: its commands ran in $where"
[ "$where" = "one one two two" ] || exit 1
[[ $said != *"$folder/one"* ]]
echo "as described"
