#!/usr/bin/env bash
# supergateway puts an MCP server on stdio behind a port, so that several agents can share one. With its default transport (SSE) it starts
# the server once and sends each line of it to every client that is connected; it does not keep who asked. The numbers of requests are of
# each client alone, and the usual SDKs count from 0: two agents in step have the same number open, and the first answer ends the calls of
# both. One is told what the other asked for, without any error, and drops its own answer when that comes. Behind --outputTransport
# streamableHttp each gets its own. Seen with supergateway 4.0.0 and @modelcontextprotocol/sdk 1.32.2.
set -euo pipefail

folder=$(mktemp -d)
gateway=
trap '[ -z "$gateway" ] || kill "$gateway" 2>/dev/null || :; rm -rf "$folder"' EXIT
cd "$folder"
npm install --cache "$folder/cache" --no-audit --no-fund --no-update-notifier --loglevel=error --save-exact \
  supergateway@4.0.0 @modelcontextprotocol/sdk@1.32.2 >&2
echo "supergateway, version $(node_modules/.bin/supergateway --version)"
node -p '`@modelcontextprotocol/sdk ${JSON.parse(require("fs").readFileSync("node_modules/@modelcontextprotocol/sdk/package.json")).version}`'

# Its one tool says the word that it was asked for, after so many milliseconds.
cat >server.mjs <<'JAVASCRIPT'
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";

const server = new McpServer({ name: "server", version: "1" });
server.registerTool("say", { inputSchema: { word: z.string(), after: z.number() } }, async ({ word, after }) => {
  await new Promise((done) => setTimeout(done, after));
  return { content: [{ type: "text", text: word }] };
});
await server.connect(new StdioServerTransport());
JAVASCRIPT

cat >clients.mjs <<'JAVASCRIPT'
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [, , transport, port] = process.argv;
const connected = async (name) => {
  const client = new Client({ name, version: "1" });
  const [Transport, path] = transport === "sse" ? [SSEClientTransport, "sse"] : [StreamableHTTPClientTransport, "mcp"];
  await client.connect(new Transport(new URL(`http://127.0.0.1:${port}/${path}`)));
  return client;
};
const say = async (client, word, after) => {
  const { isError, content } = await client.callTool({ name: "say", arguments: { word, after } });
  return `${isError ? "error " : ""}${content[0].text}`;
};
const first = await connected("first");
const second = await connected("second");
const words = await Promise.all([say(first, "one", 5000), say(second, "two", 0)]);
console.log(`the first is told ${words[0]}, the second ${words[1]}`);
process.exit();
JAVASCRIPT

# told TRANSPORT WORDS...: what two clients are told, of which the first asks for "one" and the second for "two".
told() {
  local port
  port=$(node -e 'const server = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(server.address().port); server.close(); })')
  node_modules/.bin/supergateway --stdio "node server.mjs" --port "$port" --outputTransport "$@" >log 2>&1 &
  gateway=$!
  until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.1; done
  timeout 60 node clients.mjs "$1" "$port"
  kill "$gateway"
  wait "$gateway" 2>/dev/null || :
  gateway=
}
told sse >sse
told streamableHttp --stateful >http
echo "over SSE:             $(cat sse)"
echo "over streamable HTTP: $(cat http)"
[ "$(cat sse http | tr '\n' '/')" = 'the first is told two, the second two/the first is told one, the second two/' ]
echo "as described"
