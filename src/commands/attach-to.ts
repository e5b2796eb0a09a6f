import { parted } from "../api/away.ts";
import { FleetError } from "../errors.ts";
import { type Fleet, serverAt } from "../fleet/fleet.ts";
import { observeAgent } from "../fleet/watch/observe.ts";
import type { AwayAgent } from "../state/away.ts";
import type { AgentEntry } from "../state/entry.ts";
import { runOnTerminal } from "../system/on-terminal.ts";
import { shellWord } from "../system/shell.ts";
import { isTerminal } from "../system/terminal.ts";
import { type AttachOptions, attachCommand } from "../system/tmux/server.ts";
import { switchClient } from "../system/tmux/sessions.ts";
import { isWithinServer } from "../system/tmux/surroundings.ts";
import type { Application } from "./application.ts";
import type { CommandResult } from "./definition.ts";

/** Shows the session of an agent on the user's terminal, until they leave it, on whatever machine it is. */
export async function attachTo(
  application: Application,
  fleet: Fleet,
  entry: AgentEntry,
  options: AttachOptions,
): Promise<CommandResult> {
  const [away] = parted(fleet, [entry]).away;
  if (away !== undefined) return attachAway(application, fleet, away, options);
  const { environment } = application;
  const { pane, status } = await observeAgent(fleet, entry);
  if (pane === undefined) {
    throw new FleetError(
      "failed",
      `${entry.branch} has no session: ${status.word}${status.reason ? ` (${status.reason})` : ""}`,
      {
        hint: `to see what it did, run fleet logs ${shellWord(entry.branch)}`,
      },
    );
  }
  const server = serverAt(fleet, entry.socket);
  if (switchesClient(environment, entry)) {
    await switchClient(server, pane.session, options);
    return 0;
  }
  requireTerminal(entry);
  // A client inside a client of another server: tmux only agrees when it does not see the outer one.
  const { TMUX: _, ...outside } = environment;
  const code = await runOnTerminal(attachCommand(server, pane.session, options), {
    environment: outside,
    cancelled: fleet.cancelled,
  });
  fleet.cancelled.throwIfAborted();
  if (code === 0) return 0;
  if ((await observeAgent(fleet, entry)).pane === undefined) return 1;
  throw new FleetError(
    "failed",
    `tmux could not show ${entry.branch} on a terminal with ${terminalType(environment)}`,
    {
      hint: `to try a type that tmux itself brings along, run TERM=screen fleet attach ${shellWord(entry.branch)}`,
    },
  );
}

async function attachAway(
  { environment }: Application,
  fleet: Fleet,
  away: AwayAgent,
  options: AttachOptions,
): Promise<CommandResult> {
  requireTerminal(away.entry);
  const { attachOnHost } = await import("../api/across/attach.ts");
  const code = await attachOnHost(fleet, away, options, (argv) =>
    runOnTerminal(argv, { environment, cancelled: fleet.cancelled }),
  );
  fleet.cancelled.throwIfAborted();
  return code === 0 ? 0 : 1;
}

function requireTerminal({ branch }: AgentEntry): void {
  if (isTerminal(0) && isTerminal(1)) return;
  throw new FleetError("usage", "attach needs a terminal, and there is none", {
    hint: `to read what the agent shows, run fleet logs ${shellWord(branch)}`,
  });
}

/** Whether one is inside of the tmux that has the agent's session: its client is switched then, and nothing is shown here. */
export function switchesClient(environment: Application["environment"], { socket }: AgentEntry): boolean {
  return isWithinServer(environment, socket);
}

function terminalType({ TERM }: Application["environment"]): string {
  return TERM ? `TERM=${shellWord(TERM)}` : "no TERM";
}
