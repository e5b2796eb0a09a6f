import type { AgentAdapter } from "../agents/adapter.ts";
import { findAgent } from "../agents/catalog.ts";
import { FleetError } from "../errors.ts";
import type { AgentEntry } from "../state/entry.ts";
import { agentFiles } from "../state/places.ts";
import { makePrivateDirectory, writePrivateFile } from "../system/files.ts";
import { withLock } from "../system/lock.ts";
import { type Pane, paste, pressKeys } from "../system/tmux/panes.ts";
import { type Fleet, lockOptions, serverAt, statePlaces } from "./fleet.ts";
import { observeAgent } from "./observe.ts";
import type { AgentStatus } from "./status.ts";

/** What became of a prompt for one agent. */
export interface Delivery {
  readonly entry: AgentEntry;
  readonly outcome: "submitted" | "queued" | "refused" | "failed";
  readonly why: string | undefined;
  /** What to do about it, as a command. */
  readonly hint: string | undefined;
}

/** Agents tell a paste from typing by its speed: an Enter that comes with it becomes a line end. Measured for all four CLIs. */
const pauseBeforeEnterMilliseconds = 250;
/** Longer ones are handed over as a file, as with the first prompt. */
const longestPaste = 120_000;

/**
 * Delivers a prompt to an agent as one bracketed paste and an Enter. An agent that asks, starts or has ended is refused: the text
 * would be dropped, and the Enter would answer the question. Two deliveries to one agent never mix.
 */
export async function deliverPrompt(fleet: Fleet, entry: AgentEntry, prompt: string): Promise<Delivery> {
  const { directory } = agentFiles(statePlaces(fleet), entry.id);
  makePrivateDirectory(directory);
  try {
    return await withLock(`${directory}/prompt.lock`, lockOptions(fleet), () => deliver(fleet, entry, prompt));
  } catch (error) {
    if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
    return { entry, outcome: "failed", why: error.message, hint: error.hint };
  }
}

const readinessPauseMilliseconds = 200;

/** Waits until an agent can take a prompt, or has ended. Throws when cancelled. */
export async function untilReady(fleet: Fleet, entry: AgentEntry, timeoutMilliseconds: number): Promise<void> {
  const deadline = performance.now() + timeoutMilliseconds;
  while (performance.now() < deadline) {
    const { status } = await observeAgent(fleet, entry);
    if (!["setup", "starting", "waiting"].includes(status.word)) return;
    fleet.cancelled.throwIfAborted();
    await Bun.sleep(readinessPauseMilliseconds);
  }
}

async function deliver(fleet: Fleet, entry: AgentEntry, prompt: string): Promise<Delivery> {
  const { status, pane } = await observeAgent(fleet, entry);
  const refusal = refusalOf(entry, status);
  if (refusal !== undefined || pane === undefined)
    return { entry, outcome: "refused", why: refusal?.why, hint: refusal?.hint };
  const adapter = findAgent(entry.agent, fleet.settings.config.agents);
  const text = pastedText(fleet, entry, adapter, prompt);
  const died = await submit(fleet, entry, pane, text);
  if (died) return { entry, outcome: "failed", why: "it ended in this moment", hint: `fleet logs ${entry.branch}` };
  if (status.word !== "working") return { entry, outcome: "submitted", why: undefined, hint: undefined };
  return { entry, outcome: "queued", why: "working; taken after this turn", hint: undefined };
}

function refusalOf({ branch }: AgentEntry, { word, reason }: AgentStatus): Pick<Delivery, "why" | "hint"> | undefined {
  const because = reason === undefined ? "" : ` (${reason})`;
  switch (word) {
    case "working":
    case "idle":
    case "unknown":
    case "error":
      return undefined;
    case "waiting":
      return { why: `asks${reason === undefined ? "" : ` ${JSON.stringify(reason)}`}`, hint: `fleet attach ${branch}` };
    case "setup":
    case "starting":
      return { why: `is not ready yet: ${word}${because}`, hint: `fleet list ${branch}` };
    case "failed":
    case "exited":
    case "stopped":
      return { why: `has ended: ${word}${because}`, hint: `fleet logs ${branch}` };
  }
}

function pastedText(fleet: Fleet, entry: AgentEntry, adapter: AgentAdapter | undefined, prompt: string): string {
  const text = adapter?.message(prompt) ?? prompt;
  if (Buffer.byteLength(text) <= longestPaste) return text;
  const { directory } = agentFiles(statePlaces(fleet), entry.id);
  const file = `${directory}/prompt-${Date.now()}`;
  writePrivateFile(file, prompt);
  return `Read the task in ${file} and do it.`;
}

/** Says whether the agent died before the text could be pasted. */
async function submit(fleet: Fleet, entry: AgentEntry, { pane }: Pane, text: string): Promise<boolean> {
  const server = serverAt(fleet, entry.socket);
  if ((await paste(server, pane, `fleet-${entry.id}`, text)) === "dead") return true;
  await Bun.sleep(pauseBeforeEnterMilliseconds);
  writePrivateFile(agentFiles(statePlaces(fleet), entry.id).prompted, "");
  await pressKeys(server, pane, ["Enter"]);
  return false;
}
