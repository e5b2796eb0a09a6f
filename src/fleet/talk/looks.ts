import type { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { ProcessTable } from "../../system/processes/process.ts";
import { readProcessTable } from "../../system/processes/table.ts";
import { capturePane, capturePanes, captureStyledPane, captureStyledPanes } from "../../system/tmux/panes.ts";
import { type PasteResult, pasteInEach, pressKeysInEach } from "../../system/tmux/typing.ts";
import { type Fleet, serverAt } from "../fleet.ts";
import { gathered } from "../gather.ts";
import { type Observation, observeAgents } from "../watch/observe.ts";

/**
 * How one command looks at the agents it talks to, and types to them: what is asked of a tmux server for many at the same time is one
 * call, however many there are. Whoever types to an agent holds its keyboard.
 */
export interface Looks {
  /** What an agent is at now. */
  observe(entry: AgentEntry): Promise<Observation>;
  /** Looks again a moment after `observe`, by what ran then: to see whether an agent asks, most of a look would be to read that again. */
  glance(entry: AgentEntry): Promise<Observation>;
  /** The screen of an agent's pane, as text. */
  screen(entry: AgentEntry, pane: string): Promise<string>;
  /** The screen of an agent's pane, as text with the escape sequences of its styles. */
  styledScreen(entry: AgentEntry, pane: string): Promise<string>;
  /** Pastes a text into an agent's pane, without submitting it. */
  paste(entry: AgentEntry, pane: string, text: string): Promise<PasteResult>;
  /** Submits what is in the input box of an agent. */
  pressEnter(entry: AgentEntry, pane: string): Promise<void>;
}

/** Looks that all deliveries of one command share. A tmux server that does not tell fails those who asked about its agents alone. */
export function sharedLooks(fleet: Fleet): Looks {
  let table: Promise<ProcessTable> | undefined;
  const readTable = () => {
    table = readProcessTable();
    return table;
  };
  const observers = perServer((entries: readonly AgentEntry[]) => observeAgents(fleet, entries, readTable));
  const glances = perServer((entries: readonly AgentEntry[]) =>
    observeAgents(fleet, entries, () => table ?? readTable()),
  );
  const screens = perServer<string, string>(async (panes, socket) => {
    const server = serverAt(fleet, socket);
    const texts = await capturePanes(server, panes, 0);
    // One that has gone meanwhile is asked for by itself, and says so to whoever asked for it.
    return panes.map((pane) => texts.get(pane) ?? capturePane(server, pane, 0));
  });
  const styledScreens = perServer<string, string>(async (panes, socket) => {
    const server = serverAt(fleet, socket);
    const texts = await captureStyledPanes(server, panes);
    return panes.map((pane) => texts.get(pane) ?? captureStyledPane(server, pane));
  });
  const pastes = perServer((asked: readonly Paste[], socket) => pasteAll(fleet, socket, asked));
  const enters = perServer<string, "pressed" | FleetError | undefined>(async (panes, socket) => {
    const outcomes = await pressKeysInEach(serverAt(fleet, socket), panes, ["Enter"]);
    return panes.map((pane) => outcomes.get(pane));
  });
  return {
    observe: (entry) => observers(entry.socket)(entry),
    glance: (entry) => glances(entry.socket)(entry),
    screen: ({ socket }, pane) => screens(socket)(pane),
    styledScreen: ({ socket }, pane) => styledScreens(socket)(pane),
    paste: async (entry, pane, text) => unlessFailed(await pastes(entry.socket)({ entry, pane, text })),
    async pressEnter({ socket }, pane) {
      unlessFailed(await enters(socket)(pane));
    },
  };
}

interface Paste {
  readonly entry: AgentEntry;
  readonly pane: string;
  readonly text: string;
}

/** Agents that get the same text share a call; each kind may have its own form of it. */
async function pasteAll(
  fleet: Fleet,
  socket: string,
  asked: readonly Paste[],
): Promise<(PasteResult | FleetError | undefined)[]> {
  const outcomes = new Map<string, PasteResult | FleetError>();
  for (const [text, group] of Map.groupBy(asked, (each) => each.text)) {
    const panes = group.map(({ pane }) => pane);
    // Nobody else uses the name: they would have to hold the keyboard of this agent.
    const buffer = `fleet-${group[0]?.entry.id}`;
    const pasted = await pasteInEach(serverAt(fleet, socket), panes, buffer, text);
    for (const [pane, outcome] of pasted) outcomes.set(pane, outcome);
  }
  return asked.map(({ pane }) => outcomes.get(pane));
}

function unlessFailed<Word extends string>(outcome: Word | FleetError | undefined): Word {
  if (typeof outcome !== "string") throw outcome;
  return outcome;
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
