#!/usr/bin/env bash
# Qwen Code tells its model what stands in QWEN.md and AGENTS.md. It goes from its directory upwards and is said to stop at the root of the
# project. It does not stop there: the files of the directories above the repository are told as well. In a worktree of an agent that lies
# inside the main checkout that makes two sets of rules, its own and those of the main checkout, from another branch and with changes that
# nobody has committed. Gemini CLI, from which it comes, stops at the worktree. Seen with Qwen Code 0.15.10 and git 2.39.5.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home GIT_CONFIG_NOSYSTEM=1
mkdir -p "$HOME" "$folder/above"
npm install --prefix "$folder/qwen" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @qwen-code/qwen-code@0.15.10 >&2
qwen=$folder/qwen/node_modules/.bin/qwen
echo "Qwen Code $("$qwen" --version)"

# Stands in for the model: it is done at once, and keeps what it was told.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { appendFileSync, writeFileSync } from "node:fs";
const [, , portFile, log] = process.argv;
const server = createServer((request, response) => {
  request.setEncoding("utf8").on("data", (piece) => appendFileSync(log, piece));
  request.on("end", () => {
    if (!request.url.endsWith("/chat/completions")) return response.end("{}");
    response.setHeader("content-type", "text/event-stream");
    const chunk = { id: "1", object: "chat.completion.chunk", created: 1, model: "mock" };
    const send = (more) => response.write(`data: ${JSON.stringify({ ...chunk, ...more })}\n\n`);
    send({ choices: [{ index: 0, delta: { role: "assistant", content: "done" }, finish_reason: null }] });
    send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
    send({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 } });
    response.end("data: [DONE]\n\n");
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(portFile, `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" "$folder/told" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
export OPENAI_BASE_URL=http://127.0.0.1:$(cat "$folder/port")/v1 OPENAI_API_KEY=none OPENAI_MODEL=mock

echo RULE-OF-THE-DIRECTORY-ABOVE >"$folder/above/AGENTS.md"
git init --quiet --initial-branch=main "$folder/above/main"
cd "$folder/above/main"
echo RULE-OF-THE-BRANCH >AGENTS.md
echo .worktrees >.gitignore
git add --all
git -c user.name=finding -c user.email=finding@localhost commit --quiet --message first
git worktree add --quiet -b inside .worktrees/inside
git worktree add --quiet -b beside "$folder/above/beside"
echo RULE-THAT-NOBODY-HAS-COMMITTED >AGENTS.md

# told DIRECTORY: the rules that the model is told there.
told() {
  : >"$folder/told"
  (cd "$1" && timeout 280 "$qwen" --auth-type openai -p "say hello" </dev/null >/dev/null 2>&1)
  grep -oE 'RULE-[A-Z-]+[A-Z]' "$folder/told" | sort -u | tr '\n' ' '
}
main=$(told .)
beside=$(told "$folder/above/beside")
inside=$(told .worktrees/inside)
echo "in the main checkout:        $main"
echo "in a worktree beside it:     $beside"
echo "in a worktree inside of it:  $inside"
[ "$main" = 'RULE-OF-THE-DIRECTORY-ABOVE RULE-THAT-NOBODY-HAS-COMMITTED ' ]
[ "$beside" = 'RULE-OF-THE-BRANCH RULE-OF-THE-DIRECTORY-ABOVE ' ]
[ "$inside" = 'RULE-OF-THE-BRANCH RULE-OF-THE-DIRECTORY-ABOVE RULE-THAT-NOBODY-HAS-COMMITTED ' ]
echo "as described"
