import type { Line } from "./text.ts";

/** What `fleet help proxy` says: how the page of `fleet serve` is seen from elsewhere. */
export const proxyParagraphs: readonly string[] = [
  "fleet serve speaks no TLS itself. From elsewhere its page is reached by a tunnel of ssh, which needs no setting, or by a proxy of yours that " +
    "speaks TLS and has a name for it: the page stands at the root of that name. serve_page_url in config.toml says which name that is; fleet open " +
    "then prints links to it, and the server answers to it and to its own name alone.",
  "Whoever has such a link, or the token that a page keeps, can do as you on this machine: let people in at the proxy by what it can ask for beside " +
    "the page, such as certificates or a login with cookies. A password that a browser sends as Basic authentication does not go together with the " +
    "token, which stands in the same header. A link of fleet serve --viewer-token only looks.",
  "A proxy must pass WebSockets on. It may hand on the name that it was called by, or call the server by its own; X-Forwarded- headers are not " +
    "looked at. Something is sent at least every 20 seconds over a WebSocket, and every 10 where progress is told, so that the usual time-outs of a " +
    "proxy cut nothing off.",
];

/** What an answer means. */
export const proxyLines: readonly Line[] = [
  ["ssh -L 7117:127.0.0.1:7117 HOST", "a tunnel; then open the link of fleet open --print there"],
  ["421", "the proxy calls the server by a name that is not that of serve_page_url"],
  ["403 foreign-origin", "the page was opened by another address than serve_page_url: another port or scheme counts"],
  ["No connection", "in the page, and it loads: the proxy does not pass WebSockets on"],
  ["401 at once", "the proxy asks for a password itself, in the header of the token"],
];

/** To be copied: each is all that the proxy needs to know. */
export const proxyRecipes = {
  nginx: [
    "map $http_upgrade $connection_upgrade {",
    "  default upgrade;",
    "  '' close;",
    "}",
    "server {",
    "  listen 443 ssl;",
    "  server_name fleet.example.com;",
    "  ssl_certificate /etc/ssl/fleet.pem;",
    "  ssl_certificate_key /etc/ssl/fleet.key;",
    "  location / {",
    "    proxy_pass http://127.0.0.1:7117;",
    "    proxy_http_version 1.1;",
    "    proxy_set_header Host $http_host;",
    "    proxy_set_header Upgrade $http_upgrade;",
    "    proxy_set_header Connection $connection_upgrade;",
    "  }",
    "}",
  ],
  caddy: ["fleet.example.com {", "  reverse_proxy 127.0.0.1:7117", "}"],
  haproxy: [
    "frontend fleet",
    "  mode http",
    "  bind :443 ssl crt /etc/haproxy/fleet.pem",
    "  default_backend fleet",
    "backend fleet",
    "  mode http",
    "  server fleet 127.0.0.1:7117",
  ],
} as const;

/** All of it as the help shows it. */
export const proxyRecipe: readonly string[] = [
  "# ~/.ai_fleet/config.toml",
  'serve_page_url = "https://fleet.example.com"',
  ...Object.entries(proxyRecipes).flatMap(([name, lines]) => ["", `# ${name}`, ...lines]),
];
