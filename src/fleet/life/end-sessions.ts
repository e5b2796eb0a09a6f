import { shellWord } from "../../system/shell.ts";
import { endSessions, type StayingSession } from "../../system/tmux/end-sessions.ts";
import { isMovedPane, type Pane } from "../../system/tmux/panes.ts";
import { serverWords } from "../../system/tmux/server.ts";
import { type Fleet, serverAt } from "../fleet.ts";
import { agentOptions } from "./sessions.ts";

/**
 * Ends the sessions of agents on one tmux server, each given as the agent's pane in it. Panes and windows that were opened beside it may hold
 * an editor of the user's: they stay, and are named. Throws FleetError `failed` with tmux's words.
 */
export async function endAgentSessions(fleet: Fleet, socket: string, panes: readonly Pane[]): Promise<void> {
  const server = serverAt(fleet, socket);
  const watched = panes.some(({ attached }) => attached);
  const owned = panes.map((pane) => ({ ...pane, moved: isMovedPane(pane) }));
  const staying = await endSessions(server, owned, { watched, options: agentOptions });
  const line = ["tmux", ...serverWords(server), "kill-session", "-t"].map(shellWord).join(" ");
  for (const session of staying) {
    const { sessionName = "" } = panes.find(({ pane }) => pane === session.pane) ?? {};
    fleet.report({
      kind: "warning",
      text: `${sessionName}: ${stayingText(session)}, run ${line} ${shellWord(session.name)}`,
    });
  }
}

function stayingText({ name, panes }: StayingSession): string {
  return panes === 1
    ? `a pane that was opened beside the agent stays, in the tmux session ${name}; to end it`
    : `${panes} panes that were opened beside the agent stay, in the tmux session ${name}; to end them`;
}
