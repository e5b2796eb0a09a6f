#!/usr/bin/env bash
# An MCP server on stdio is a child of its client, and its input ends when the client is gone. With the TypeScript SDK nothing follows from
# that: StdioServerTransport does not look for the end of its input, so onclose is not called, calls that are at work are not aborted, and a
# server that has anything else to wait for (a timer, a socket, a watcher) runs on without a parent. An agent that is killed leaves one
# behind for each such server. A server has to listen to process.stdin for "end" itself. Seen with @modelcontextprotocol/sdk 1.32.2.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || :; rm -rf "$folder"' EXIT
cd "$folder"
npm install --cache "$folder/cache" --no-audit --no-fund --no-update-notifier --loglevel=error --save-exact \
  @modelcontextprotocol/sdk@1.32.2 >&2
node -p '`node ${process.version}, @modelcontextprotocol/sdk ${JSON.parse(require("fs").readFileSync("node_modules/@modelcontextprotocol/sdk/package.json")).version}`'

# A server with a timer, as one has that polls something. With the argument "listens" it looks at its input itself.
cat >server.mjs <<'JAVASCRIPT'
import { appendFileSync } from "node:fs";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

const say = (word) => appendFileSync("said", `${word}\n`);
const server = new McpServer({ name: "server", version: "1" });
server.server.onclose = () => say("closed");
server.registerTool("work", {}, ({ signal }) => {
  signal.addEventListener("abort", () => say("aborted"));
  say(`working ${process.pid}`);
  return new Promise(() => {});
});
setInterval(() => {}, 1000);
process.stdin.on("end", () => {
  say("end of input");
  if (process.argv[2] === "listens") process.exit(0);
});
await server.connect(new StdioServerTransport());
JAVASCRIPT
cat >client.mjs <<'JAVASCRIPT'
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const client = new Client({ name: "client", version: "1" });
await client.connect(new StdioClientTransport({ command: "node", args: ["server.mjs", process.argv[2]], cwd: process.cwd() }));
await client.callTool({ name: "work" });
JAVASCRIPT

# outlived HOW: what the server has said, and whether it runs, once its client was killed.
outlived() {
  local client
  : >said
  node client.mjs "$1" 2>/dev/null &
  client=$!
  until grep -q working said; do sleep 0.1; done
  server=$(sed -n 's/^working //p' said)
  kill -KILL "$client"
  wait "$client" 2>/dev/null || :
  until grep -q end said; do sleep 0.1; done
  sleep 3
  if kill -0 "$server" 2>/dev/null; then
    echo "$(sed 's/ [0-9]*$//' said | tr '\n' ',') runs on"
    kill "$server"
  else
    echo "$(sed 's/ [0-9]*$//' said | tr '\n' ',') is gone"
  fi
  server=
}
plain=$(outlived plain)
listens=$(outlived listens)
echo "the server as it is:          $plain"
echo "one that listens for the end: $listens"
[ "$plain/$listens" = 'working,end of input, runs on/working,end of input, is gone' ]
echo "as described"
