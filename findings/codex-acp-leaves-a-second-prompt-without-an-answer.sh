#!/usr/bin/env bash
# In the Agent Client Protocol each session/prompt is a request, and its answer says why the turn has ended. A second prompt that comes while
# the first is at work is taken by codex-acp into the same turn: the model gets it, its words come as updates, and the answer to the first
# request ends both. The second request is never answered, neither with an error: a client that waits for it, as SDKs do, waits for ever, and
# shows an agent at work that has long been done. Prompts in turn are answered each. Seen with @zed-industries/codex-acp 0.16.0.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
export HOME=$folder/home
mkdir -p "$HOME/.codex" "$folder/work"
npm install --prefix "$folder/adapter" --cache "$folder/cache" --no-audit --no-fund --loglevel=error @zed-industries/codex-acp@0.16.0 >&2
adapter=$folder/adapter/node_modules/.bin/codex-acp
node -p '`codex-acp, version ${JSON.parse(require("fs").readFileSync(process.argv[1])).version}`' \
  "$folder/adapter/node_modules/@zed-industries/codex-acp/package.json"

# Stands in for the model: it says the last prompt, five seconds after it was asked.
cat >"$folder/model.mjs" <<'MODEL'
import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (piece) => (body += piece));
  request.on("end", async () => {
    if (!request.url.endsWith("/responses")) return response.end("{}");
    const { content } = JSON.parse(body).input.findLast(({ role }) => role === "user");
    await new Promise((done) => setTimeout(done, 5000));
    const text = `heard ${content.at(-1).text}`;
    const item = { type: "message", id: "msg_1", role: "assistant", status: "completed", content: [{ type: "output_text", text }] };
    response.setHeader("content-type", "text/event-stream");
    const send = (data) => response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
    send({ type: "response.created", response: { id: "resp_1" } });
    send({ type: "response.output_item.done", output_index: 0, item });
    const usage = { input_tokens: 1000, output_tokens: 10, total_tokens: 1010 };
    send({ type: "response.completed", response: { id: "resp_1", status: "completed", output: [item], usage } });
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => writeFileSync(process.argv[2], `${server.address().port}`));
MODEL
node "$folder/model.mjs" "$folder/port" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.1; done
cat >"$HOME/.codex/config.toml" <<CONFIG
model = "some-model"
model_provider = "mock"
[model_providers.mock]
name = "mock"
base_url = "http://127.0.0.1:$(cat "$folder/port")/v1"
wire_api = "responses"
CONFIG

# Gives the prompts "one" and "two", the second one second behind the first or behind its answer, and waits until 20 seconds after "heard two".
cat >"$folder/client.mjs" <<'CLIENT'
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
const [, , adapter, cwd, how] = process.argv;
const child = spawn(adapter, { stdio: ["pipe", "pipe", "ignore"], detached: true });
const waiting = new Map();
let heard = "";
let heardTwo;
const second = new Promise((done) => (heardTwo = done));
createInterface({ input: child.stdout }).on("line", (line) => {
  const { id, result, params } = JSON.parse(line);
  waiting.get(id)?.(result);
  if (params?.update?.sessionUpdate === "agent_message_chunk") heard += params.update.content.text;
  if (heard.includes("heard two")) heardTwo();
});
const ask = (method, params) =>
  new Promise((done) => {
    const id = waiting.size;
    waiting.set(id, done);
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
  });
const pause = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));
await ask("initialize", { protocolVersion: 1, clientCapabilities: {} });
const { sessionId } = await ask("session/new", { cwd, mcpServers: [] });
const answers = {};
const prompt = async (text) => {
  const { stopReason } = await ask("session/prompt", { sessionId, prompt: [{ type: "text", text }] });
  answers[text] = stopReason;
};
const first = prompt("one");
await (how === "during" ? pause(1) : first);
prompt("two");
await second;
await pause(20);
console.log(`both heard: ${heard.includes("heard one") && heard.includes("heard two")}, one: ${answers.one}, two: ${answers.two}`);
process.kill(-child.pid);
process.exit();
CLIENT
# answered HOW: what the requests of both prompts are answered.
answered() { timeout 120 node "$folder/client.mjs" "$adapter" "$folder/work" "$1"; }
during=$(answered during)
behind=$(answered behind)
echo "the second prompt during the first:          $during"
echo "the second prompt behind the first's answer: $behind"
[ "$during" = 'both heard: true, one: end_turn, two: undefined' ] && [ "$behind" = 'both heard: true, one: end_turn, two: end_turn' ] || exit 1
echo "as described"
