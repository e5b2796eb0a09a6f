import type { AgentAdapter } from "../../agents/adapter.ts";
import { findAgent } from "../../agents/catalog.ts";
import { withoutControlCharacters } from "../../agents/control-characters.ts";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { makePrivateDirectory, writePrivateFile } from "../../system/files.ts";
import { withLock } from "../../system/lock.ts";
import { shellWord } from "../../system/shell.ts";
import { capturePane, type Pane, paste, pressKeys } from "../../system/tmux/panes.ts";
import { type Fleet, lockOptions, serverAt, statePlaces } from "../fleet.ts";
import { observeAgent } from "../watch/observe.ts";
import type { AgentStatus } from "../watch/status.ts";
import { transcriptPlace } from "../watch/transcript.ts";

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
/** How long the transcript of an agent may take to show a prompt, and how often Enter is pressed at most. */
const proofMilliseconds = 2500;
/** What a busy terminal takes in: a long prompt needs longer to be seen. */
const bytesPerMillisecond = 20;
const attempts = 2;
/** Longer ones are handed over as a file, as with the first prompt. */
const longestPaste = 120_000;

/**
 * Delivers a prompt to an agent as one bracketed paste and an Enter, and sees it arrive where the agent's transcript tells. An agent
 * that asks, starts or has ended is refused: the text would be dropped, and the Enter would answer the question. Two deliveries to
 * one agent never mix.
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
  if (refusal !== undefined || pane === undefined) {
    return { entry, outcome: "refused", why: refusal?.why, hint: refusal?.hint };
  }
  const adapter = findAgent(entry.agent, fleet.settings.config.agents);
  const text = pastedText(fleet, entry, adapter, prompt);
  const outcome = await submit(fleet, entry, adapter, pane, text);
  if (outcome === "dead") {
    return { entry, outcome: "failed", why: "it ended in this moment", hint: `fleet logs ${shellWord(entry.branch)}` };
  }
  if (outcome === "lost") {
    return {
      entry,
      outcome: "failed",
      why: "it was not seen to arrive",
      hint: `fleet attach ${shellWord(entry.branch)}`,
    };
  }
  if (outcome === "unproven") {
    return {
      entry,
      outcome: "submitted",
      why: `not confirmed: ${entry.agent} does not say what it receives`,
      hint: undefined,
    };
  }
  if (status.word !== "working") return { entry, outcome: "submitted", why: undefined, hint: undefined };
  return { entry, outcome: "queued", why: "working; taken after this turn (now: --interrupt)", hint: undefined };
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
      return {
        why: `asks${reason === undefined ? "" : ` ${JSON.stringify(reason)}`}`,
        hint: `fleet attach ${shellWord(branch)}`,
      };
    case "setup":
    case "starting":
      return { why: `is not ready yet: ${word}${because}`, hint: `fleet list ${shellWord(branch)}` };
    case "failed":
    case "exited":
    case "stopped":
      return { why: `has ended: ${word}${because}`, hint: `fleet logs ${shellWord(branch)}` };
  }
}

function pastedText(fleet: Fleet, entry: AgentEntry, adapter: AgentAdapter | undefined, prompt: string): string {
  // Its own control characters would end the paste early.
  const message = withoutControlCharacters(adapter?.message(prompt) ?? prompt);
  const text = adapter?.pasted?.(message) ?? message;
  if (Buffer.byteLength(text) <= longestPaste) return text;
  const { directory } = agentFiles(statePlaces(fleet), entry.id);
  const file = `${directory}/prompt-${Date.now()}`;
  writePrivateFile(file, prompt);
  return `Read the task in ${file} and do it.`;
}

type Submission = "arrived" | "unproven" | "lost" | "dead";

/** Pastes and submits a text, and looks for it in the agent's own transcript: what is nowhere to be seen gets one more Enter. */
async function submit(
  fleet: Fleet,
  entry: AgentEntry,
  adapter: AgentAdapter | undefined,
  { pane }: Pane,
  text: string,
): Promise<Submission> {
  const server = serverAt(fleet, entry.socket);
  if ((await paste(server, pane, `fleet-${entry.id}`, text)) === "dead") return "dead";
  await Bun.sleep(pauseBeforeEnterMilliseconds);
  const since = new Date();
  writePrivateFile(agentFiles(statePlaces(fleet), entry.id).prompted, "");
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (attempt > 1 && !(await standsInBox(server, pane, text))) return "lost";
    await pressKeys(server, pane, ["Enter"]);
    if (adapter?.arrived === undefined) return "unproven";
    if (await seen(fleet, entry, adapter.arrived, pane, text, since)) return "arrived";
  }
  return "lost";
}

async function seen(
  fleet: Fleet,
  entry: AgentEntry,
  arrived: NonNullable<AgentAdapter["arrived"]>,
  pane: string,
  text: string,
  since: Date,
): Promise<boolean> {
  const place = transcriptPlace(fleet, entry);
  const deadline = performance.now() + proofMilliseconds + Buffer.byteLength(text) / bytesPerMillisecond;
  for (let pause = 10; performance.now() < deadline; pause = Math.min(pause * 1.5, 200)) {
    await Bun.sleep(pause);
    const screen = await capturePane(serverAt(fleet, entry.socket), pane, 0);
    if (arrived(place, text, since, screen)) return true;
  }
  return false;
}

/** Whether our text, and nobody's else, is what an Enter would submit: the end of it stands near the end of the screen. */
async function standsInBox(server: ReturnType<typeof serverAt>, pane: string, text: string): Promise<boolean> {
  const screen = await capturePane(server, pane, 0);
  const ending = text.trimEnd().split("\n").at(-1)?.slice(-40) ?? "";
  const box = screen.trimEnd().split("\n").slice(-12).join("\n");
  return box.includes(ending) || /\[Pasted text #\d+/.test(box);
}
