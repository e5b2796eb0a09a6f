import { withoutControlCharacters } from "./control-characters.ts";

/**
 * A prompt as text for a CLI that takes it behind an option: a dash at its start would make it another option, and what `command`
 * finds there would be run instead of read. Claude Code, Codex and opencode take theirs otherwise.
 */
export function plainPrompt(prompt: string, command: RegExp): string {
  const text = withoutControlCharacters(prompt);
  if (text.startsWith("-")) return ` ${text}`;
  return command.test(text) ? `Task: ${text}` : text;
}
