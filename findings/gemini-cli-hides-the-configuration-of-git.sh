#!/usr/bin/env bash
# Gemini CLI runs the commands of its model with GIT_CONFIG_GLOBAL=/dev/null and GIT_CONFIG_NOSYSTEM=1: git knows neither the name and
# address of its user nor their aliases, signing keys and credential helpers, and a commit in a repository without a name of its own
# fails with "Author identity unknown". What is started from there and outlives the command inherits it. Seen with Gemini CLI 0.61.0.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home
mkdir -p "$HOME/.gemini" "$folder/work"
npm install --prefix "$folder/gemini" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @google/gemini-cli@0.61.0 >&2
gemini=$folder/gemini/node_modules/.bin/gemini
echo "Gemini CLI $("$gemini" --version)"

# Stands in for the model: it has one command run, then it is done.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
const command = "git config user.name >seen.txt; env | grep -E '^GIT_CONFIG_(GLOBAL|NOSYSTEM)=' | sort >>seen.txt";
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

unset GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM
git config --global user.name "Ada Lovelace"
cat >"$HOME/.gemini/settings.json" <<'SETTINGS'
{"security":{"auth":{"selectedType":"gemini-api-key"}},"general":{"disableAutoUpdate":true},"privacy":{"usageStatisticsEnabled":false}}
SETTINGS
cd "$folder/work"
git init --quiet
echo "user.name of git for the user: $(git config user.name)"
GEMINI_API_KEY=none GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:$(cat "$folder/port") \
  "$gemini" --yolo --skip-trust --prompt "look" >"$folder/said" 2>&1 || { cat "$folder/said"; exit 1; }
echo "for a command of the model:"
sed 's/^/  /' seen.txt
[ "$(cat seen.txt)" = "$(printf 'GIT_CONFIG_GLOBAL=/dev/null\nGIT_CONFIG_NOSYSTEM=1')" ] || { echo "it has changed"; exit 1; }
