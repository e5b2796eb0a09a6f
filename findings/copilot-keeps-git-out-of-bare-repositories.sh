#!/usr/bin/env bash
# Copilot CLI runs the commands of its model with settings of git in the environment (GIT_CONFIG_COUNT), safe.bareRepository=explicit among
# them. Where worktrees hang on a bare repository, as tools for many agents like to have it, git works in the worktree, and fails in the
# repository that git worktree list names first, and in every bare clone: "cannot use bare repository", also in what is started from there.
# With --git-dir or GIT_DIR it works. Seen with Copilot CLI 1.0.102 and git 2.39.5.
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

git init --quiet --initial-branch=main "$folder/first"
git -C "$folder/first" -c user.name=finding -c user.email=finding@localhost commit --quiet --allow-empty --message first
git clone --quiet --bare "$folder/first" "$folder/bare.git"
git -C "$folder/bare.git" worktree add --quiet -b agent "$folder/agent" 2>/dev/null

# Says the code of git in three places.
cat >"$folder/look.sh" <<LOOK
try() { name=\$1; shift; code=0; git "\$@" >/dev/null 2>>"$folder/said" || code=\$?; echo "\$name \$code"; }
try worktree -C "$folder/agent" branch
try bare -C "$folder/bare.git" branch
try --git-dir --git-dir="$folder/bare.git" branch
LOOK

# Stands in for the model: it has one command run, then it is done.
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
    const isDone = messages.some(({ role }) => role === "tool");
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
node "$folder/model.mjs" "$folder/port" "sh '$folder/look.sh' >'$folder/inside'" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
export COPILOT_PROVIDER_BASE_URL=http://127.0.0.1:$(cat "$folder/port")/v1

cd "$folder/agent"
outside=$(sh "$folder/look.sh" | paste -sd,)
timeout 90 "$copilot" -p "look" --allow-all-tools </dev/null >/dev/null 2>&1
inside=$(paste -sd, "$folder/inside")
echo "codes of git branch outside: $outside"
echo "and in a command of Copilot: $inside, $(cat "$folder/said")"
[ "$outside" = "worktree 0,bare 0,--git-dir 0" ] && [ "$inside" = "worktree 0,bare 128,--git-dir 0" ] || exit 1
echo "as described"
