import type { AgentAdapter } from "../../agents/adapter.ts";
import { findAgent } from "../../agents/catalog.ts";
import { FleetError, inOneLine } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { removeTree } from "../../system/files.ts";
import { capturePane, captureStyledPane } from "../../system/tmux/panes.ts";
import type { TmuxServer } from "../../system/tmux/server.ts";
import { pressKeys } from "../../system/tmux/typing.ts";
import { type Fleet, serverAt, statePlaces } from "../fleet.ts";
import type { AgentStatus } from "../watch/status.ts";
import { holdingKeyboard } from "./keyboard.ts";
import { type Looks, sharedLooks } from "./looks.ts";
import { forgetAllHandedOver } from "./untaken.ts";

/** What became of an agent whose turn was to be stopped. */
export interface Interruption {
  readonly entry: AgentEntry;
  readonly outcome: "interrupted" | "idle" | "failed";
  readonly why: string | undefined;
  /** It is still at its turn, or nobody can tell. */
  readonly working: boolean;
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

/**
 * Stops the turn an agent is at, drops what waits in its queue, and returns when it is seen to be idle. One that is not working is left
 * alone; one that cannot be reached fails alone.
 */
export async function interruptAgent(
  fleet: Fleet,
  entry: AgentEntry,
  looks = sharedLooks(fleet),
): Promise<Interruption> {
  try {
    return await holdingKeyboard(fleet, entry, () => interrupt(fleet, entry, looks));
  } catch (error) {
    if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
    return { entry, outcome: "failed", why: inOneLine(error), working: true };
  }
}

async function interrupt(fleet: Fleet, entry: AgentEntry, looks: Looks): Promise<Interruption> {
  const { status, pane } = await looks.observe(entry);
  if (status.word === "idle") return { entry, outcome: "idle", why: "it was not working", working: false };
  if (pane === undefined || status.word !== "working") {
    return { entry, outcome: "failed", why: `it is not working: ${wordOf(status)}`, working: false };
  }
  const adapter = findAgent(entry.agent, fleet.settings.config.agents);
  const server = serverAt(fleet, entry.socket);
  const drafted = Boolean(adapter?.draft?.(await captureStyledPane(server, pane.pane)));
  const queued = adapter?.queue?.isShown(await capturePane(server, pane.pane, 0)) === true;
  if (drafted && queued) {
    const why = "a draft is in its input box, which dropping its queue would take away";
    return { entry, outcome: "failed", why, working: true };
  }
  const resubmits = queued && !(await takeBackQueue(server, pane.pane, adapter));
  const now = await stopTurn(entry, { looks, server, pane: pane.pane, adapter, resubmits });
  if (now.word !== "idle" && now.word !== "error") {
    const why =
      now.word === "working" ? `it still works after ${patienceMilliseconds / 1000} s` : `it is ${wordOf(now)} now`;
    return { entry, outcome: "failed", why, working: now.word === "working" };
  }
  const files = agentFiles(statePlaces(fleet), entry.id);
  removeTree(files.prompted);
  forgetAllHandedOver(files);
  if (!drafted) await emptyBox(server, pane.pane, adapter);
  return { entry, outcome: "interrupted", why: undefined, working: false };
}

function wordOf({ word, reason }: AgentStatus): string {
  return reason === undefined ? word : `${word} (${reason})`;
}

interface Turn {
  readonly looks: Looks;
  readonly server: TmuxServer;
  readonly pane: string;
  readonly adapter: AgentAdapter | undefined;
  /** Prompts wait that it takes as its next turn when this one is stopped, so that one has to be stopped as well. */
  readonly resubmits: boolean;
}

/** Presses the keys that stop a turn, and returns what the agent is at when it has come to something else, or when that takes too long. */
async function stopTurn(entry: AgentEntry, turn: Turn): Promise<AgentStatus> {
  const { looks, server, pane, adapter, resubmits } = turn;
  const keys = adapter?.interruptKeys ?? ["Escape"];
  await pressInTurn(server, pane, keys);
  const deadline = performance.now() + patienceMilliseconds;
  let pressedAt = performance.now();
  let restingSince: number | undefined;
  for (;;) {
    const { status } = await looks.observe(entry);
    const now = performance.now();
    const rests = !["working", "starting", "unknown"].includes(status.word);
    restingSince = rests ? (restingSince ?? now) : undefined;
    // Between a turn that was stopped and the one that it makes of its queue an agent rests for a moment.
    const restedEnough = restingSince !== undefined && (!resubmits || now - restingSince >= nextTurnMilliseconds);
    if (restedEnough || now >= deadline) return status;
    if (!rests && resubmits && now - pressedAt > nextTurnMilliseconds) {
      await pressInTurn(server, pane, keys);
      pressedAt = performance.now();
    }
    await Bun.sleep(pauseMilliseconds);
  }
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

/** Empties the queue of an agent into its input box and that. False when it cannot give it back. */
async function takeBackQueue(server: TmuxServer, pane: string, adapter: AgentAdapter | undefined): Promise<boolean> {
  const queue = adapter?.queue;
  if (queue?.takeBackKeys === undefined) return false;
  await pressKeys(server, pane, queue.takeBackKeys);
  const deadline = performance.now() + queueMilliseconds;
  while (queue.isShown(await capturePane(server, pane, 0)) && performance.now() < deadline) {
    await Bun.sleep(pauseMilliseconds);
  }
  await pressKeys(server, pane, adapter?.clearKeys ?? []);
  return true;
}
