#!/usr/bin/env bash
# copilot --continue resumes "the most recent session": of all directories. In a worktree with a conversation of its own it goes on with
# the one that was spoken with last in another worktree, or in another project, with its whole context, and nothing says so. The --continue
# of Claude Code and of opencode keeps to its directory. Agents side by side have to be resumed by their ids. Seen with Copilot CLI 1.0.102.
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

git init --quiet --initial-branch=main "$folder/main"
git -C "$folder/main" -c user.name=finding -c user.email=finding@localhost commit --quiet --allow-empty --message first
git -C "$folder/main" worktree add --quiet -b one "$folder/one"
git -C "$folder/main" worktree add --quiet -b two "$folder/two"

# Stands in for the model: it is done at once, and keeps the fruits that the user has named to it.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
const [, , portFile, log] = process.argv;
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    const { messages } = text ? JSON.parse(text) : {};
    if (!messages) return response.end("{}");
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
export COPILOT_PROVIDER_BASE_URL=http://127.0.0.1:$(cat "$folder/port")/v1

# ask WORKTREE WORDS...: what the model is told that the user has said so far.
ask() {
  (cd "$folder/$1" && timeout 90 "$copilot" "${@:2}" --allow-all-tools </dev/null >/dev/null 2>&1)
  cat "$folder/asked"
}
id=11111111-1111-4111-8111-111111111111
first=$(ask one --session-id $id -p apples)
second=$(ask two -p bananas)
continued=$(ask one --continue -p cherries)
by_id=$(ask one --resume=$id -p dates)
echo "worktree one: $first"
echo "worktree two: $second"
echo "worktree one, --continue: $continued"
echo "worktree one, --resume with its id: $by_id"
[ "$first/$second/$continued/$by_id" = 'apples/bananas/bananas cherries/apples dates' ]
echo "as described"
