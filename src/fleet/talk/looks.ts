import type { AgentEntry } from "../../state/entry.ts";
import { atMost, type Limit } from "../../system/limit.ts";
import { capturePane, capturePanes, captureStyledPane } from "../../system/tmux/panes.ts";
import { type Fleet, serverAt } from "../fleet.ts";
import { gathered } from "../gather.ts";
import { type Observation, observeAgents } from "../watch/observe.ts";

/** How one command looks at the agents it talks to: however many there are, questions to tmux and to the system are few at a time. */
export interface Looks {
  observe(entry: AgentEntry): Promise<Observation>;
  /** The screen of an agent's pane, as text. */
  screen(entry: AgentEntry, pane: string): Promise<string>;
  /** The same with its styles. */
  styledScreen(entry: AgentEntry, pane: string): Promise<string>;
  /** Runs something that asks tmux, when its turn comes. */
  readonly inTurn: Limit;
}

/** A tmux server answers one after the other: more at a time would only cost memory. */
const callsAtOnce = 8;

/** Looks that all deliveries of one command share. A tmux server that does not tell fails those who asked about its agents alone. */
export function sharedLooks(fleet: Fleet): Looks {
  const inTurn = atMost(callsAtOnce);
  const observers = perServer((entries: readonly AgentEntry[]) => observeAgents(fleet, entries));
  const screens = perServer<string, string>(async (panes, socket) => {
    const server = serverAt(fleet, socket);
    const texts = await capturePanes(server, panes, 0);
    // One that has gone meanwhile is asked for by itself, and says so to whoever asked for it.
    return panes.map((pane) => texts.get(pane) ?? capturePane(server, pane, 0));
  });
  return {
    observe: (entry) => observers(entry.socket)(entry),
    screen: ({ socket }, pane) => screens(socket)(pane),
    styledScreen: ({ socket }, pane) => inTurn(() => captureStyledPane(serverAt(fleet, socket), pane)),
    inTurn,
  };
}

function perServer<Item, Answer>(
  ask: (items: readonly Item[], socket: string) => Promise<readonly (Answer | Promise<Answer>)[]>,
): (socket: string) => (item: Item) => Promise<Answer> {
  const askers = new Map<string, (item: Item) => Promise<Answer>>();
  return (socket) => {
    const asker = askers.get(socket) ?? gathered((items: readonly Item[]) => ask(items, socket));
    askers.set(socket, asker);
    return asker;
  };
}
