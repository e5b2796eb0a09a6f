import type { AgentAdapter } from "../../agents/adapter.ts";
import { findAgent } from "../../agents/catalog.ts";
import { withoutControlCharacters } from "../../agents/control-characters.ts";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { writePrivateFile } from "../../system/files.ts";
import { poll } from "../../system/poll.ts";
import { shellWord } from "../../system/shell.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { noteHandedOver } from "../watch/handed-over.ts";
import { type Observation, observeAgent } from "../watch/observe.ts";
import { hasEnded } from "../watch/status.ts";
import { holdingKeyboard } from "./keyboard.ts";
import { type Looks, sharedLooks } from "./looks.ts";
import { type InputBox, type Submission, submit } from "./submit.ts";
import { forgetHandedOver, forgetTaken, forgetUntaken, tellsWhatItTook } from "./untaken.ts";

/** What became of a prompt for one agent. */
export interface Delivery {
  readonly entry: AgentEntry;
  readonly outcome: "submitted" | "queued" | "refused" | "failed";
  readonly why: string | undefined;
  /** What to do about it, as a command. */
  readonly hint: string | undefined;
}

/** Longer ones are handed over as a file, as with the first prompt. */
const longestPaste = 120_000;

/** A prompt to deliver. */
export interface Prompt {
  readonly text: string;
  /** It is typed as it is, also where the agent takes it for one of its commands. */
  readonly raw: boolean;
}

/**
 * Delivers a prompt to an agent as one bracketed paste and an Enter, and sees it arrive where the agent's transcript tells. An agent
 * that asks, starts or has ended is refused: the text would be dropped, and the Enter would answer the question; so is one with a
 * draft in its input box, which the prompt would become a part of. Two deliveries to one agent never mix. Deliveries to many share `looks`.
 */
export async function deliverPrompt(
  fleet: Fleet,
  entry: AgentEntry,
  prompt: Prompt,
  looks = sharedLooks(fleet),
): Promise<Delivery> {
  try {
    return await holdingKeyboard(fleet, entry, () => deliver(fleet, entry, prompt, looks));
  } catch (error) {
    if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
    return { entry, outcome: "failed", why: error.message, hint: error.hint };
  }
}

const readinessPauseMilliseconds = 200;

/** Waits until an agent can take a prompt, or has ended. Throws when cancelled. */
export async function untilReady(fleet: Fleet, entry: AgentEntry, timeoutMilliseconds: number): Promise<void> {
  const deadline = performance.now() + timeoutMilliseconds;
  await poll({ every: readinessPauseMilliseconds, deadline, cancelled: fleet.cancelled }, async () => {
    const { status } = await observeAgent(fleet, entry);
    return !["setup", "starting", "waiting"].includes(status.word) || undefined;
  });
}

async function deliver(fleet: Fleet, entry: AgentEntry, prompt: Prompt, looks: Looks): Promise<Delivery> {
  const observation = await looks.observe(entry);
  const { status, pane } = observation;
  const refusal = refusalOf(observation);
  if (refusal !== undefined) return { entry, outcome: "refused", ...refusal };
  if (pane === undefined) {
    const why = `cannot be reached${status.reason === undefined ? "" : `: ${status.reason}`}`;
    return { entry, outcome: "refused", why, hint: `fleet stop ${shellWord(entry.branch)}` };
  }
  const adapter = findAgent(entry.agent, fleet.settings.config.agents);
  const text = pastedText(fleet, entry, adapter, prompt);
  const rests = status.word === "idle";
  forgetTaken(fleet, entry, rests);
  const busy = status.word === "working";
  const files = agentFiles(statePlaces(fleet), entry.id);
  // A command of the agent's own is in no conversation.
  const isNoted = !prompt.raw && (busy || tellsWhatItTook(fleet, entry));
  if (isNoted) noteHandedOver(files, { prompt: prompt.text, pasted: text });
  const box: InputBox = { fleet, entry, adapter, pane: pane.pane, looks };
  const submission = await submit(box, { text, raw: prompt.raw });
  const delivery = { entry, ...outcomeOf(entry, submission, { busy, raw: prompt.raw }) };
  const hasArrived = delivery.outcome === "submitted" || delivery.outcome === "queued";
  if (hasArrived) forgetUntaken(files, prompt.text);
  if (hasArrived) forgetTaken(fleet, entry, rests);
  else if (isNoted) forgetHandedOver(files);
  return delivery;
}

function outcomeOf(
  { branch, agent }: AgentEntry,
  submission: Submission,
  { busy, raw }: { readonly busy: boolean; readonly raw: boolean },
): Omit<Delivery, "entry"> {
  const attach = `fleet attach ${shellWord(branch)}`;
  switch (submission.kind) {
    case "arrived":
      if (!busy) return { outcome: "submitted", why: undefined, hint: undefined };
      return { outcome: "queued", why: "working; taken after this turn (now: --interrupt)", hint: undefined };
    case "unproven": {
      const why = raw ? "not confirmed: --raw" : `not confirmed: ${agent} does not say what it receives`;
      return { outcome: "submitted", why, hint: undefined };
    }
    case "draft":
      return {
        outcome: "refused",
        why: `a draft is in its input box: ${JSON.stringify(submission.draft)}`,
        hint: attach,
      };
    case "distracted":
      return { outcome: "failed", why: `not submitted: ${submission.by}`, hint: attach };
    case "dead":
      return { outcome: "failed", why: "it ended in this moment", hint: `fleet logs ${shellWord(branch)}` };
    case "lost":
      return { outcome: "failed", why: "it was not seen to arrive", hint: attach };
  }
}

function refusalOf(observation: Observation): Pick<Delivery, "why" | "hint"> | undefined {
  const { branch } = observation.entry;
  const { word, reason } = observation.status;
  const because = reason === undefined ? "" : ` (${reason})`;
  const over = { why: `has ended: ${word}${because}`, hint: `fleet logs ${shellWord(branch)}` };
  switch (word) {
    case "working":
    case "idle":
    case "unknown":
      return undefined;
    case "error":
      return hasEnded(observation) ? over : undefined;
    case "waiting":
      return {
        why: `asks${reason === undefined ? "" : ` ${JSON.stringify(reason)}`}`,
        hint: `fleet answer ${shellWord(branch)}`,
      };
    case "setup":
    case "starting":
      return { why: `is not ready yet: ${word}${because}`, hint: `fleet list ${shellWord(branch)}` };
    case "failed":
    case "exited":
    case "stopped":
      return over;
  }
}

function pastedText(
  fleet: Fleet,
  entry: AgentEntry,
  adapter: AgentAdapter | undefined,
  { text: prompt, raw }: Prompt,
): string {
  // Its own control characters would end the paste early.
  const message = withoutControlCharacters(raw ? prompt : (adapter?.message(prompt) ?? prompt));
  const text = adapter?.pasted?.(message) ?? message;
  if (Buffer.byteLength(text) <= longestPaste) return text;
  const { directory } = agentFiles(statePlaces(fleet), entry.id);
  const file = `${directory}/prompt-${Date.now()}`;
  writePrivateFile(file, prompt);
  return `Read the task in ${file} and do it.`;
}
