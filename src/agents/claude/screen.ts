import { lastMenu, type Question } from "../choices.ts";
import { type FailedState, retryingState } from "../model-failure.ts";
import { plainLines, typedLines } from "../styled-screen.ts";

/** The lines above and below its input box, and above a question. */
const rule = /^─{10,}/;
/** What it writes around a command or a change. */
const frame = /^╌{10,}/;

/** What stands in the input box: between the last two rules, behind the mark. `undefined` where a dialog took its place. */
export function claudeDraft(screen: string): string | undefined {
  const plain = plainLines(screen);
  const bottom = plain.findLastIndex((line) => rule.test(line));
  const top = plain.findLastIndex((line, index) => index < bottom && rule.test(line));
  if (top < 0 || !/^❯/.test(plain[top + 1] ?? "")) return undefined;
  return typedLines(screen)
    .slice(top + 1, bottom)
    .map((line, index) => line.replace(index === 0 ? /^❯?\s?/ : /^ {2}/, ""))
    .join("\n")
    .trim();
}

/** The question it asks: what stands between the rule and its numbered choices. */
export function claudeQuestion(screen: string): Question | undefined {
  const menu = lastMenu(plainLines(screen));
  if (menu === undefined) return undefined;
  const top = menu.above.findLastIndex((line) => rule.test(line));
  const text = menu.above
    .slice(top + 1)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !frame.test(line) && !line.startsWith("Tip:"));
  return { text: text.join("\n"), choices: menu.choices };
}

/** Why it has no answer yet: `✻ 529 Overloaded · retrying in 8s · attempt 3/10`, with the status when there was an answer at all. */
export function claudeRetry(screen: string): FailedState | undefined {
  const found = /^\S (?:(\d{3}) )?(\S.*) · retrying in (\S+) · attempt \d+\/\d+$/m.exec(screen);
  if (found === null) return undefined;
  const [, status, message = "", wait] = found;
  const failure = { cause: undefined, status: status === undefined ? undefined : Number(status), message };
  return retryingState(wait, failure);
}
