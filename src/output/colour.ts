import { isTerminal } from "../system/terminal.ts";

/** What a colour says. The sixteen colours of the terminal's own scheme, so that they read on light and dark. */
export type Tone = "alarm" | "attention" | "busy" | "calm" | "faint";

const codes: Readonly<Record<Tone, string>> = { alarm: "31", attention: "33", busy: "36", calm: "32", faint: "2" };

/**
 * Whether the answer is to be coloured: on a terminal, unless NO_COLOR (no-color.org), CLICOLOR=0 or TERM=dumb says no; FORCE_COLOR and
 * CLICOLOR_FORCE colour it everywhere.
 */
export function wantsColour(environment: Readonly<Record<string, string | undefined>>): boolean {
  const { NO_COLOR, FORCE_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM } = environment;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if ([FORCE_COLOR, CLICOLOR_FORCE].some((value) => value !== undefined && value !== "" && value !== "0")) return true;
  if (FORCE_COLOR === "0" || CLICOLOR === "0" || TERM === "dumb") return false;
  return isTerminal(1);
}

/** Text in a colour; the text itself must not hold any sequence. */
export function coloured(text: string, tone: Tone): string {
  return text === "" ? text : `\u001b[${codes[tone]}m${text}\u001b[0m`;
}
