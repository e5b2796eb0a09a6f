import { dirname, join, resolve } from "node:path";
import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { build } from "../system/build.ts";
import type { Application } from "./application.ts";
import { defineFleetCommand } from "./definition.ts";
import { type LinkOptions, sayWhere, warnOfNoWebhooks, warnOfOthers } from "./serve-links.ts";

export default defineFleetCommand({
  name: "serve",
  args: {
    port: {
      type: "string",
      alias: "p",
      valueHint: "NUMBER",
      description: "the port; serve_port unless given, 0 for any",
    },
    host: { type: "string", valueHint: "ADDRESS", description: "the address; 127.0.0.1 unless given" },
    socket: {
      type: "string",
      valueHint: "PATH",
      completes: "files",
      excludes: ["port", "host"],
      description: "a Unix socket instead of a port",
    },
    "viewer-token": { type: "boolean", description: "print a link that may look, but change nothing" },
    "webhooks-only": { type: "boolean", description: "serve nothing but signed webhooks" },
    detach: {
      type: "boolean",
      alias: "d",
      excludes: ["list", "stop"],
      description: "run it in a tmux session, and print the link",
    },
    list: { type: "boolean", excludes: ["stop"], description: "show which run" },
    stop: { type: "boolean", description: "end those that were started with --detach" },
  },
  details: [
    "Serves a page to look at and work with, and answers programs over HTTP with the same operations as fleet api; fleet help http says " +
      "how. Everybody needs the token of the file that is printed, sent as Authorization: Bearer TOKEN; at a socket of --socket nobody does, " +
      "since only you can open it.",
    "It runs until you press Ctrl-C, and nothing else needs it: agents do not notice when it ends, however it ends.",
    "At an address that others can reach, what is sent can be read on the way. To see the page from elsewhere, use a tunnel (ssh -L " +
      "7117:127.0.0.1:7117 HOST) and the link of fleet open, or put a proxy in front that speaks TLS and passes WebSockets on, and name it in " +
      "serve_page_url; fleet help proxy has the lines for nginx, caddy and haproxy. For webhooks, name what is in front in serve_url.",
    "Agents that are started through it get the environment of your login shell, not of the terminal it runs in, and the variables that " +
      "serve_env names.",
  ],
  examples: [
    { command: "fleet serve", explanation: "until you press Ctrl-C" },
    { command: "fleet serve --detach", explanation: "until fleet serve --stop" },
    { command: "fleet serve --port 8000 --viewer-token", explanation: "with a link for somebody who may only look" },
    {
      command: "fleet serve --socket ~/.fleet.sock",
      explanation: "for programs of yours: curl --unix-socket ~/.fleet.sock http://fleet/api/v1/agents",
    },
  ],
  async run(args, { application }) {
    const fleet = await application.openFleet({ looks: args.list === true });
    const folder = join(dirname(fleet.settings.file), "serve");
    if (args.list === true) await list(application, folder);
    else if (args.stop === true) await stop(application, fleet, folder);
    else if (args.detach === true) await detach(application, fleet, folder, args);
    else await serve(application, fleet, folder, args);
    return 0;
  },
});

interface Words extends LinkOptions {
  readonly port: string | undefined;
  readonly socket: string | undefined;
}

async function serve(application: Application, fleet: Fleet, folder: string, words: Words): Promise<void> {
  const [{ startServer }, { readOrMakeSecrets }, { noteServer }, { environmentOfServer }, { sessionVariable }] =
    await Promise.all([
      import("../server/server.ts"),
      import("../server/tokens.ts"),
      import("../server/running.ts"),
      import("../server/environment.ts"),
      import("../server/detached.ts"),
    ]);
  const { serve_env: allowed, serve_url: publicUrl, serve_page_url: pageUrl } = fleet.settings.config;
  const { environment, missing } = await environmentOfServer(fleet.environment, allowed);
  const server = await startServer({
    fleet: { ...fleet, environment },
    places: placesOf(words, fleet),
    secrets: readOrMakeSecrets(folder),
    version: build.version,
    publicUrl: publicUrl === "" ? undefined : new URL(publicUrl),
    pageUrl: pageUrl === "" ? undefined : new URL(pageUrl),
    hooksOnly: words["webhooks-only"] === true,
  });
  const running = {
    url: server.url ?? null,
    socket: words.socket === undefined ? null : resolve(fleet.directory, words.socket),
    version: build.version,
    started_at: new Date().toISOString(),
    hooks_only: words["webhooks-only"] === true,
    session: fleet.environment[sessionVariable] ?? null,
  };
  const forget = await noteServer(folder, running);
  try {
    await sayWhere(application, fleet, { ...running, folder }, words);
    await warnOfOthers(application, folder, running.url, words);
    warnOfNoWebhooks(application, fleet, words);
    for (const name of missing) {
      application.narration.warning(
        `agents that are started here do not get the ${name} of this terminal; for that, add it to serve_env with fleet config edit`,
      );
    }
    await new Promise<void>((end) => application.cancelled.addEventListener("abort", () => end(), { once: true }));
  } finally {
    forget();
    await server.stop();
  }
}

async function detach(application: Application, fleet: Fleet, folder: string, words: Words): Promise<void> {
  const [{ startDetached }, { makePrivateDirectory }] = await Promise.all([
    import("../server/detached.ts"),
    import("../system/files.ts"),
  ]);
  makePrivateDirectory(folder);
  const { port, host, socket } = words;
  const server = await startDetached(fleet, folder, [
    ...(port === undefined ? [] : ["--port", port]),
    ...(host === undefined ? [] : ["--host", host]),
    ...(socket === undefined ? [] : ["--socket", resolve(fleet.directory, socket)]),
    ...(words["webhooks-only"] === true ? ["--webhooks-only"] : []),
  ]);
  await sayWhere(application, fleet, { ...server, folder }, words);
  await warnOfOthers(application, folder, server.url, words);
  warnOfNoWebhooks(application, fleet, words);
  application.narration.note("it runs until you run fleet serve --stop");
}

async function list(application: Application, folder: string): Promise<void> {
  const { runningServers } = await import("../server/running.ts");
  const servers = await runningServers(folder);
  if (application.json)
    return application.answerJson({ servers: servers.map(({ process, ...rest }) => ({ ...rest, pid: process.pid })) });
  application.answer(
    servers.map(({ url, socket, process, version, session, hooks_only: hooksOnly }) => {
      const only = hooksOnly ? ", webhooks only" : "";
      const older = version === build.version ? "" : `, fleet ${version}, this is ${build.version}`;
      return `${url ?? socket ?? ""}  pid ${process.pid}${session === null ? "" : `, in the tmux session ${session}`}${only}${older}`;
    }),
  );
  if (servers.length === 0) application.narration.note("no fleet serve runs; to start one, run fleet serve");
}

async function stop(application: Application, fleet: Fleet, folder: string): Promise<void> {
  const { stopDetached } = await import("../server/detached.ts");
  const stopped = await stopDetached(fleet, folder);
  if (application.json) return application.answerJson({ stopped: stopped.map(({ url, socket }) => ({ url, socket })) });
  for (const { url, socket } of stopped) application.narration.note(`${url ?? socket ?? ""} has ended`);
  if (stopped.length === 0)
    application.narration.note("none runs that was started with --detach; to see which run, run fleet serve --list");
}

/** Where to listen: at the first of these that is free. Only a port that nobody asked for has another behind it. */
function placesOf({ port, host: hostname = "127.0.0.1", socket }: Words, { directory, settings }: Fleet) {
  if (socket !== undefined) return [{ socket: resolve(directory, socket) }];
  if (port !== undefined) return [{ hostname, port: portOf(port) }];
  return [settings.config.serve_port, 0].map((free) => ({ hostname, port: free }));
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new FleetError("usage", `--port: ${JSON.stringify(text)} is no port`, {
    hint: "a port is a number up to 65535, 0 for any that is free; run fleet serve --port 8000",
  });
}
