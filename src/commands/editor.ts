import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FleetError } from "../errors.ts";
import { findProgram } from "../system/exec.ts";
import { removeTree, writePrivateFile } from "../system/files.ts";
import { runOnTerminal } from "../system/on-terminal.ts";
import { isTerminal } from "../system/terminal.ts";
import type { Application } from "./application.ts";

/** What is opened in the editor. */
interface Draft {
  /** A part of the file's name, and what it is called: `prompt`. */
  readonly name: string;
  /** What stands in it at first. */
  readonly text: string;
  /** How to go on with the file where it is kept. */
  readonly reuse: (file: string) => string;
}

/** What was written in an editor. */
export interface Written {
  readonly bytes: Uint8Array;
  /** To be called once it is known whether what was written has reached where it should. What has not is kept, and named. */
  settle(reached: boolean): void;
}

/**
 * Has the user write a text in their editor. The file is there until it is settled, for nobody writes a long text twice. Throws
 * FleetError when there is no terminal or no editor, or when the editor fails; what was written by then is kept and named.
 */
export async function writeInEditor(application: Application, { name, text, reuse }: Draft): Promise<Written> {
  requireTerminal(reuse("FILE"));
  const file = join(tmpdir(), `fleet-${name}-${crypto.randomUUID()}.md`);
  writePrivateFile(file, text);
  const settle = (reached: boolean) => {
    if (reached || ["", text.trim()].includes(readFileSync(file, "utf8").trim())) removeTree(file);
    else application.narration.note(`What you wrote is kept: ${reuse(file)}`);
  };
  try {
    await openEditor(application, file);
    return { bytes: readFileSync(file), settle };
  } catch (error) {
    settle(false);
    throw error;
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
