import { lastMenu, type Question } from "../choices.ts";
import { plainLines, typedLines } from "../styled-screen.ts";

/** The lines above and below its input box. */
const rule = /^─{10,}$/;

/** `◉ Working esc esc interrupt` below the input box, for as long as a turn lasts. */
export function worksOn(screen: string): boolean {
  return /^ ?\S Working\b/.test(footerOf(screen));
}

/** `● Loading: 2 skills` stands there until it looks at what is typed. */
export function isLoading(screen: string): boolean {
  return /^ ?\S Loading\b/.test(footerOf(screen));
}

/** Whether there is an input box, which a dialog would have taken the place of. */
export function hasInputBox(screen: string): boolean {
  return inputBoxOf(plainLines(screen)) !== undefined;
}

/** What stands in the input box; `undefined` where a dialog took its place. */
export function copilotDraft(screen: string): string | undefined {
  const box = inputBoxOf(plainLines(screen));
  if (box === undefined) return undefined;
  const lines = typedLines(screen).slice(box.top + 1, box.bottom);
  return lines
    .map((line, index) => line.replace(index === 0 ? /^❯?\s?/ : /^ {2}/, ""))
    .join("\n")
    .trim();
}

/** Whether a framed dialog stands at the end of its screen. */
export function hasDialog(screen: string): boolean {
  return dialogIn(screen) !== undefined;
}

/** What it asks in a dialog with numbered choices. */
export function copilotQuestion(screen: string): Question | undefined {
  const menu = lastMenu(dialogIn(screen) ?? []);
  if (menu === undefined) return undefined;
  const text = menu.above.map(withoutFrame).filter((line) => line !== "");
  return { text: text.join("\n"), choices: menu.choices };
}

/** The prompts that wait between what was said and the line with the directory above the input box. */
export function queueOn(screen: string): string {
  const lines = plainLines(screen);
  const box = inputBoxOf(lines);
  if (box === undefined) return "";
  const above = lines.slice(0, box.top);
  const queued = above.findLastIndex((line) => /^Queued \(\d+\)$/.test(line));
  const inQueue = queued < 0 ? [] : above.slice(queued + 1).filter((line) => /^ +[└├│]/.test(line));
  const pending = above.flatMap((line, index) => {
    const begin = above.findLastIndex((each, at) => at < index && /^ ?❯ /.test(each));
    return /^ +└ \[pending\b/.test(line) && begin >= 0 ? above.slice(begin, index) : [];
  });
  return [...pending, ...inQueue].join("\n").trim();
}

function footerOf(screen: string): string {
  const lines = plainLines(screen);
  const box = inputBoxOf(lines);
  return box === undefined ? "" : (lines.slice(box.bottom + 1).find((line) => line !== "") ?? "");
}

function inputBoxOf(plain: readonly string[]): { readonly top: number; readonly bottom: number } | undefined {
  const bottom = plain.findLastIndex((line) => rule.test(line));
  const top = plain.findLastIndex((line, index) => index < bottom && rule.test(line));
  return top >= 0 && /^❯/.test(plain[top + 1] ?? "") ? { top, bottom } : undefined;
}

/** The lines inside the frame that begins at the edge: that of a command lies inside it. */
function dialogIn(screen: string): string[] | undefined {
  const shown = plainLines(screen);
  const top = shown.findLastIndex((line) => line.startsWith("╭"));
  const last = shown.findLast((line) => line !== "") ?? "";
  if (top < 0 || !last.startsWith("╰")) return undefined;
  return shown.slice(top).flatMap((line) => /^│(.*)│$/.exec(line)?.[1]?.trimEnd() ?? []);
}

/** A line of the dialog without the frame of what it asks about. */
function withoutFrame(line: string): string {
  const inner = line.trim();
  return /^[╭╰─]/.test(inner) ? "" : inner.replace(/^│ ?/, "").replace(/ *│$/, "").trim();
}
