import type { AgentAdapter } from "../../agents/adapter.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { rememberIn } from "../../system/files.ts";
import { noteMemoryEnds } from "../capped.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { notePrompt } from "../prompted.ts";
import { conversationOf, transcriptPlace, witnessOf } from "../watch/transcript.ts";
import { pauseBeforeEnterMilliseconds } from "./keyboard.ts";
import type { Looks } from "./looks.ts";

/** How long a pasted text may take to be seen in the input box. */
const pasteMilliseconds = 3000;
/** How long the transcript of an agent may take to show a prompt, and how often Enter is pressed at most. */
const proofMilliseconds = 2500;
/** What a busy terminal takes in: a long prompt needs longer to be seen. */
const bytesPerMillisecond = 20;
const attempts = 2;
/** How much longer it may take on a machine that is busy, when Enter will not be pressed again. */
const lateProofMilliseconds = 10_000;

/**
 * What became of a text: it was seen to arrive; it was submitted, and nothing tells more; it was not seen to arrive; the agent ended
 * before; something else stands in its input box; something else than its input box took the text.
 */
export type Submission =
  | { readonly kind: "arrived" | "unproven" | "lost" | "dead" }
  | { readonly kind: "draft"; readonly draft: string }
  | { readonly kind: "distracted"; readonly by: string };

/** Where an agent takes its text. */
export interface InputBox {
  readonly fleet: Fleet;
  readonly entry: AgentEntry;
  readonly adapter: AgentAdapter | undefined;
  /** The id of its pane. */
  readonly pane: string;
  readonly looks: Looks;
}

/** A text for the input box of an agent. */
export interface Message {
  readonly text: string;
  /** It may be a command of the agent's, which is in no transcript. */
  readonly raw: boolean;
}

/**
 * Pastes a text into an empty input box, sees it there, submits it, and looks for it in the agent's own transcript: what is nowhere to
 * be seen but still stands in the box alone gets one more Enter.
 */
export async function submit(box: InputBox, message: Message): Promise<Submission> {
  return (await putIn(box, message.text)) ?? enter(box, message);
}

/** Puts a text into the input box; returns why it must not be submitted. */
async function putIn(box: InputBox, text: string): Promise<Submission | undefined> {
  const { entry, adapter, pane, looks } = box;
  const draft = await draftIn(box);
  if (draft !== undefined && draft !== "") return { kind: "draft", draft };
  const pasted = await looks.paste(entry, pane, text);
  if (pasted === "dead") return { kind: "dead" };
  if (adapter?.submitsPasteAtOnce !== true) await Bun.sleep(pauseBeforeEnterMilliseconds);
  // Where the box was seen before, the text must be seen in it.
  const held =
    draft === undefined ||
    (await within(pasteMilliseconds + Buffer.byteLength(text) / bytesPerMillisecond, () => holds(box, text)));
  const { status } = await looks.glance(entry);
  if (status.word === "waiting") return { kind: "distracted", by: `it asks ${JSON.stringify(status.reason ?? "")}` };
  return held ? undefined : { kind: "distracted", by: "its input box does not show the text" };
}

/** Submits what is in the input box, and sees it arrive. */
async function enter(box: InputBox, { text, raw }: Message): Promise<Submission> {
  const { fleet, entry, adapter, pane, looks } = box;
  const since = new Date();
  const files = agentFiles(statePlaces(fleet), entry.id);
  notePrompt(files, text);
  if (entry.sandbox !== undefined) noteMemoryEnds(files);
  const isTold = !raw && witnessOf(fleet, entry)?.arrived !== undefined;
  const isProven = isTold ? () => isInTranscript(box, text, since) : () => isEmptied(box);
  const proven: Submission = { kind: isTold ? "arrived" : "unproven" };
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (attempt > 1 && !(await holds(box, text))) break;
    await looks.pressEnter(entry, pane);
    if (adapter?.arrived === undefined) return { kind: "unproven" };
    if (await within(proofMilliseconds + Buffer.byteLength(text) / bytesPerMillisecond, isProven)) return proven;
  }
  if (await within(lateProofMilliseconds, isProven)) return proven;
  return (await tookInSilence(box, text, since)) ? { kind: "unproven" } : { kind: "lost" };
}

/**
 * Whether an agent whose user keeps no conversations took what was submitted: its box is empty, and it has gone to work, has queued the
 * text, or shows it. A turn that is over at once may change nothing of what it says of itself.
 */
async function tookInSilence(box: InputBox, text: string, since: Date): Promise<boolean> {
  const { fleet, entry, adapter, pane, looks } = box;
  for (const _ of conversationOf(fleet, entry) ?? []) return false;
  if (adapter?.draft === undefined || !(await isEmptied(box))) return false;
  const { status } = await looks.observe(entry);
  const worksSince = status.word === "working" || status.word === "idle" ? status.since : undefined;
  const hasTurned = worksSince !== undefined && worksSince >= since;
  const screen = await looks.screen(entry, pane);
  if (!hasTurned && adapter.queue?.isShown(screen) !== true && !holdsText(screen, text)) return false;
  rememberIn(agentFiles(statePlaces(fleet), entry.id).begun, "");
  return true;
}

async function draftIn({ entry, pane, adapter, looks }: InputBox): Promise<string | undefined> {
  if (adapter?.draft === undefined) return undefined;
  return adapter.draft(await looks.styledScreen(entry, pane));
}

/** Whether our text, and nobody's else, is what an Enter would submit. */
async function holds(box: InputBox, text: string): Promise<boolean> {
  const draft = await draftIn(box);
  if (draft !== undefined) return holdsText(draft, text);
  const screen = await box.looks.screen(box.entry, box.pane);
  return holdsText(screen.trimEnd().split("\n").slice(-12).join("\n"), text);
}

/**
 * The end of a text is seen, or what agents show instead of a long one or of a picture's name: `[Pasted text #1 +9 lines]`,
 * `[Pasted Content 2000 chars]`, `[Image #1]`.
 */
function holdsText(shown: string, text: string): boolean {
  return lettersOf(shown).includes(lettersOf(text).slice(-40)) || /\[(Pasted|Image) /.test(shown);
}

/** Lines are wrapped anywhere, and terminals have their own mind about emoji. */
function lettersOf(text: string): string {
  return text.replace(/[^\p{Letter}\p{Number}]/gu, "");
}

async function isEmptied(box: InputBox): Promise<boolean> {
  const draft = await draftIn(box);
  return draft === undefined || draft === "";
}

async function isInTranscript(
  { fleet, entry, pane, adapter, looks }: InputBox,
  text: string,
  since: Date,
): Promise<boolean> {
  const screen = await looks.screen(entry, pane);
  return adapter?.arrived?.(transcriptPlace(fleet, entry), text, since, screen) === true;
}

/** Looks again and again, with growing pauses, until something is so or the time is over. */
async function within(milliseconds: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  for (let pause = 10; performance.now() < deadline; pause = Math.min(pause * 1.5, 200)) {
    await Bun.sleep(pause);
    if (await isSo()) return true;
  }
  return false;
}
