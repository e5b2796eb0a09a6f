#!/usr/bin/env bash
# Gemini CLI knows a conversation by the path of its directory alone. After git worktree move, --resume latest says "No previous sessions
# found", begins a new one and ends with 0, where --resume ID says that the identifier is invalid and ends with 42. --session-file FILE
# goes on with it, as a copy under a new id. Seen with Gemini CLI 0.61.0 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home TMPDIR=$folder/temporary
mkdir -p "$HOME/.gemini" "$TMPDIR"
npm install --prefix "$folder/gemini" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @google/gemini-cli@0.61.0 >&2
gemini=$folder/gemini/node_modules/.bin/gemini
"$gemini" --version

# Stands in for the model: it is done at once.
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


git init --quiet --initial-branch=main "$folder/main"
git -C "$folder/main" -c user.name=finding -c user.email=finding@localhost commit --quiet --allow-empty --message first
git -C "$folder/main" worktree add --quiet -b agent "$folder/before" 2>/dev/null
# run IN WORDS...: its exit code, and what it says on standard error.
run() { (cd "$folder/$1" && shift && code=0 && timeout 100 "$gemini" --skip-trust "$@" -p "say hello" </dev/null 2>&1 >/dev/null || code=$?; echo "exit $code"); }
run before >/dev/null
file=$(find "$HOME/.gemini/tmp/before" -name 'session-*.jsonl')
id=$(sed -n '1s/.*"sessionId":"\([^"]*\)".*/\1/p' "$file")
git -C "$folder/main" worktree move "$folder/before" "$folder/after"

latest=$(run after --resume latest)
by_id=$(run after --resume "$id")
by_file=$(run after --session-file "$file")
has_copy=$(cat "$HOME"/.gemini/tmp/after/chats/*.jsonl | grep -c "Imported session from" || :)
names=$(cat "$HOME"/.gemini/tmp/after/chats/*.jsonl | grep -c "^{\"sessionId\":\"$id\"" || :)
show() { echo "$1: $(grep -E "No previous|Invalid session|^exit" <<<"$2" | paste -sd' ')"; }
show "--resume latest" "$latest"
show "--resume ID" "$by_id"
show "--session-file" "$by_file"
echo "in the new place: $has_copy copy, with the old id: $names"
[[ $latest == *"No previous sessions found"*"exit 0" && $by_id == *"Invalid session identifier"*"exit 42" && $by_file == *"exit 0" ]] || exit 1
[ "$has_copy" = 1 ] && [ "$names" = 0 ] || exit 1
echo "as described"
