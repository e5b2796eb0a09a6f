#!/usr/bin/env bash
# The shell of Claude Code gives its commands the variable CLAUDE_CODE_CHILD_SESSION. A Claude Code on a terminal of its own that has
# inherited it writes no transcript and no file in sessions/, so that nobody else can tell what it is doing and no conversation can be
# resumed; it says so on its last line. Without the variable both are there, and with -p (no terminal) the transcript is there anyway.
# Seen with Claude Code 2.1.330.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; tmux -S "$folder/tmux" kill-server 2>/dev/null || true; rm -rf "$folder"' EXIT
export HOME=$folder/home
mkdir -p "$HOME" "$folder/work"
npm install --prefix "$folder/claude" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @anthropic-ai/claude-code@2.1.330 >&2
claude=$folder/claude/node_modules/.bin/claude
"$claude" --version

# Stands in for the model: it is done with everything at once.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    const body = request.url.includes("/messages") && text ? JSON.parse(text) : {};
    if (!body.messages) return response.end("{}");
    const usage = { input_tokens: 1, output_tokens: 1 };
    const message = { id: "msg_1", type: "message", role: "assistant", model: body.model, content: [], stop_reason: null, usage };
    if (!body.stream) return response.end(JSON.stringify({ ...message, content: [{ type: "text", text: "done" }], stop_reason: "end_turn" }));
    response.setHeader("content-type", "text/event-stream");
    const send = (data) => response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
    send({ type: "message_start", message });
    send({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } });
    send({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "done" } });
    send({ type: "content_block_stop", index: 0 });
    send({ type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage });
    send({ type: "message_stop" });
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(process.argv[2], `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
export ANTHROPIC_BASE_URL=http://127.0.0.1:$(cat "$folder/port") ANTHROPIC_API_KEY=none IS_SANDBOX=1 DISABLE_AUTOUPDATER=1
unset CLAUDECODE CLAUDE_CODE_CHILD_SESSION TMUX
cd "$folder/work"
cat >"$HOME/.claude.json" <<SETTINGS
{"hasCompletedOnboarding":true,"theme":"dark","customApiKeyResponses":{"approved":["none"],"rejected":[]},
 "projects":{"$folder/work":{"hasTrustDialogAccepted":true}}}
SETTINGS

# turn VARIABLE...: a turn on a terminal, then how many transcripts and files about sessions there are.
turn() {
  rm -rf "$HOME/.claude/projects" "$HOME/.claude/sessions"
  tmux -S "$folder/tmux" -f /dev/null new-session -d -x 150 -y 40 env "$@" "$claude" "say hello"
  until tmux -S "$folder/tmux" capture-pane -p | grep -q '● done'; do sleep 0.2; done
  sleep 2
  tmux -S "$folder/tmux" capture-pane -p | grep -o 'Transcript saving is off — [a-zA-Z_ ]*' || true
  transcripts=$(find "$HOME/.claude/projects" -name '*.jsonl' 2>/dev/null | wc -l)
  sessions=$(find "$HOME/.claude/sessions" -name '*.json' 2>/dev/null | wc -l)
  tmux -S "$folder/tmux" kill-server
  echo "${*:-without the variable}: transcripts $transcripts, files about sessions $sessions"
}
turn
[ "$transcripts" = 1 ] && [ "$sessions" = 1 ] || exit 1
turn CLAUDE_CODE_CHILD_SESSION=1
[ "$transcripts" = 0 ] && [ "$sessions" = 0 ] || exit 1
CLAUDE_CODE_CHILD_SESSION=1 timeout 60 "$claude" -p "say hello" </dev/null >/dev/null
transcripts=$(find "$HOME/.claude/projects" -name '*.jsonl' | wc -l)
echo "with -p: transcripts $transcripts"
[ "$transcripts" = 1 ]
