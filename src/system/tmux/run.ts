import { callTmux, type TmuxServer } from "./server.ts";

/**
 * Has the server of a pane start a shell script that nobody waits for, as a child of no pane and with nothing in its environment; whether
 * it did. The path is handed over as the value of an option: in a command tmux would look for formats. The shell of tmux ends at once,
 * since a server that has no session left ends the jobs it knows of.
 */
export async function startFromServer(server: TmuxServer, pane: string, script: string): Promise<boolean> {
  const command = "exec /usr/bin/env -i /bin/sh #{q:@fleet_script} </dev/null >/dev/null 2>&1 &";
  const results = await callTmux(server, [
    ["set-option", "-t", pane, "@fleet_script", script],
    ["run-shell", "-b", "-t", pane, command],
  ]);
  return results.every(({ exitCode }) => exitCode === 0);
}
