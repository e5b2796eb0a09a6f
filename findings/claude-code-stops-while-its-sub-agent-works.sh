#!/usr/bin/env bash
# A sub-agent of Claude Code that is not asked for otherwise works in the background: the call of the tool returns at once, the turn ends,
# and the hook Stop runs while the work goes on. Its result comes as a prompt of its own: the hook UserPromptSubmit runs with a text that
# no user wrote, then Stop again. So Stop is not "done" and UserPromptSubmit is not "a person is here"; whether work goes on stands in
# background_tasks of Stop. The answer of -p --output-format json comes after all of it, with num_turns and usage of the last part alone.
# Seen with Claude Code 2.1.330.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home
mkdir -p "$HOME" "$folder/work/.claude"
npm install --prefix "$folder/claude" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @anthropic-ai/claude-code@2.1.330 >&2
claude=$folder/claude/node_modules/.bin/claude
"$claude" --version

# Stands in for the model: it asks for a sub-agent once, whose own answer it holds back until Stop has run.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { existsSync, writeFileSync } from "node:fs";
const [, , portFile, stopped] = process.argv;
let number = 0;
const server = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece));
  request.on("end", async () => {
    const body = request.url.includes("/messages") && text ? JSON.parse(text) : {};
    if (!body.messages) return response.end("{}");
    const said = JSON.stringify(body.messages);
    const usage = { input_tokens: 1000, output_tokens: 10 };
    const message = { id: `msg_${++number}`, type: "message", role: "assistant", model: body.model, content: [], stop_reason: null, usage };
    const spawns = said.includes("say hello") && !said.includes("tool_result");
    if (!said.includes("say hello")) while (!existsSync(stopped)) await new Promise((resolve) => setTimeout(resolve, 100));
    const block = spawns ? { type: "tool_use", id: "toolu_1", name: "Agent", input: {} } : { type: "text", text: "" };
    const input = JSON.stringify({ description: "look", prompt: "look around", subagent_type: "general-purpose" });
    const delta = spawns ? { type: "input_json_delta", partial_json: input } : { type: "text_delta", text: "done" };
    response.setHeader("content-type", "text/event-stream");
    const send = (data) => response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
    send({ type: "message_start", message });
    send({ type: "content_block_start", index: 0, content_block: block });
    send({ type: "content_block_delta", index: 0, delta });
    send({ type: "content_block_stop", index: 0 });
    send({ type: "message_delta", delta: { stop_reason: spawns ? "tool_use" : "end_turn", stop_sequence: null }, usage });
    send({ type: "message_stop" });
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(portFile, `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" "$folder/stopped" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
export ANTHROPIC_BASE_URL=http://127.0.0.1:$(cat "$folder/port") ANTHROPIC_API_KEY=none IS_SANDBOX=1 DISABLE_AUTOUPDATER=1

# A hook that keeps what it was told, one line each.
cat >"$folder/hook.sh" <<HOOK
cat >>"$folder/told"
echo >>"$folder/told"
[ "\$1" != Stop ] || touch "$folder/stopped"
HOOK
hook() { printf '"%s":[{"hooks":[{"type":"command","command":"sh %s %s"}]}]' "$1" "$folder/hook.sh" "$1"; }
echo "{\"hooks\":{$(hook UserPromptSubmit),$(hook Stop),$(hook SubagentStop)}}" >"$folder/work/.claude/settings.json"

cd "$folder/work"
timeout 90 "$claude" -p --output-format json "say hello" </dev/null >"$folder/answer"
cat >"$folder/read.mjs" <<'READ'
import { readFileSync } from "node:fs";
const [told, answer] = process.argv.slice(2).map((file) => readFileSync(file, "utf8").trim());
const rows = told.split("\n").filter(Boolean).map((line) => JSON.parse(line));
const events = rows.map(({ hook_event_name: event, prompt, background_tasks: tasks }) => {
  if (event === "UserPromptSubmit") return `${event} ${prompt.split("\n")[0]}`;
  return event === "Stop" ? `${event} ${tasks.length} at work` : event;
});
const { num_turns: turns, usage, modelUsage } = JSON.parse(answer);
const total = Object.values(modelUsage).reduce((sum, { inputTokens }) => sum + inputTokens, 0);
console.log(`hooks, for one prompt: ${events.join(", ")}`);
console.log(`the answer: num_turns ${turns}, usage ${usage.input_tokens} of ${total} tokens in`);
const expected = "UserPromptSubmit say hello,Stop 1 at work,SubagentStop,UserPromptSubmit <task-notification>,Stop 0 at work";
process.exit(events.join() === expected && turns === 1 && usage.input_tokens === 1000 && total === 4000 ? 0 : 1);
READ
node "$folder/read.mjs" "$folder/told" "$folder/answer"
echo "as described"
