import { appendFileSync, closeSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../errors.ts";
import { serveProxy } from "../server/outlet/proxy.ts";
import { exists, removeTree } from "../system/files.ts";
import { poll } from "../system/poll.ts";
import { defineFleetCommand } from "./definition.ts";

/** So many places are written down at most: who asks decides how many there are. */
const mostRefused = 1000;
/** How often it looks whether the sandbox is still there. */
const lookMilliseconds = 200;

/** The proxy beside a sandbox without a network. It closes its output when it listens, and ends with the process that is the sandbox. */
export default defineFleetCommand({
  name: "__outlet",
  args: {
    place: { type: "string", valueHint: "DIR", description: "where the socket is" },
    socket: { type: "string", valueHint: "NAME", description: "the socket that it listens on" },
    refused: { type: "string", valueHint: "FILE", description: "where what was refused is written down" },
    sandbox: { type: "string", valueHint: "PID", description: "the process that it ends with" },
    allow: { type: "string", default: "", valueHint: "HOST,...", description: "what may be reached" },
  },
  async run({ place, socket, refused, sandbox, allow }, { application }) {
    if (place === undefined || socket === undefined || refused === undefined || sandbox === undefined) {
      throw new FleetError("usage", "it takes a directory, a socket, a file and a process");
    }
    // The path of a socket must be short, wherever the directory is.
    process.chdir(place);
    removeTree(join(place, socket));
    const server = await serveProxy(socket, {
      allow: allow.split(","),
      environment: application.environment,
      onRefused: noteIn(refused),
    });
    closeSync(1);
    const options = { every: lookMilliseconds, cancelled: application.cancelled };
    try {
      await poll(options, () => !exists(`/proc/${sandbox}`) || undefined);
    } finally {
      server.close();
      removeTree(join(place, socket));
    }
    return 0;
  },
});

/** Each place once for each start: one that is asked for again and again is no news. */
function noteIn(file: string): (place: string) => void {
  const seen = new Set<string>();
  return (place) => {
    if (seen.has(place) || seen.size >= mostRefused) return;
    seen.add(place);
    appendFileSync(file, `${place}\n`, { mode: 0o600 });
  };
}
