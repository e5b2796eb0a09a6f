import { lastMenu, type Question } from "../choices.ts";
import { type FailedState, type ModelFailure, retryingState } from "../model-failure.ts";
import { plainLines } from "../styled-screen.ts";

/** `⠼ Thinking... (1s · esc to cancel)`, for as long as a turn lasts. */
export function worksOn(screen: string): boolean {
  return / · esc to cancel\)$/m.test(screen);
}

/** While it works, and its last request failed, it asks again by itself. */
export function retryingOn(screen: string, failure: ModelFailure | undefined): FailedState | undefined {
  return failure === undefined || !worksOn(screen) ? undefined : retryingState(undefined, failure);
}

/** The user has stopped the last turn: of that nothing is in its transcript. */
export function wasCancelled(screen: string): boolean {
  const [, afterPrompt = screen] = /[\s\S]*^ {2}> ([\s\S]*)/m.exec(screen) ?? [];
  return /^ *● Request cancelled\.$/m.test(afterPrompt);
}

/** What it asks in the box at the end of its screen, above `Waiting for user confirmation...`. */
export function questionOn(screen: string): Question | undefined {
  const shown = plainLines(screen);
  if (!shown.some((line) => line.includes("Waiting for user confirmation"))) return undefined;
  const box = shown.slice(shown.findLastIndex((line) => line.includes("╭")));
  const lines = box.flatMap((line) => /^ *│(.*)│ *$/.exec(line)?.[1]?.trimEnd() ?? []);
  const menu = lastMenu(lines);
  if (menu === undefined) return undefined;
  const text = menu.above.map((line) => line.trim().replace(/^\? +/, "").replace(/ ←$/, ""));
  return { text: text.filter((line) => line !== "").join("\n"), choices: menu.choices };
}
