#!/usr/bin/env bash
# The file info/exclude of a repository is where one notes what git shall leave alone without a word in .gitignore, and it holds for all
# worktrees; tools for agents note there what they put into each of them. Gemini CLI goes by it as well: what stands there is left out where
# its model lists a directory or looks for files. In a linked worktree it is not, as it is looked for below .git, which is a file there, and
# what cannot be read counts as empty. grep_search beside it, which is another program, leaves such files out in both, so that in a worktree
# one tool shows a file whose words the other one does not find. Seen with Gemini CLI 0.61.0 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home TMPDIR=$folder/temporary GIT_CONFIG_NOSYSTEM=1 LC_ALL=C
mkdir -p "$HOME/.gemini" "$TMPDIR"
npm install --prefix "$folder/gemini" --cache "$folder/cache" --no-audit --no-fund --no-update-notifier --loglevel=error @google/gemini-cli@0.61.0 >&2
gemini=$folder/gemini/node_modules/.bin/gemini
echo "version: $("$gemini" --version)"
git --version

git init --quiet --initial-branch=main "$folder/main"
cd "$folder/main"
echo words >public.txt
echo /private.txt >>.git/info/exclude
git add public.txt
git -c user.name=finding -c user.email=finding@localhost commit --quiet --message first
git worktree add --quiet -b agent ../agent
echo words | tee private.txt >../agent/private.txt

# Stands in for the model: it looks around with three tools, and keeps the names that they answer with.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
const [, , portFile, log] = process.argv;
const tools = { list_directory: { dir_path: "." }, glob: { pattern: "*.txt" }, grep_search: { pattern: "words" } };
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    const body = text.startsWith("{") ? JSON.parse(text) : {};
    const route = { reasoning: "simple", model_choice: "flash", complexity_score: 1, complexity_reasoning: "simple" };
    const isRoute = body.generationConfig?.responseMimeType === "application/json";
    const results = (body.contents ?? []).flatMap(({ parts }) => parts).flatMap((part) => part.functionResponse ?? []);
    const names = (result) => [...new Set(result.response.output.match(/(private|public)\.txt/g))].sort().join(" ");
    if (results.length > 0) writeFileSync(log, results.map((result) => `${result.name}: ${names(result)}`).join(", "));
    const calls = Object.entries(tools).map(([name, args]) => ({ functionCall: { name, args } }));
    const parts = isRoute ? [{ text: JSON.stringify(route) }] : results.length > 0 ? [{ text: "done" }] : calls;
    const answer = JSON.stringify({ candidates: [{ index: 0, content: { role: "model", parts }, finishReason: "STOP" }] });
    const streams = request.url.includes(":streamGenerateContent");
    response.setHeader("content-type", streams ? "text/event-stream" : "application/json");
    response.end(streams ? `data: ${answer}\n\n` : answer);
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(portFile, `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" "$folder/answered" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
export GEMINI_API_KEY=none GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:$(cat "$folder/port")
cat >"$HOME/.gemini/settings.json" <<'SETTINGS'
{"security":{"auth":{"selectedType":"gemini-api-key"}},"general":{"disableAutoUpdate":true},"privacy":{"usageStatisticsEnabled":false}}
SETTINGS

# looks WORKTREE: what the model sees there, and what git has to say of it.
looks() {
  cd "$folder/$1"
  timeout 100 "$gemini" --skip-trust --yolo -p "look around" </dev/null >/dev/null 2>"$folder/errors" || { cat "$folder/errors" >&2; return 1; }
  echo "git status [$(git status --short)], $(cat "$folder/answered")"
}
in_main=$(looks main)
in_agent=$(looks agent)
echo "main:  $in_main"
echo "agent: $in_agent"
[ "$in_main" = 'git status [], list_directory: public.txt, glob: public.txt, grep_search: public.txt' ]
[ "$in_agent" = 'git status [], list_directory: private.txt public.txt, glob: private.txt public.txt, grep_search: public.txt' ]
echo "as described"
