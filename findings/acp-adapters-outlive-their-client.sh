#!/usr/bin/env bash
# An adapter for the Agent Client Protocol is a child of its client, and the end of its input is all that tells it that the client is gone.
# Neither of the two that editors start for Codex and Claude Code looks for it: a client that is killed leaves the adapter behind, and with
# that of Claude Code the agent that it runs as well. To end it by its pid does not help with codex-acp: that is a launcher in node which
# waits for the real program and passes no signal on, so SIGTERM ends the launcher and leaves the adapter. A client has to make a process
# group for each and end that. Seen with @zed-industries/codex-acp 0.16.0 and @zed-industries/claude-code-acp 0.16.2.
set -euo pipefail

folder=$(mktemp -d)
session=
# members: the processes of the session that the client leads.
members() { ps -o pid= -s "$session" || true; }
finish() {
  [ -z "$session" ] || members | xargs -r kill -KILL 2>/dev/null || :
  session=
}
trap 'finish; rm -rf "$folder"' EXIT
export HOME=$folder/home ANTHROPIC_BASE_URL=http://127.0.0.1:9 ANTHROPIC_AUTH_TOKEN=none DISABLE_AUTOUPDATER=1 IS_SANDBOX=1 OPENAI_API_KEY=none
mkdir -p "$HOME/.codex" "$folder/work"
cat >"$HOME/.codex/config.toml" <<'CONFIG'
model = "some-model"
model_provider = "mock"
[model_providers.mock]
name = "mock"
base_url = "http://127.0.0.1:9/v1"
wire_api = "responses"
CONFIG
npm install --prefix "$folder/adapters" --cache "$folder/cache" --no-audit --no-fund --loglevel=error \
  @zed-industries/codex-acp@0.16.0 @zed-industries/claude-code-acp@0.16.2 >&2
for name in codex-acp claude-code-acp; do
  node -p '`${process.argv[1]}, version ${JSON.parse(require("fs").readFileSync(`${process.argv[2]}/node_modules/@zed-industries/${process.argv[1]}/package.json`)).version}`' \
    "$name" "$folder/adapters"
done

# A client that opens a conversation, writes the pid of the adapter to a file, and waits.
cat >"$folder/client.mjs" <<'CLIENT'
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
const [, , adapter, cwd, file] = process.argv;
const child = spawn(adapter, { stdio: ["pipe", "pipe", "ignore"] });
const ask = (id, method, params) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
createInterface({ input: child.stdout }).on("line", (line) => {
  const { id, result } = JSON.parse(line);
  if (id === 1) ask(2, "session/new", { cwd, mcpServers: [] });
  if (id === 2) writeFileSync(file, result ? `${child.pid}` : line);
});
ask(1, "initialize", { protocolVersion: 1, clientCapabilities: {} });
CLIENT

# end_of NAME VICTIM: the programs that run ten seconds after the client, or the adapter by its pid, was ended, in the file "left".
end_of() {
  rm -f "$folder/pid"
  setsid node "$folder/client.mjs" "$folder/adapters/node_modules/.bin/$1" "$folder/work" "$folder/pid" &
  session=$!
  until [ -s "$folder/pid" ]; do kill -0 "$session"; sleep 0.1; done
  if [ "$2" = client ]; then
    kill -KILL "$session"
  else
    kill -TERM "$(cat "$folder/pid")"
  fi
  disown "$session"
  sleep 10
  members | while read -r pid; do
    [ "$pid" != "$session" ] || continue
    tr '\0' '\n' <"/proc/$pid/cmdline" | grep -oE '(codex-acp-linux[^/]*/bin/)?(codex-acp|claude-code-acp|claude)$' | head -n 1 || :
  done | sort | xargs >"$folder/left"
  finish
}
end_of codex-acp client
codex=$(cat "$folder/left")
end_of claude-code-acp client
claude=$(cat "$folder/left")
end_of codex-acp adapter
ended=$(cat "$folder/left")
echo "still there once the client of codex-acp was killed:       $codex"
echo "still there once the client of claude-code-acp was killed: $claude"
echo "still there once codex-acp was ended by its pid:           $ended"
[[ $codex == "codex-acp codex-acp-linux-"*/bin/codex-acp && $claude == "claude claude-code-acp" && $ended == codex-acp-linux-*/bin/codex-acp ]]
echo "as described"
