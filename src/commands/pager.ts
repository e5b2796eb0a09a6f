import { harmless } from "../output/text.ts";
import { findProgram, runOnTerminal } from "../system/exec.ts";
import { isTerminal, terminalColumns, terminalRows } from "../system/terminal.ts";
import type { Application } from "./application.ts";

/** Colours go through, and what was said last is seen first: a log is read from its end. */
const lessOptions = "-RX +G";

/** How a shell ends when a program cannot be started. */
const notStarted = [126, 127];

/**
 * Prints lines that others wrote, in the user's pager ($PAGER, else less) when they do not fit on the terminal. With `PAGER=cat`, without any
 * pager and elsewhere than on a terminal they are printed as `answerForeign` does.
 */
export async function page(application: Application, lines: readonly string[]): Promise<void> {
  const { environment } = application;
  const pager = environment.PAGER ?? (findProgram("less", environment) === undefined ? "" : "less");
  if (!isTerminal(1) || ["", "cat"].includes(pager) || fits(lines)) return application.answerForeign(lines);
  const code = await runOnTerminal(["sh", "-c", pager], {
    environment: { LESS: lessOptions, ...environment },
    input: lines.map((line) => `${harmless(line)}\n`).join(""),
  });
  if (notStarted.includes(code)) application.answerForeign(lines);
}

function fits(lines: readonly string[]): boolean {
  const columns = terminalColumns() ?? 80;
  const taken = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(Bun.stringWidth(line) / columns)), 0);
  return taken < (terminalRows() ?? 24);
}
