import type { Line } from "./text.ts";

/** What `fleet help http` says: how a program talks to `fleet serve`. */
export const httpParagraphs: readonly string[] = [
  "fleet serve answers programs over HTTP. Everything but the page itself needs a token, sent as Authorization: Bearer TOKEN: that of the file " +
    "~/.ai_fleet/serve/token may do everything, that of viewer-token only looks. To take a token back, remove its file and start the server anew. " +
    "The page gets one of its own for the code in the link, which works once. At a Unix socket (--socket) no token is needed.",
  "What cannot be done because of how things stand is 409, a mistake of the caller 400, what is not there 404, each as application/problem+json " +
    "with kind, code, hint and, where there is more to say, output. A GET changes nothing. Only the server's own page may call it from a browser: Host and Origin are checked, and " +
    "no token is taken from a URL.",
  "What changes is told at /api/v1/events, a WebSocket with the protocols fleet.v1 and token.TOKEN, or fleet.v1 and the header. After " +
    'subscribing to agents comes a snapshot, then deltas, each on top of the "seq" before; whoever comes back says which start of the server they ' +
    'followed ("instance" of hello) and how far, and gets what is different. Who does not read is told that they are behind, and gets what is ' +
    "true by then. Of terminals each line stands on its own, with styles (SGR) and nothing else that a terminal would act on.",
];

/** Routes, and messages of the socket. */
export const httpLines: readonly Line[] = [
  [
    "POST /api/v1/NAME",
    "call an operation of fleet api: its input as JSON, its answer back; NAME as in fleet help json",
  ],
  ["GET /api/v1/NAME?key=value", "the same for one that only looks; a list by repeating its key"],
  ["GET /api/v1/agents", "list, of all repositories"],
  ["GET /api/v1/openapi.json", "all of this as OpenAPI 3.1"],
  ["GET /api/v1/server", "which server this is, and whether a newer fleet is installed"],
  ["GET, DELETE /api/v1/operations/ID", "what came of an operation; ask it to stop"],
  ["GET /metrics", "for Prometheus"],
  ["Accept: application/x-ndjson", "lines that tell of progress, of which the last is the answer"],
  ["Idempotency-Key: ID", "names an operation: repeated with the same ID it is done once"],
  ["Fleet-Directory: PATH", "where you are, as with -C"],
  ['{"type":"subscribe","to":"agents"}', 'to go on: with "instance" and "after"'],
  ['{"type":"subscribe","to":"terminal","id":ID}', "the screen of an agent, then what changes of it"],
  ['{"type":"input","id":ID,"text":TEXT}', "type into it, byte for byte; not with the token of a viewer"],
  ['{"type":"scrollback","id":ID,"lines":N}', "what has left its screen at the top"],
];
