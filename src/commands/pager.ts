import { harmless } from "../output/text.ts";
import { findProgram } from "../system/exec.ts";
import { runOnTerminal } from "../system/on-terminal.ts";
import { isTerminal, terminalColumns, terminalRows } from "../system/terminal.ts";
import type { Application } from "./application.ts";

/** Colours go through, and the screen stays as it was left. */
const lessOptions = "-RX";
/** What was said last is seen first: a log is read from its end. */
const fromTheEnd = `${lessOptions} +G`;

/** How a shell ends when a program cannot be started. */
const notStarted = [126, 127];

/**
 * Prints lines that others wrote, in the user's pager ($PAGER, else less) when they do not fit on the terminal. With `PAGER=cat`, without any
 * pager and elsewhere than on a terminal they are printed as `answer` does. The end is seen first.
 */
export async function page(application: Application, lines: readonly string[]): Promise<void> {
  const isPaged = await paged(application, lines.map(harmless), fromTheEnd);
  if (!isPaged) application.answer(lines);
}

/** Prints lines of our own, which a terminal may be shown as they are, in the pager as `page` does. The beginning is seen first. */
export async function pageOwn(application: Application, lines: readonly string[]): Promise<void> {
  if (!(await paged(application, lines, lessOptions))) application.answer(lines);
}

/** Whether a pager has shown them. */
async function paged({ environment }: Application, lines: readonly string[], options: string): Promise<boolean> {
  const pager = environment.PAGER ?? (findProgram("less", environment) === undefined ? "" : "less");
  if (!isTerminal(1) || ["", "cat"].includes(pager) || fits(lines)) return false;
  const code = await runOnTerminal(["sh", "-c", pager], {
    environment: { LESS: options, ...environment },
    input: lines.map((line) => `${line}\n`).join(""),
  });
  return !notStarted.includes(code);
}

function fits(lines: readonly string[]): boolean {
  const columns = terminalColumns() ?? 80;
  const taken = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(Bun.stringWidth(line) / columns)), 0);
  return taken < (terminalRows() ?? 24);
}
