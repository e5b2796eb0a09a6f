import { mkdtempSync, readdirSync, statSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../system/environment.ts";
import { isDirectory, removeTree } from "../system/files.ts";

const prefix = "fleet-ssh-";
/** ssh binds to a name 17 bytes longer first, and no socket has a name of more than 104 bytes on macOS. */
const longestFolder = 104 - 17 - 3;
/** A connection is made within seconds: an older folder without a socket is left over. */
const abandonedMilliseconds = 60_000;

/** Makes a private folder for the socket of one connection, with a short name. Those that killed programs have left are removed. */
export async function makeSocketFolder(environment: Environment): Promise<string> {
  const places = [environment.XDG_RUNTIME_DIR, environment.TMPDIR, tmpdir(), "/tmp"];
  const root = places.find(
    (place): place is string =>
      place !== undefined && place.length + prefix.length + 7 <= longestFolder && isDirectory(place),
  );
  await removeAbandoned(root ?? "/tmp");
  return mkdtempSync(join(root ?? "/tmp", prefix));
}

/** Where the master of a connection listens. */
export function socketIn(folder: string): string {
  return join(folder, "s");
}

async function removeAbandoned(root: string): Promise<void> {
  const own = readdirSync(root).filter((name) => name.startsWith(prefix));
  await Promise.all(
    own.map(async (name) => {
      const folder = join(root, name);
      const known = statSync(folder, { throwIfNoEntry: false });
      if (known === undefined || known.uid !== process.getuid?.()) return;
      if (Date.now() - known.mtimeMs < abandonedMilliseconds || (await answers(socketIn(folder)))) return;
      removeTree(folder);
    }),
  );
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(socket);
    const tell = (answer: boolean) => {
      connection.destroy();
      resolve(answer);
    };
    connection.once("connect", () => tell(true));
    connection.once("error", () => tell(false));
  });
}
