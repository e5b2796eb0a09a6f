import type { AgentAdapter, ConversationPart, TranscriptPlace } from "../../agents/adapter.ts";
import { fieldsOf, momentOf, textOf } from "../../agents/fields.ts";
import { objectsIn } from "../../agents/json-lines.ts";
import { holdsText } from "../../agents/same-text.ts";
import type { AgentFiles } from "../../state/places.ts";
import { readTextIfExists, rememberIn, removeTree, replaceFile } from "../../system/files.ts";
import { writtenAt } from "./runtime.ts";

/** A prompt that an agent was handed, and of which nobody has seen yet that it took it: it may wait for the end of a turn. */
export interface HandedOver {
  readonly at: Date;
  /** As the user worded it. */
  readonly prompt: string;
  /** As it was pasted, or given to it at its start. */
  readonly pasted: string;
  /** It was started with it: it takes it as soon as it is ready. */
  readonly atStart?: true;
}

/** The prompts of which nobody has seen yet that an agent took them, in the order in which it was handed them. */
export function handedOver(files: AgentFiles): HandedOver[] {
  const notes = notesIn(files);
  const begun = notes.length === 0 ? undefined : writtenAt(files, "begun");
  return notes.filter(({ at }) => begun === undefined || at > begun);
}

function notesIn(files: AgentFiles): HandedOver[] {
  return [...objectsIn((readTextIfExists(files.handedOver) ?? "").split("\n"))].flatMap((row) => {
    const { at, prompt, pasted, atStart } = fieldsOf(row);
    const moment = momentOf(at);
    const note = { prompt: textOf(prompt), pasted: textOf(pasted) };
    if (moment === undefined || note.prompt === undefined || note.pasted === undefined) return [];
    return [{ at: moment, prompt: note.prompt, pasted: note.pasted, ...(atStart === true ? { atStart } : {}) }];
  });
}

/** Notes that an agent is handed a prompt now. The caller holds its keyboard, or it has not been started yet. */
export function noteHandedOver(files: AgentFiles, handed: Omit<HandedOver, "at">): void {
  keepHandedOver(files, [...handedOver(files), { at: new Date(), ...handed }]);
}

/** Keeps these notes and no others. The caller holds the agent's keyboard, or it has ended. */
export function keepHandedOver(files: AgentFiles, kept: readonly HandedOver[]): void {
  if (kept.length === 0) removeTree(files.handedOver);
  else replaceFile(files.handedOver, kept.map((note) => `${JSON.stringify(note)}\n`).join(""));
}

/**
 * Whether an agent has taken a prompt: it says so, or its conversation has it; `undefined` where nothing tells. Nothing was given to an
 * agent before what it was started with, so whatever it has done since then says that it took that, whatever became of the words.
 */
export function isTaken(
  adapter: AgentAdapter | undefined,
  place: TranscriptPlace,
  note: HandedOver,
): boolean | undefined {
  if (adapter?.took === undefined && adapter?.conversation === undefined) return undefined;
  const conversation = () => adapter.conversation?.(place) ?? [];
  const isThere = adapter.took?.(place, note.pasted, note.at) ?? holdsPrompt(conversation(), note);
  return isThere || (note.atStart === true && hasActed(conversation(), note.at));
}

function holdsPrompt(conversation: Iterable<ConversationPart>, { pasted, at: since }: HandedOver): boolean {
  for (const { at, ...part } of conversation) {
    if (part.by === "user" && (at === undefined || at >= since) && holdsText(part.text, pasted)) return true;
    // A prompt of the user's may bear the time at which it began to wait.
    if (part.by !== "user" && at !== undefined && at < since) return false;
  }
  return false;
}

function hasActed(conversation: Iterable<ConversationPart>, since: Date): boolean {
  for (const { at, by } of conversation) if (by !== "user" && at !== undefined) return at >= since;
  return false;
}

/** Whether a prompt that an agent was handed is in its queue still, as far as anything but its rest tells. */
export function hasUntaken(files: AgentFiles, adapter: AgentAdapter | undefined, place: TranscriptPlace): boolean {
  return handedOver(files).some((note) => isTaken(adapter, place, note) === false);
}

/** The prompt that an agent was started with and has not been seen to take. */
function firstOf(files: AgentFiles): HandedOver | undefined {
  return handedOver(files).find(({ atStart }) => atStart === true);
}

/** How long an agent that seems to rest is believed to have its first prompt still before it: on a busy machine that takes minutes. */
const beforeItBeginsMilliseconds = 180_000;

/** Whether an agent that shows its input box has yet to take the prompt that it has just been started with. */
export function hasYetToBegin(files: AgentFiles, adapter: AgentAdapter, place: TranscriptPlace): boolean {
  const first = firstOf(files);
  if (first === undefined) return false;
  const age = Date.now() - first.at.getTime();
  return age >= 0 && age < beforeItBeginsMilliseconds && isTaken(adapter, place, first) === false;
}

/**
 * Notes that an agent says of itself that it has worked and rests, where its conversation does not tell: it has taken what it was handed
 * before it went to rest, which was `since` then.
 */
export function noteBegun(
  files: AgentFiles,
  adapter: AgentAdapter,
  place: TranscriptPlace,
  since: Date | undefined,
): void {
  const waiting = handedOver(files).filter((note) => isTaken(adapter, place, note) === false);
  if (waiting.length === 0 || adapter.lastTurn?.(place) !== undefined) return;
  const isOver = waiting.every(({ at, atStart }) => atStart === true || (since !== undefined && at < since));
  if (isOver) rememberIn(files.begun, "");
}

/** The file with the prompt that an agent was started with, if it has not taken it. */
export function untakenFirst(files: AgentFiles, adapter: AgentAdapter, place: TranscriptPlace): string | undefined {
  const first = firstOf(files);
  if (first === undefined || isTaken(adapter, place, first) !== false) return undefined;
  return readTextIfExists(files.prompt) === first.prompt ? files.prompt : files.firstMessage;
}
