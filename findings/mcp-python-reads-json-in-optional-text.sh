#!/usr/bin/env bash
# A tool of the Python SDK of MCP whose parameter is "str | None" tells its clients that it takes a string. A string whose text happens to
# be JSON is decoded before the tool sees it: the content of a package.json is refused ("Input should be a valid string"), and the text
# null becomes None, without an error. With "str" alone, and with a text that is no JSON, it arrives as it was sent. So a tool that writes
# files works until somebody makes its content optional, and then until the first file of JSON. Seen with mcp 2.3.0.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check mcp==2.3.0
echo "mcp $("$folder/python/bin/pip" list 2>/dev/null | sed -n 's/^mcp  *//p')"

cat >"$folder/call.py" <<'PYTHON'
import asyncio
from mcp.client import Client
from mcp.server.mcpserver import MCPServer

server = MCPServer("files")

@server.tool()
def required(content: str) -> str:
    return "nothing" if content is None else f"text {content}"

@server.tool()
def optional(content: str | None = None) -> str:
    return "nothing" if content is None else f"text {content}"

async def main():
    async with Client(server) as client:
        for content in ['plain', '{"name": "x"}', 'null']:
            for tool in ["required", "optional"]:
                answer = await client.call_tool(tool, {"content": content})
                print(f"{tool}, {content}: {'refused' if answer.is_error else answer.content[0].text}")

asyncio.run(main())
PYTHON
said=$("$folder/python/bin/python" "$folder/call.py" 2>/dev/null)
echo "$said"
expected='required, plain: text plain
optional, plain: text plain
required, {"name": "x"}: text {"name": "x"}
optional, {"name": "x"}: refused
required, null: text null
optional, null: nothing'
[ "$said" = "$expected" ]
echo "as described"
