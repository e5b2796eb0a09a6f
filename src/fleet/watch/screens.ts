import type { AgentEntry } from "../../state/entry.ts";
import {
  captureScreens,
  captureScrollback,
  listPanes,
  type Pane,
  panesByAgent,
  type Screen,
} from "../../system/tmux/panes.ts";
import { type Fleet, serverAt } from "../fleet.ts";

/** An agent and the pane that was last seen to be its. */
export interface AgentPane {
  readonly entry: AgentEntry;
  readonly pane: Pane;
}

/** The panes of agents by their ids, one question to each tmux server; an agent without a pane is left out. Throws FleetError `failed`. */
export async function panesOfAgents(fleet: Fleet, entries: readonly AgentEntry[]): Promise<Map<string, AgentPane>> {
  const found = await Promise.all(
    [...Map.groupBy(entries, ({ socket }) => socket)].map(async ([socket, members]) => {
      const panes = panesByAgent(await listPanes(serverAt(fleet, socket)));
      return members.flatMap((entry) => {
        const pane = panes.get(entry.id);
        return pane === undefined ? [] : [[entry.id, { entry, pane }] as const];
      });
    }),
  );
  return new Map(found.flat());
}

/** What the terminals of agents show, by their ids; one whose pane is gone, or is another's by now, is left out. */
export async function screensOf(fleet: Fleet, agents: readonly AgentPane[]): Promise<Map<string, Screen>> {
  const seen = await Promise.all(
    [...Map.groupBy(agents, ({ entry }) => entry.socket)].map(async ([socket, members]) => {
      const screens = await captureScreens(
        serverAt(fleet, socket),
        members.map(({ pane }) => pane.pane),
      );
      return members.flatMap(({ entry: { id }, pane }) => {
        const screen = screens.get(pane.pane);
        return screen?.agentId === pane.agentId ? [[id, screen] as const] : [];
      });
    }),
  );
  return new Map(seen.flat());
}

/** The last lines that have left an agent's screen at the top. Throws FleetError `failed` when its pane is gone. */
export async function scrollbackOf(fleet: Fleet, { entry, pane }: AgentPane, lines: number): Promise<string[]> {
  return captureScrollback(serverAt(fleet, entry.socket), pane.pane, lines);
}
