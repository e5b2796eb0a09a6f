import { connect, createServer } from "node:net";
import { join } from "./join.ts";

/** Hands every call of a port of this machine on to a socket of the file system; fulfilled when it listens. */
export function serveRelay(port: number, socket: string): Promise<void> {
  const server = createServer((client) => join(client, connect({ path: socket })));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
}
