import { closeSync } from "node:fs";
import { FleetError } from "../errors.ts";
import { serveRelay } from "../server/outlet/relay.ts";
import { defineFleetCommand } from "./definition.ts";

/** The way from inside a sandbox to the proxy beside it. It closes its output when it listens, and ends with the sandbox. */
export default defineFleetCommand({
  name: "__relay",
  args: {
    place: { type: "string", valueHint: "DIR", description: "where the socket is" },
    socket: { type: "string", valueHint: "NAME", description: "the socket of the proxy" },
    port: { type: "string", valueHint: "PORT", description: "the port that it listens on" },
  },
  async run({ place, socket, port }) {
    if (place === undefined || socket === undefined || port === undefined) {
      throw new FleetError("usage", "it takes a directory, a socket and a port");
    }
    process.chdir(place);
    await serveRelay(Number(port), socket);
    closeSync(1);
    return new Promise(() => undefined);
  },
});
