import { lastMenu, type Question } from "../choices.ts";
import { type FailedState, retryingState } from "../model-failure.ts";
import { plainLines, typedLines } from "../styled-screen.ts";

/** The lines below its input box: about the model, which it has not at first when it goes on with a conversation, and about its keys. */
const belowTheBox = [/^ {2}\S.* · [~/]/, /^ {2}(?:\S.* · )?\? for shortcuts$/];

/** What stands in the input box: behind the last mark, down to the lines below it. `undefined` where a dialog took its place. */
export function codexDraft(screen: string): string | undefined {
  const plain = plainLines(screen);
  const top = plain.findLastIndex((line) => /^›(\s|$)/.test(line));
  if (top < 0 || lastMenu(plain.slice(top)) !== undefined) return undefined;
  const below = belowTheBox
    .map((form) => plain.findLastIndex((line, index) => index > top && form.test(line)))
    .filter((index) => index >= 0);
  const lines = typedLines(screen).slice(top, below.length === 0 ? undefined : Math.min(...below));
  return lines
    .map((line, index) => line.replace(index === 0 ? /^›?\s?/ : /^ {2}/, ""))
    .join("\n")
    .trim();
}

/** The question it asks: the paragraphs above its numbered choices, down from the one that is addressed to the user. */
export function codexQuestion(screen: string): Question | undefined {
  const menu = lastMenu(plainLines(screen));
  if (menu === undefined) return undefined;
  const start = menu.above.findLastIndex((line) => /^ {2}(?!Reason: )\S.*\?$/.test(line));
  const text = menu.above
    .slice(Math.max(0, start))
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return { text: text.join("\n"), choices: menu.choices };
}

/** Why it has no answer yet: `• Reconnecting... 2/5 (12s • esc to interrupt)`, and the cause in the line below. */
export function codexRetry(screen: string): FailedState | undefined {
  const [, message] = /^• (?:Reconnecting|.*, reconnecting)\b.*\n +└ (.+)$/m.exec(screen) ?? [];
  if (message === undefined) return undefined;
  const status = /\bstatus:? (\d{3})\b/.exec(message)?.[1];
  const failure = { cause: undefined, status: status === undefined ? undefined : Number(status), message };
  return retryingState(undefined, failure);
}
