#!/usr/bin/env bash
# A run of cline "TEXT" starts a daemon (cline-hub-daemon) beside itself, which stays when the run is over; the documentation has it for
# --zen. The next run, in whatever worktree, does its work in there: the commands of its model are children of the daemon and have the
# environment of the run that came first, its account, paths and marks, though the directory is right. What ends or confines the second
# run does not reach them. With CLINE_SESSION_BACKEND_MODE=local each such run works by itself. Seen with Cline CLI 3.0.65.
set -euo pipefail

folder=$(mktemp -d)
server=
# daemons: the process and the port of each daemon that was started in here.
daemons() {
  ps -eo pid=,args= | sed -n "s|^ *\([0-9]*\) .*--cline-hub-[d]aemon --cwd $folder/.* --port \([0-9]*\).*|\1 \2|p"
}
stop() {
  [ -z "$server" ] || kill "$server"
  daemons | while read -r pid _; do kill "$pid"; done
  while [ -n "$(daemons)" ]; do sleep 0.1; done
  rm -rf "$folder"
}
trap stop EXIT
export HOME=$folder/home GIT_CONFIG_NOSYSTEM=1 LC_ALL=C CI=1 NO_UPDATE_NOTIFIER=1
for name in $(compgen -e CLINE_ || :); do unset "$name"; done
mkdir -p "$HOME"
npm install --prefix "$folder/cline" --cache "$folder/cache" --no-audit --no-fund --loglevel=error cline@3.0.65 >&2
cline=$folder/cline/node_modules/.bin/cline
echo "Cline CLI $("$cline" --version)"

git init --quiet --initial-branch=main "$folder/main"
git -C "$folder/main" -c user.name=finding -c user.email=finding@localhost commit --quiet --allow-empty --message first
git -C "$folder/main" worktree add --quiet -b one "$folder/one"
git -C "$folder/main" worktree add --quiet -b two "$folder/two"

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
    const call = { name: "run_commands", arguments: JSON.stringify({ commands: [command] }) };
    const calls = [{ index: 0, id: "call_1", type: "function", function: call }];
    send({ role: "assistant", ...(isDone ? { content: "done" } : { tool_calls: calls }) }, null);
    send({}, isDone ? "stop" : "tool_calls");
    response.end("data: [DONE]\n\n");
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(portFile, `${server.address().port}`));
MODEL
cat >"$folder/look.sh" <<LOOK
place=run
if tr '\\0' ' ' <"/proc/\$PPID/cmdline" | grep -q cline-hub-daemon; then place=daemon; fi
echo "account \$ACCOUNT in \${PWD##*/}, child of the \$place" >"$folder/told"
LOOK
node "$folder/model.mjs" "$folder/port" ". '$folder/look.sh'" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
"$cline" auth --provider openai-compatible --apikey none --modelid mock --baseurl "http://127.0.0.1:$(cat "$folder/port")/v1" >/dev/null

# run WORKTREE: a run with an account of its own; what its command saw.
run() {
  (cd "$folder/$1" && ACCOUNT=of-$1 timeout 60 "$cline" --provider openai-compatible "look around" </dev/null >/dev/null 2>&1)
  cat "$folder/told"
}
first=$(run one)
until read -r _ port < <(daemons) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
left=$(daemons | wc -l)
second=$(run two)
local=$(CLINE_SESSION_BACKEND_MODE=local run two)
echo "in worktree one:           $first"
echo "daemons that are left:     $left"
echo "in worktree two:           $second"
echo "with its backend local:    $local"
[ "$first/$left" = 'account of-one in one, child of the run/1' ] || exit 1
[ "$second/$local" = 'account of-one in two, child of the daemon/account of-two in two, child of the run' ]
echo "as described"
