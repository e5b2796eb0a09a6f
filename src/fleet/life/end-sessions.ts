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
    // Whoever ended that session would end the other agent.
    const ending = session.agents > 0 ? "" : `; ${toEnd(session)}, run ${line} ${shellWord(session.name)}`;
    fleet.report({ kind: "warning", text: `${sessionName}: ${stayingText(session)}${ending}` });
  }
}

function stayingText({ name, panes, agents }: StayingSession): string {
  const place = `in the tmux session ${name}`;
  if (panes === 1)
    return `${agents > 0 ? "the pane of another agent" : "a pane that was opened beside the agent"} stays, ${place}`;
  const others = agents === 0 ? "" : `, ${agents} of other agents among them,`;
  return `${panes} panes that were opened beside the agent stay${others === "" ? "," : others} ${place}`;
}

function toEnd({ panes }: StayingSession): string {
  return panes === 1 ? "to end it" : "to end them";
}
