import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { FleetError } from "../errors.ts";
import { findProgram, runOnTerminal } from "../system/exec.ts";
import { removeTree, writePrivateFile } from "../system/files.ts";
import { isTerminal, readStandardInput } from "../system/terminal.ts";
import type { Application } from "./application.ts";

/** Where a prompt may come from; at most one of them is given. */
interface PromptSources {
  /** The text itself, or `-` for standard input. */
  readonly text: string | undefined;
  readonly file: string | undefined;
  readonly edit: boolean;
}

/** Reads the prompt from wherever the user has put it, unchanged. Throws FleetError `usage` when it cannot be read. */
export async function readPrompt(application: Application, sources: PromptSources): Promise<string | undefined> {
  if (sources.edit) return writeInEditor(application);
  if (sources.file !== undefined) return readTextSource(application, sources.file, "the prompt");
  return sources.text === "-" ? readInput("the prompt") : sources.text;
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

async function writeInEditor(application: Application): Promise<string> {
  requireTerminal("to pass the prompt, use -p TEXT or --prompt-file FILE");
  const file = join(tmpdir(), `fleet-prompt-${crypto.randomUUID()}.md`);
  writePrivateFile(file, "");
  try {
    await openEditor(application, file);
    return decode(readFileSync(file), "the prompt from the editor");
  } finally {
    removeTree(file);
  }
}

/** Opens a file in the user's editor and waits until they are done. Throws FleetError when there is no terminal or no editor. */
export async function openEditor({ environment, directory }: Application, file: string): Promise<void> {
  requireTerminal(`to edit the file yourself, open ${file}`);
  const editor =
    environment.VISUAL || environment.EDITOR || ["vi", "nano"].find((name) => findProgram(name, environment));
  if (editor === undefined) {
    throw new FleetError("missing-tool", "there is no editor", { hint: "to name yours, run export EDITOR=..." });
  }
  // As git does: the variable is a shell command, to which the file is passed as one word.
  const code = await runOnTerminal(["/bin/sh", "-c", `${editor} "$@"`, editor, file], { environment, directory });
  if (code !== 0) throw new FleetError("failed", `the editor ended with exit code ${code}: ${editor}`);
}

function requireTerminal(hint: string): void {
  if (isTerminal(0) && isTerminal(1)) return;
  throw new FleetError("usage", "an editor needs a terminal, and there is none", { hint });
}
