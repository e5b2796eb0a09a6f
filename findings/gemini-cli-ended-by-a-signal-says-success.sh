#!/usr/bin/env bash
# gemini -p in a script is two processes, and a signal to the first alone is not handed on. Sent to both, as a runner that is cancelled,
# timeout and a closed terminal do it, SIGTERM ends them in the middle of the turn: with exit code 0, as after a turn that is done, where a
# shell expects 143. The command that its model has had started is not ended. It runs on in a session of its own, in the same worktree, and
# what comes next, seeing a success, begins beside it. Seen with Gemini CLI 0.61.0.
set -euo pipefail

folder=$(mktemp -d)
server=
command=
trap '[ -z "$server" ] || kill "$server"; [ -z "$command" ] || kill "$command" 2>/dev/null || :; rm -rf "$folder"' EXIT
export HOME=$folder/home
mkdir -p "$HOME/.gemini" "$folder/work"
npm install --prefix "$folder/gemini" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @google/gemini-cli@0.61.0 >&2
gemini=$folder/gemini/node_modules/.bin/gemini
echo "Gemini CLI $("$gemini" --version)"

# Stands in for the model: it has one command run, then it is done.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
const command = "sleep 600 & echo $! >runs; wait";
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    const body = text ? JSON.parse(text) : {};
    const isDone = JSON.stringify(body.contents ?? []).includes("functionResponse");
    const routes = body.generationConfig?.responseMimeType === "application/json";
    const route = { reasoning: "simple", model_choice: "flash", complexity_score: 1, complexity_reasoning: "simple" };
    const call = { functionCall: { name: "run_shell_command", args: { command, description: "look" } } };
    const part = routes ? { text: JSON.stringify(route) } : isDone ? { text: "done" } : call;
    const reply = JSON.stringify({
      candidates: [{ index: 0, content: { role: "model", parts: [part] }, finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    });
    if (!request.url.includes("stream")) return response.setHeader("content-type", "application/json").end(reply);
    response.setHeader("content-type", "text/event-stream");
    response.end(`data: ${reply}\n\n`);
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(process.argv[2], `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done

cat >"$HOME/.gemini/settings.json" <<'SETTINGS'
{"security":{"auth":{"selectedType":"gemini-api-key"}},"general":{"disableAutoUpdate":true},"privacy":{"usageStatisticsEnabled":false}}
SETTINGS
cd "$folder/work"
# timeout hands a signal that it gets on to all that it has started.
GEMINI_API_KEY=none GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:$(cat "$folder/port") \
  timeout 600 "$gemini" --yolo --skip-trust --prompt "wait" >"$folder/said" 2>&1 </dev/null &
run=$!
for _ in $(seq 2000); do
  [ ! -s runs ] || break
  sleep 0.1
done
command=$(cat runs)
kill -TERM "$run"
code=0
wait "$run" || code=$?
sleep 3
state=$(ps -o stat= -p "$command" | grep -q '^[^Z]' && echo "runs on" || echo "has ended")
echo "gemini -p that was ended by SIGTERM: exit code $code"
echo "the command of its model, three seconds later: $state"
[ "$code/$state" = "0/runs on" ]
echo "as described"
