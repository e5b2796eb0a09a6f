import type { Environment } from "../environment.ts";
import { exists } from "../files.ts";
import { environmentOf, openerOfTerminal } from "../processes/proc.ts";
import { isThere } from "../processes/process.ts";
import { shellWord } from "../shell.ts";

/** What `$TMUX` says: `SOCKET,PID,SESSION`. */
interface Named {
  readonly socket: string;
  readonly pid: number;
}

function namedIn(variable: string | undefined): Named | undefined {
  const [, socket = "", pid] = /^(.+),(\d+),[^,]*$/.exec(variable ?? "") ?? [];
  return pid === undefined ? undefined : { socket, pid: Number(pid) };
}

/**
 * Whether the terminal that we are on is one of the tmux server with this socket: a pane, or a popup. `$TMUX` alone does not tell: it is
 * inherited by a terminal emulator that was started in a pane, and outlives the server. The leader of our terminal session is a child of
 * the server then, and of the emulator else. Where nothing tells who opened the terminal, `$TMUX` is believed.
 */
export function isWithinServer({ TMUX: variable }: Environment, socket: string): boolean {
  const named = namedIn(variable);
  if (named === undefined || named.socket !== socket) return false;
  const opener = openerOfTerminal();
  return opener === undefined || opener === named.pid;
}

/**
 * The line that has the tmux server of a process make its socket again, when that was deleted below it: a cleaner of temporary files does
 * that, and tmux(1) says that SIGUSR1 undoes it. `undefined` when the socket is there, or the server is not.
 */
export function lineForLostSocket(pid: number, socket: string): string | undefined {
  if (exists(socket)) return undefined;
  const server = namedIn(environmentOf(pid)?.get("TMUX"));
  if (server === undefined || server.socket !== socket || !isThere(server.pid)) return undefined;
  const directory = socket.slice(0, socket.lastIndexOf("/"));
  const make = exists(directory) ? "" : `mkdir -m 700 -p ${shellWord(directory)} && `;
  return `${make}kill -USR1 ${server.pid}`;
}
