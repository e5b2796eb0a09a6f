import { findAgent } from "../../agents/catalog.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { removeTree } from "../../system/files.ts";
import { pressKeys } from "../../system/tmux/panes.ts";
import { type Fleet, serverAt, statePlaces } from "../fleet.ts";
import { observeAgent } from "../watch/observe.ts";

/** What became of an agent whose turn was to be stopped. */
export interface Interruption {
  readonly entry: AgentEntry;
  readonly outcome: "interrupted" | "idle" | "failed";
  readonly why: string | undefined;
}

const patienceMilliseconds = 5000;
const pauseMilliseconds = 50;

/** Stops the turn an agent is at, and returns when it is seen to be idle. One that is not working is left alone. */
export async function interruptAgent(fleet: Fleet, entry: AgentEntry): Promise<Interruption> {
  const { status, pane } = await observeAgent(fleet, entry);
  if (status.word === "idle") return { entry, outcome: "idle", why: "it was not working" };
  if (pane === undefined || status.word !== "working") {
    return {
      entry,
      outcome: "failed",
      why: `it is not working: ${status.word}${status.reason ? ` (${status.reason})` : ""}`,
    };
  }
  const adapter = findAgent(entry.agent, fleet.settings.config.agents);
  const server = serverAt(fleet, entry.socket);
  await pressKeys(server, pane.pane, adapter?.interruptKeys ?? ["Escape"]);
  const deadline = performance.now() + patienceMilliseconds;
  while (performance.now() < deadline) {
    const { status: now } = await observeAgent(fleet, entry);
    if (now.word === "idle") {
      removeTree(agentFiles(statePlaces(fleet), entry.id).prompted);
      if (adapter?.clearKeys !== undefined) await pressKeys(server, pane.pane, adapter.clearKeys);
      return { entry, outcome: "interrupted", why: undefined };
    }
    await Bun.sleep(pauseMilliseconds);
  }
  return { entry, outcome: "failed", why: `it still works after ${patienceMilliseconds / 1000} s` };
}
