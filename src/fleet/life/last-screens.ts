import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { exists, writePrivateFile } from "../../system/files.ts";
import { capturePanes } from "../../system/tmux/panes.ts";
import { type Fleet, serverAt, statePlaces } from "../fleet.ts";
import type { Observation } from "../watch/observe.ts";
import { bySocket } from "./in-session.ts";

/** How much of the screen's history is kept when its session ends. */
const keptLines = 10_000;

/** Keeps what agents show last, before their sessions go. */
export async function keepScreens(fleet: Fleet, observations: readonly Observation[]): Promise<void> {
  for (const [socket, group] of bySocket(observations)) {
    const panes = group.map(({ pane }) => pane.pane);
    const texts = await capturePanes(serverAt(fleet, socket), panes, keptLines);
    for (const { entry, pane } of group) {
      const text = texts.get(pane.pane);
      if (text !== undefined) keepScreen(fleet, entry, text);
    }
  }
}

/** It may be the agent that has filled the disk: that its last screen cannot be kept is no reason not to end it. */
function keepScreen(fleet: Fleet, entry: AgentEntry, text: string): void {
  const { directory, screen } = agentFiles(statePlaces(fleet), entry.id);
  try {
    if (exists(directory)) writePrivateFile(screen, text);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    fleet.report({ kind: "warning", text: `the last screen of ${entry.branch} is not kept: ${error.message}` });
  }
}
