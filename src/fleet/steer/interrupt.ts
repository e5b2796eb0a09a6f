import type { AgentAdapter } from "../../agents/adapter.ts";
import { findAgent } from "../../agents/catalog.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { removeTree } from "../../system/files.ts";
import { capturePane, captureStyledPane, pressKeys } from "../../system/tmux/panes.ts";
import type { TmuxServer } from "../../system/tmux/server.ts";
import { type Fleet, serverAt, statePlaces } from "../fleet.ts";
import { observeAgent } from "../watch/observe.ts";
import { holdingKeyboard } from "./keyboard.ts";

/** What became of an agent whose turn was to be stopped. */
export interface Interruption {
  readonly entry: AgentEntry;
  readonly outcome: "interrupted" | "idle" | "failed";
  readonly why: string | undefined;
}

const patienceMilliseconds = 5000;
const pauseMilliseconds = 50;
const pauseBetweenKeysMilliseconds = 200;
/** How long a prompt may take to come back into the input box after its turn was stopped. */
const putBackMilliseconds = 500;
/** How long a queue may take to come back into the input box. */
const queueMilliseconds = 1000;
/** How long an agent may take from one turn to the next. */
const nextTurnMilliseconds = 500;

/** Stops the turn an agent is at, drops what waits in its queue, and returns when it is seen to be idle. One that is not working is left alone. */
export async function interruptAgent(fleet: Fleet, entry: AgentEntry): Promise<Interruption> {
  return holdingKeyboard(fleet, entry, () => interrupt(fleet, entry));
}

async function interrupt(fleet: Fleet, entry: AgentEntry): Promise<Interruption> {
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
  const keys = adapter?.interruptKeys ?? ["Escape"];
  const queued = await takeBackQueue(server, pane.pane, adapter);
  await pressInTurn(server, pane.pane, keys);
  const deadline = performance.now() + patienceMilliseconds;
  let pressedAt = performance.now();
  while (performance.now() < deadline) {
    const { status: now } = await observeAgent(fleet, entry);
    if (now.word === "idle") {
      removeTree(agentFiles(statePlaces(fleet), entry.id).prompted);
      await emptyBox(server, pane.pane, adapter);
      return { entry, outcome: "interrupted", why: undefined };
    }
    if (queued && performance.now() - pressedAt > nextTurnMilliseconds) {
      await pressInTurn(server, pane.pane, keys);
      pressedAt = performance.now();
    }
    await Bun.sleep(pauseMilliseconds);
  }
  return { entry, outcome: "failed", why: `it still works after ${patienceMilliseconds / 1000} s` };
}

/** Empties the input box, into which an agent may put the prompt of the stopped turn back a moment after it has come to rest. */
async function emptyBox(server: TmuxServer, pane: string, adapter: AgentAdapter | undefined): Promise<void> {
  if (adapter?.clearKeys === undefined) return;
  await pressKeys(server, pane, adapter.clearKeys);
  const deadline = performance.now() + putBackMilliseconds;
  while (adapter.draft !== undefined && performance.now() < deadline) {
    await Bun.sleep(pauseMilliseconds);
    if (adapter.draft(await captureStyledPane(server, pane))) await pressKeys(server, pane, adapter.clearKeys);
  }
}

/** Two Escapes at once would be one key with Meta. */
async function pressInTurn(server: TmuxServer, pane: string, keys: readonly string[]): Promise<void> {
  for (const [index, key] of keys.entries()) {
    if (index > 0) await Bun.sleep(pauseBetweenKeysMilliseconds);
    await pressKeys(server, pane, [key]);
  }
}

/**
 * Empties the queue of an agent into its input box and that. True when prompts wait that it cannot give back: it takes them as its next
 * turn when this one is stopped, and that one has to be stopped as well.
 */
async function takeBackQueue(server: TmuxServer, pane: string, adapter: AgentAdapter | undefined): Promise<boolean> {
  const queue = adapter?.queue;
  if (queue === undefined || !queue.isShown(await capturePane(server, pane, 0))) return false;
  if (queue.takeBackKeys === undefined) return true;
  await pressKeys(server, pane, queue.takeBackKeys);
  const deadline = performance.now() + queueMilliseconds;
  while (queue.isShown(await capturePane(server, pane, 0)) && performance.now() < deadline) {
    await Bun.sleep(pauseMilliseconds);
  }
  await pressKeys(server, pane, adapter?.clearKeys ?? []);
  return false;
}
