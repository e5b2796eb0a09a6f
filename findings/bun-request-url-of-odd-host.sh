#!/usr/bin/env bash
# Bun: the `url` of a request whose Host header is no valid host cannot be read by `new URL`, though the request reaches the handler.
#
# The path of such a request has to be taken from the text, before Host has been checked.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
bun=$(command -v bun || true)
if [ -z "$bun" ]; then
  (cd "$folder" && npm install --silent --no-audit --no-fund bun@1.4.5 >/dev/null)
  bun=$folder/node_modules/.bin/bun
fi
echo "bun $("$bun" --version)"

cat >"$folder/server.ts" <<'SCRIPT'
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: ({ url }) => new Response(`${url} ${URL.canParse(url) ? "can be read" : "cannot be read"}\n`),
});
console.log(server.port);
SCRIPT
"$bun" "$folder/server.ts" >"$folder/port" &
server=$!
until [ -s "$folder/port" ]; do sleep 0.05; done
port=$(cat "$folder/port")

ask() { curl -s --noproxy '*' -H "Host: $1" "http://127.0.0.1:$port/path"; }
good=$(ask "127.0.0.1:$port")
odd=$(ask "127.0.0.1:$port.example")
echo "a valid host:    $good"
echo "an invalid host: $odd"
case $good in *'can be read') ;; *) exit 1 ;; esac
case $odd in *'cannot be read') ;; *) exit 1 ;; esac
