#!/usr/bin/env bash
# Models call several tools in one step. The memory server of MCP reads its whole file for each call, adds to it and writes it whole, and
# nothing makes the calls wait for each other, not even those of one client in one process: of six facts that are told at once one is left.
# Each of the six calls answers with what it has "created". Told one after the other all six are there. Two agents that share the file
# lose in the same way. Seen with @modelcontextprotocol/server-memory 2026.8.31 and @modelcontextprotocol/sdk 1.32.2.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --cache "$folder/cache" --no-audit --no-fund --no-update-notifier --loglevel=error --save-exact \
  @modelcontextprotocol/server-memory@2026.8.31 @modelcontextprotocol/sdk@1.32.2 >&2
for package in server-memory sdk; do
  node -p '`${process.argv[1]}, version ${JSON.parse(require("fs").readFileSync(`node_modules/@modelcontextprotocol/${process.argv[1]}/package.json`)).version}`' \
    "$package"
done

cat >client.mjs <<'JAVASCRIPT'
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const [, , file, how] = process.argv;
const client = new Client({ name: "client", version: "1" });
const program = "node_modules/@modelcontextprotocol/server-memory/dist/index.js";
const env = { ...process.env, MEMORY_FILE_PATH: file };
await client.connect(new StdioClientTransport({ command: "node", args: [program], env, stderr: "ignore" }));
const call = (name, words) => client.callTool({ name, arguments: words });
const tell = async (name) => {
  const answer = await call("create_entities", { entities: [{ name, entityType: "fact", observations: ["seen"] }] });
  return !answer.isError && answer.structuredContent.entities[0].name === name;
};
const facts = ["a", "b", "c", "d", "e", "f"];
const created = [];
if (how === "at-once") created.push(...(await Promise.all(facts.map(tell))));
else for (const fact of facts) created.push(await tell(fact));
const { entities } = (await call("read_graph", {})).structuredContent;
console.log(`${created.filter(Boolean).length} created, ${entities.length === facts.length ? "all" : "not all"} there`);
await client.close();
JAVASCRIPT

at_once=$(node client.mjs "$folder/at-once.jsonl" at-once)
in_turn=$(node client.mjs "$folder/in-turn.jsonl" in-turn)
echo "six facts at once: $at_once, in the file: $(grep -c entity at-once.jsonl)"
echo "six facts in turn: $in_turn, in the file: $(grep -c entity in-turn.jsonl)"
[ "$at_once/$in_turn" = '6 created, not all there/6 created, all there' ]
echo "as described"
