import { dirname, join, resolve } from "node:path";
import { FleetError } from "../errors.ts";
import { build } from "../system/build.ts";
import { defineFleetCommand } from "./definition.ts";

const defaultPort = 7117;

export default defineFleetCommand({
  name: "serve",
  args: {
    port: { type: "string", valueHint: "NUMBER", description: `the port; ${defaultPort} unless given` },
    host: { type: "string", valueHint: "ADDRESS", description: "the address; 127.0.0.1 unless given" },
    socket: {
      type: "string",
      valueHint: "PATH",
      completes: "files",
      excludes: ["port", "host"],
      description: "a Unix socket instead of a port",
    },
    "viewer-token": { type: "boolean", description: "print a link that may look, but change nothing" },
  },
  details: [
    "Answers programs over HTTP with the same operations as fleet api: POST /api/v1/NAME, described at /api/v1/openapi.json. Everybody needs " +
      "the token of the file that is printed, sent as Authorization: Bearer TOKEN; at a socket of --socket nobody does, since only you can open it.",
    "It runs until you press Ctrl-C, and nothing else needs it: agents do not notice when it ends, in whatever way. At an address that " +
      "others can reach, put something in front of it that speaks TLS.",
  ],
  examples: [
    { command: "fleet serve", explanation: "until you press Ctrl-C" },
    { command: "fleet serve --port 8000 --viewer-token", explanation: "with a link for somebody who may only look" },
    {
      command: "fleet serve --socket ~/.fleet.sock",
      explanation: "for programs of yours: curl --unix-socket ~/.fleet.sock http://fleet/api/v1/agents",
    },
  ],
  async run(args, { application }) {
    const place = placeOf(args, application.directory);
    const fleet = await application.openFleet();
    const [{ startServer }, { readOrMakeSecrets, tokenFile }, { noteServer }, { pageLink }] = await Promise.all([
      import("../server/server.ts"),
      import("../server/tokens.ts"),
      import("../server/running.ts"),
      import("../server/links.ts"),
    ]);
    const folder = join(dirname(fleet.settings.file), "serve");
    const secrets = readOrMakeSecrets(folder);
    const { version } = build;
    const server = await startServer({ fleet, place, secrets, version, publicUrl: undefined, hooksOnly: false });
    const forget = await noteServer(folder, {
      url: server.url ?? null,
      socket: args.socket === undefined ? null : resolve(application.directory, args.socket),
      version,
      started_at: new Date().toISOString(),
      session: null,
    });
    try {
      const role = args["viewer-token"] === true ? "viewer" : "owner";
      const link = server.url === undefined ? null : pageLink(server.url, secrets, role);
      if (application.json) {
        application.answerJson({
          url: server.url ?? null,
          socket: args.socket ?? null,
          link,
          token_file: tokenFile(folder, role),
        });
      } else {
        application.answer([link ?? `at ${args.socket}`]);
        application.narration.note(`the link works once, for ten minutes; for another run fleet open`);
        application.narration.note(`programs send the token of ${tokenFile(folder, role)}`);
      }
      await new Promise<void>((end) => application.cancelled.addEventListener("abort", () => end(), { once: true }));
    } finally {
      forget();
      await server.stop();
    }
    return 0;
  },
});

interface PlaceWords {
  readonly port: string | undefined;
  readonly host: string | undefined;
  readonly socket: string | undefined;
}

function placeOf({ port, host, socket }: PlaceWords, directory: string) {
  if (socket !== undefined) return { socket: resolve(directory, socket) };
  return { hostname: host ?? "127.0.0.1", port: port === undefined ? defaultPort : portOf(port) };
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new FleetError("usage", `--port: ${JSON.stringify(text)} is no port`, {
    hint: "a port is a number up to 65535, 0 for any that is free; run fleet serve --port 8000",
  });
}
