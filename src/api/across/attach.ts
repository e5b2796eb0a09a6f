import type { Fleet } from "../../fleet/fleet.ts";
import { connect } from "../../hosts/connect.ts";
import { hostProgram } from "../../hosts/link.ts";
import type { AwayAgent } from "../../state/away.ts";
import { quoteForShell } from "../../system/shell.ts";
import type { AttachOptions } from "../../system/tmux/server.ts";
import { hostOf } from "./hosts.ts";

/**
 * Shows an agent of another machine on the user's terminal, by the `fleet attach` there, and returns its exit code. `onTerminal` runs
 * the words it is given. Throws FleetError when the host cannot be reached.
 */
export async function attachOnHost(
  fleet: Fleet,
  { host, mirror, entry }: AwayAgent,
  { readOnly }: AttachOptions,
  onTerminal: (argv: readonly string[]) => Promise<number>,
): Promise<number> {
  const connection = await connect(hostOf(fleet, host), fleet, { script: "", onLine: () => undefined });
  // No branch has a backslash in its name, which is all that fish reads in another way than other shells.
  const words = [quoteForShell(mirror), "attach", ...(readOnly ? ["-r"] : []), "--", quoteForShell(entry.branch)];
  try {
    return await onTerminal(connection.onTerminal(`exec ${hostProgram} -C ${words.join(" ")}`));
  } finally {
    await connection.close();
  }
}
