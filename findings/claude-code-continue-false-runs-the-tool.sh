#!/usr/bin/env bash
# Claude Code says of hooks that "continue": false in their output stops all processing after them. Of a PreToolUse hook that means: the
# tool that it was asked about runs first, and the turn ends then. To keep the tool from running the hook has to deny it in the same
# output. At that time the answer that asks for the tool is mostly not in the transcript that the hook is told of yet, and of a first turn
# there may be no transcript at all, so what it cost cannot be known there: the transcript is written behind the turn, and only a machine
# with other work lets it come first. Seen with Claude Code 2.1.330.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home
mkdir -p "$HOME" "$folder/work"
npm install --prefix "$folder/claude" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @anthropic-ai/claude-code@2.1.330 >&2
claude=$folder/claude/node_modules/.bin/claude
"$claude" --version

# Stands in for the model: asks for the tool Bash once, then says that it is done.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
let number = 0;
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", () => {
    const body = request.url.includes("/messages") && text ? JSON.parse(text) : {};
    if (!body.messages) return response.end("{}");
    const isAnswered = JSON.stringify(body.messages.at(-1)).includes("tool_result");
    const tool = { type: "tool_use", id: `toolu_${++number}`, name: "Bash", input: { command: "touch ran", description: "x" } };
    const block = isAnswered ? { type: "text", text: "done" } : tool;
    const usage = { input_tokens: 10, output_tokens: 5 };
    const message = { id: `msg_${number}`, type: "message", role: "assistant", model: body.model, content: [], stop_reason: null, usage };
    const stop = isAnswered ? "end_turn" : "tool_use";
    if (!body.stream) return response.end(JSON.stringify({ ...message, content: [block], stop_reason: stop }));
    response.setHeader("content-type", "text/event-stream");
    const send = (data) => response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
    const delta = isAnswered
      ? { type: "text_delta", text: "done" }
      : { type: "input_json_delta", partial_json: JSON.stringify(tool.input) };
    send({ type: "message_start", message });
    send({ type: "content_block_start", index: 0, content_block: isAnswered ? { type: "text", text: "" } : { ...tool, input: {} } });
    send({ type: "content_block_delta", index: 0, delta });
    send({ type: "content_block_stop", index: 0 });
    send({ type: "message_delta", delta: { stop_reason: stop, stop_sequence: null }, usage });
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

cat >"$folder/hook" <<'HOOK'
transcript=$(sed 's/.*"transcript_path":"\([^"]*\)".*/\1/')
if [ -e "$transcript" ]; then grep -c '"type":"assistant"' "$transcript"; else echo 0, and there is none; fi >"$1" || :
printf '%s\n' "$2"
HOOK

# turn OUTPUT: a turn whose hook prints that; says whether the tool ran.
turn() {
  rm -f "$folder/work/ran"
  local command="sh '$folder/hook' '$folder/rows' '$1'"
  local settings
  settings=$(node -e 'console.log(JSON.stringify({hooks: {PreToolUse: [{hooks: [{type: "command", command: process.argv[1]}]}]}}))' "$command")
  (cd "$folder/work" && timeout 60 "$claude" -p --dangerously-skip-permissions --settings "$settings" "make a file" </dev/null >/dev/null)
  [ -e "$folder/work/ran" ] && echo "the tool ran" || echo "the tool did not run"
}

alone=$(turn '{"continue":false,"stopReason":"enough"}')
rows=$(cat "$folder/rows")
denied=$(turn '{"continue":false,"stopReason":"enough","hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"enough"}}')
printf 'continue: false alone: %s\nwith a denial: %s\nanswers in the transcript when the hook runs: %s\n' "$alone" "$denied" "$rows"

[ "$alone" = "the tool ran" ]
[ "$denied" = "the tool did not run" ]
echo "as described"
