import type { AgentFiles } from "../../../state/places.ts";
import { makePrivateDirectory, writePrivateFile } from "../../../system/files.ts";
import { quoteForShell } from "../../../system/shell.ts";
import script from "./budget-hook.awk" with { type: "text" };

/**
 * The shell command that an agent is to run before each tool, where it can: it says `continue: false` when the budget is used, and does
 * nothing while there is none. One in a sandbox can write `inside` alone.
 */
export function budgetCommand({ budget, budgetHook, directory, inside }: AgentFiles, held = false): string {
  const places = held ? [directory, inside] : [directory];
  const words = [budgetHook, ...places].map(quoteForShell).join(" ");
  // Lengths are bytes in that locale. A failure of awk, which exits with 2, would be taken for a refusal of the tool.
  return `[ -s ${quoteForShell(budget)} ] || exit 0; umask 077; LC_ALL=C awk -f ${words} 2>/dev/null || :`;
}

/** Writes what that command reads: `text` is the budget and the prices, a row each. */
export function writeBudgetHook(files: AgentFiles, text: string): void {
  makePrivateDirectory(files.directory);
  writePrivateFile(files.budgetHook, script);
  writePrivateFile(files.budget, text);
}
