import { markedChoice } from "../../agents/choices.ts";
import { plainLines } from "../../agents/styled-screen.ts";
import { captureStyledPane } from "../../system/tmux/panes.ts";
import type { TmuxServer } from "../../system/tmux/server.ts";
import { pressKeys } from "../../system/tmux/typing.ts";

/** A menu takes a digit at once, so that 10 would be 1. */
const digitKeys = 9;
/** After this long a key has either had its effect or been ignored. */
export const ignoredMilliseconds = 1000;
const pauseMilliseconds = 50;
/** A menu that ignores so many keys in a row takes none. */
const mostIgnored = 3;

/**
 * Takes a choice of the menu in a pane, counted from 0: by its digit, or, where it has none of its own, by moving the mark there and
 * pressing Enter. False when the mark cannot be moved there; then nothing was chosen.
 */
export async function takeChoice(server: TmuxServer, pane: string, index: number): Promise<boolean> {
  const hasDigit = index < digitKeys;
  if (!hasDigit && !(await moveMark(server, pane, index))) return false;
  await pressKeys(server, pane, [hasDigit ? String(index + 1) : "Enter"]);
  return true;
}

/** True when the mark stands on the choice and no key that was pressed here can still move it on. */
async function moveMark(server: TmuxServer, pane: string, index: number): Promise<boolean> {
  let marked = await markAfter(server, pane, undefined);
  let ignored = 0;
  while (marked !== undefined && ignored < mostIgnored) {
    if (marked === index) {
      if (ignored === 0) return true;
      // One of the keys that seemed to be ignored may only be late.
      ignored = 0;
      marked = await markAfter(server, pane, marked);
      if (marked === index) return true;
      continue;
    }
    await pressKeys(server, pane, [marked < index ? "Down" : "Up"]);
    const moved = await markAfter(server, pane, marked);
    ignored = moved === marked ? ignored + 1 : ignored;
    marked = moved;
  }
  return false;
}

/**
 * Where the mark is as soon as it has left a place, or the same place when it does not. An agent that draws its menu anew may show none for
 * a moment.
 */
async function markAfter(server: TmuxServer, pane: string, place: number | undefined): Promise<number | undefined> {
  const deadline = performance.now() + ignoredMilliseconds;
  let marked = await markIn(server, pane);
  while ((marked === place || marked === undefined) && performance.now() < deadline) {
    await Bun.sleep(pauseMilliseconds);
    marked = await markIn(server, pane);
  }
  return marked;
}

async function markIn(server: TmuxServer, pane: string): Promise<number | undefined> {
  return markedChoice(plainLines(await captureStyledPane(server, pane)));
}
