import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { FleetError } from "../errors.ts";
import { isTerminal, readStandardInput } from "../system/terminal.ts";
import type { Application } from "./application.ts";
import type { CommandResult } from "./definition.ts";
import { writeInEditor } from "./editor.ts";

/** Where a prompt may come from; at most one of them is given. */
interface PromptSources {
  /** The text itself, or `-` for standard input. */
  readonly text: string | undefined;
  readonly file: string | undefined;
}

/** The options of a command that say where its prompt comes from. */
interface PromptArguments {
  readonly prompt?: string | undefined;
  readonly "prompt-file"?: string | undefined;
  readonly edit?: boolean | undefined;
}

/**
 * Hands the prompt on, from wherever the user has put it, unchanged. One that was written in the editor is kept and named when `use`
 * comes to no good end. Throws FleetError `usage` when it cannot be read.
 */
export async function withPrompt(
  application: Application,
  { prompt: text, "prompt-file": file, edit }: PromptArguments,
  use: (prompt: string | undefined) => Promise<CommandResult>,
): Promise<CommandResult> {
  if (edit !== true) return use(readPrompt(application, { text, file }));
  const written = await writeInEditor(application, {
    name: "prompt",
    text: "",
    reuse: (path) => `to pass it, use --prompt-file ${path}`,
  });
  let result: CommandResult = 1;
  try {
    result = await use(decode(written.bytes, "the prompt from the editor"));
    return result;
  } finally {
    written.settle(result === 0);
  }
}

/** The prompt from wherever the user has put it, unchanged. Throws FleetError `usage` when it cannot be read. */
export function readPrompt(application: Application, { text, file }: PromptSources): string | undefined {
  if (file !== undefined) return readTextSource(application, file, "the prompt");
  return text === "-" ? readInput("the prompt") : text;
}

/** The prompt in a file, which is named relative to a directory. Throws FleetError `usage` when it cannot be read. */
export function readPromptFile(directory: string, file: string): string {
  return readText(resolve(directory, file), `the prompt file ${file}`);
}

/** The text of a file, or of standard input for `-`. Throws FleetError `usage` when it cannot be read. */
export function readTextSource({ directory }: Application, file: string, what: string): string {
  return file === "-" ? readInput(what) : readText(resolve(directory, file), `${what} ${file}`);
}

function readText(path: string, what: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (cause as Error).message;
    throw new FleetError("usage", `${what} cannot be read: ${why}`, {
      cause,
      hint: `to see what is there, run ls -l ${path}`,
    });
  }
  return decode(bytes, what);
}

function readInput(what: string): string {
  if (isTerminal(0)) {
    throw new FleetError("usage", `${what} is to come from standard input, which is a terminal`, {
      hint: "to write it in your editor, use -e; to pass it here, use -p TEXT",
    });
  }
  return decode(readStandardInput(), `${what} on standard input`);
}

/** Bytes that are no text would silently become other bytes on their way to the agent. */
function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FleetError("usage", `${name} is not UTF-8 text`, {
      cause,
      hint: "to let the agent read a file that is not text, name it in the prompt",
    });
  }
}
