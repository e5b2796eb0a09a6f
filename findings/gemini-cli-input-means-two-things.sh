#!/usr/bin/env bash
# Gemini CLI tells the tokens of a prompt in two places, under the same word. In the answer of -o json, stats.models.NAME.tokens.input
# leaves out what came from the cache (prompt holds both); in the transcript of the same session, tokens.input is the whole prompt, cache
# included. A price made of input and cached counts the cache twice with one of them. The transcript has no row for the call that chooses
# the model of the turn, which stats has. Seen with Gemini CLI 0.61.0.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home TMPDIR=$folder/temporary
mkdir -p "$HOME/.gemini" "$folder/work" "$TMPDIR"
npm install --prefix "$folder/gemini" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @google/gemini-cli@0.61.0 >&2
gemini=$folder/gemini/node_modules/.bin/gemini
"$gemini" --version

# Stands in for the model: every prompt is said to have 1000 tokens, 400 of them from the cache.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    const body = text.startsWith("{") ? JSON.parse(text) : {};
    const route = { reasoning: "simple", model_choice: "flash", complexity_score: 1, complexity_reasoning: "simple" };
    const isRoute = body.generationConfig?.responseMimeType === "application/json";
    const parts = [{ text: isRoute ? JSON.stringify(route) : "done" }];
    const usageMetadata = { promptTokenCount: 1000, cachedContentTokenCount: 400, candidatesTokenCount: 10, totalTokenCount: 1010 };
    const answer = JSON.stringify({ candidates: [{ index: 0, content: { role: "model", parts }, finishReason: "STOP" }], usageMetadata });
    const streams = request.url.includes(":streamGenerateContent");
    response.setHeader("content-type", streams ? "text/event-stream" : "application/json");
    response.end(streams ? `data: ${answer}\n\n` : answer);
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(process.argv[2], `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
export GEMINI_API_KEY=none GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:$(cat "$folder/port")
cat >"$HOME/.gemini/settings.json" <<'SETTINGS'
{"security":{"auth":{"selectedType":"gemini-api-key"}},"general":{"disableAutoUpdate":true},"privacy":{"usageStatisticsEnabled":false}}
SETTINGS

cd "$folder/work"
timeout 100 "$gemini" --skip-trust -o json -p "say hello" </dev/null >"$folder/answer.json" 2>"$folder/errors" || { cat "$folder/errors"; exit 1; }
cat >"$folder/read.mjs" <<'READ'
import { readFileSync } from "node:fs";
const [answer, transcript] = process.argv.slice(2).map((file) => readFileSync(file, "utf8"));
const models = JSON.parse(answer.slice(answer.indexOf("{"))).stats.models;
const calls = Object.values(models).reduce((sum, { api }) => sum + api.totalRequests, 0);
const stats = Object.values(models).map(({ tokens }) => `prompt ${tokens.prompt}, input ${tokens.input}, cached ${tokens.cached}`);
const rows = transcript.trim().split("\n").map((line) => JSON.parse(line)).filter(({ type, tokens }) => type === "gemini" && tokens);
const ids = [...new Map(rows.map((row) => [row.id, row.tokens])).values()];
console.log(`-o json: ${calls} calls; ${stats.join("; ")}`);
console.log(`transcript: ${ids.length} answer; input ${ids[0].input}, cached ${ids[0].cached}`);
const isDescribed = Object.values(models).every(({ tokens, api }) => tokens.input === 600 * api.totalRequests && tokens.prompt === 1000 * api.totalRequests);
process.exit(isDescribed && calls === 2 && ids.length === 1 && ids[0].input === 1000 && ids[0].cached === 400 ? 0 : 1);
READ
node "$folder/read.mjs" "$folder/answer.json" "$(find "$HOME/.gemini/tmp" -name 'session-*.jsonl')"
echo "as described"
