#!/usr/bin/env bash
# A tool of the TypeScript SDK of MCP whose arguments are described by a shape of zod checks them: a number for a string is refused, and
# says why. An argument with a name that the tool does not have is no error. It is dropped before the tool is called, and the list of
# tools does not tell clients that no others are allowed. A model that writes "brnach" for an optional "branch" has the tool run without
# it, on all branches perhaps, and is told that it went well. A z.strictObject in place of the shape refuses it. Seen with
# @modelcontextprotocol/sdk 1.32.2 and zod 4.1.12.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --cache "$folder/cache" --no-audit --no-fund --no-update-notifier --loglevel=error --save-exact \
  @modelcontextprotocol/sdk@1.32.2 zod@4.1.12 >&2
node -p '`node ${process.version}, @modelcontextprotocol/sdk ${JSON.parse(require("fs").readFileSync("node_modules/@modelcontextprotocol/sdk/package.json")).version}`'

cat >call.mjs <<'JAVASCRIPT'
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

const server = new McpServer({ name: "fleet", version: "1" });
const shape = { branch: z.string().optional() };
const stop = async ({ branch }) => ({ content: [{ type: "text", text: `stopped ${branch ?? "all"}` }] });
server.registerTool("shape", { inputSchema: shape }, stop);
server.registerTool("strict", { inputSchema: z.strictObject(shape) }, stop);
const client = new Client({ name: "client", version: "1" });
const [one, other] = InMemoryTransport.createLinkedPair();
await Promise.all([server.connect(one), client.connect(other)]);

const { tools } = await client.listTools();
for (const { name, inputSchema } of tools) console.log(`${name} allows others: ${inputSchema.additionalProperties ?? "not said"}`);
for (const args of [{ branch: "a" }, { branch: 1 }, { brnach: "a" }])
  for (const name of ["shape", "strict"]) {
    const { isError, content } = await client.callTool({ name, arguments: args });
    console.log(`${name} ${JSON.stringify(args)}: ${isError ? "refused" : content[0].text}`);
  }
JAVASCRIPT
said=$(node call.mjs)
echo "$said"
[ "$said" = 'shape allows others: not said
strict allows others: false
shape {"branch":"a"}: stopped a
strict {"branch":"a"}: stopped a
shape {"branch":1}: refused
strict {"branch":1}: refused
shape {"brnach":"a"}: stopped all
strict {"brnach":"a"}: refused' ]
echo "as described"
