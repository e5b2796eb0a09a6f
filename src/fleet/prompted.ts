import type { AgentFiles } from "../state/places.ts";
import { readTextIfExists, writePrivateFile } from "../system/files.ts";

/** As of the first prompt, which the entry keeps. */
const shownCharacters = 200;

/** Notes that an agent is handed a prompt now, and as much of it as a list shows; nothing of the first one, which its entry has. */
export function notePrompt(files: AgentFiles, text: string): void {
  writePrivateFile(files.prompted, [...text.trim()].slice(0, shownCharacters).join(""));
}

/** The beginning of the prompt that an agent was handed last; empty when that was its first, or when its turn was stopped since. */
export function promptedLast(files: AgentFiles): string {
  return readTextIfExists(files.prompted) ?? "";
}
