import type { AgentEntry } from "../../state/entry.ts";
import { type AgentFiles, agentFiles } from "../../state/places.ts";
import {
  exists,
  makePrivateDirectory,
  namesIn,
  readTextIfExists,
  removeTree,
  writePrivateFile,
} from "../../system/files.ts";
import { shellWord } from "../../system/shell.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { handedOver, isTaken, keepHandedOver } from "../watch/handed-over.ts";
import { readEvent } from "../watch/runtime.ts";
import { transcriptPlace, witnessOf } from "../watch/transcript.ts";

/** A prompt that an agent was handed and had not taken when it ended. */
export interface Untaken {
  readonly text: string;
  /** A file with all of it and nothing else. */
  readonly file: string;
}

/** Whether anything but its rest tells that an agent has taken a prompt. */
export function tellsWhatItTook(fleet: Fleet, entry: AgentEntry): boolean {
  const witness = witnessOf(fleet, entry);
  return witness?.took !== undefined || witness?.conversation !== undefined;
}

/** The prompt that was noted last did not reach the agent. The caller holds its keyboard. */
export function forgetHandedOver(files: AgentFiles): void {
  keepHandedOver(files, handedOver(files).slice(0, -1));
}

/** Nothing waits in an agent any more: its queue was dropped because the user wanted that. */
export function forgetAllHandedOver(files: AgentFiles): void {
  removeTree(files.handedOver);
}

/**
 * Forgets the prompts that an agent has taken by now: those in its conversation, or, where nothing else tells, all of them when it
 * `rests`. The caller holds its keyboard, or the agent has ended.
 */
export function forgetTaken(fleet: Fleet, entry: AgentEntry, rests: boolean): void {
  const files = agentFiles(statePlaces(fleet), entry.id);
  const noted = handedOver(files);
  if (noted.length === 0) return;
  const witness = witnessOf(fleet, entry);
  const place = transcriptPlace(fleet, entry);
  keepHandedOver(
    files,
    noted.filter((note) => !(isTaken(witness, place, note) ?? rests)),
  );
}

/** The prompt has reached the agent by another way: what is kept of it because it had not taken it may go. */
export function forgetUntaken(files: AgentFiles, prompt: string): void {
  for (const { file, text } of untakenOf(files)) if (text === prompt) removeTree(file);
}

/** Keeps each prompt that an agent which has ended had not taken in a file of its own, and returns those that are new. */
export function keepUntaken(fleet: Fleet, entry: AgentEntry): Untaken[] {
  const files = agentFiles(statePlaces(fleet), entry.id);
  if (!exists(files.handedOver)) return [];
  forgetTaken(fleet, entry, readEvent(files, entry)?.word === "idle");
  const left = handedOver(files).map(({ at, prompt }): Untaken => {
    const file = freeName(`${files.untaken}/${at.getTime()}`);
    makePrivateDirectory(files.untaken);
    writePrivateFile(file, prompt);
    return { file, text: prompt };
  });
  removeTree(files.handedOver);
  return left;
}

/** The prompts that an agent had not taken when it ended, in the order in which it was handed them. */
export function untakenOf({ untaken }: AgentFiles): Untaken[] {
  return namesIn(untaken)
    .toSorted()
    .map((name) => `${untaken}/${name}`)
    .flatMap((file) => {
      const text = readTextIfExists(file);
      return text === undefined ? [] : [{ file, text }];
    });
}

/** Names each of them with the line that sends it, and the command that the agent needs `first`, if any. */
export function nameUntaken(
  fleet: Fleet,
  { branch }: AgentEntry,
  untaken: readonly Untaken[],
  first?: "resume" | "restore",
): void {
  for (const { text, file } of untaken) {
    const line = `fleet prompt ${shellWord(branch)} --file ${shellWord(file)}`;
    const how = first === undefined ? `run ${line}` : `run fleet ${first} ${shellWord(branch)}, then ${line}`;
    fleet.report({ kind: "warning", text: `${branch}: it had not taken a prompt: ${shown(text)}; to send it, ${how}` });
  }
}

const shownCharacters = 60;

function shown(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return JSON.stringify(line.length > shownCharacters ? `${line.slice(0, shownCharacters - 1)}…` : line);
}

/** Two may have been handed over within a millisecond. */
function freeName(path: string): string {
  let name = path;
  for (let count = 2; readTextIfExists(name) !== undefined; count += 1) name = `${path}-${count}`;
  return name;
}
