/** A question that an agent asks on its screen. */
export interface Question {
  readonly text: string;
  /** What can be answered, in the order of their numbers; empty when any text can. */
  readonly choices: readonly string[];
}

/** The question on one line, as why an agent waits; `otherwise` when it cannot be read. */
function reasonToWait(question: Question | undefined, otherwise: string): string {
  return question === undefined || question.text === "" ? otherwise : question.text.replaceAll("\n", " · ");
}

/** Why an agent waits, and the question in its parts; `otherwise` when it cannot be read. */
export function waitingState(
  question: Question | undefined,
  otherwise: string,
): { readonly reason: string; readonly detail: { readonly kind: "question" } & Question } {
  const reason = reasonToWait(question, otherwise);
  return { reason, detail: { kind: "question", text: reason, choices: question?.choices ?? [] } };
}

/** A menu of numbered choices on a screen. */
export interface Menu {
  /** The lines above it. */
  readonly above: readonly string[];
  readonly choices: readonly string[];
}

const choice = /^\s*[❯›●]?\s*(\d+)\.\s+(.+)$/;
const chosen = /^\s*[❯›●]\s*\d+\.\s+\S/;

/**
 * The last menu among the lines of a screen: choices numbered from 1, one of them marked as the one that Enter would take. What is
 * indented below a choice belongs to it. A numbered list that has no mark is text.
 */
export function lastMenu(lines: readonly string[]): Menu | undefined {
  const marked = lines.findLastIndex((line) => chosen.test(line));
  if (marked < 0) return undefined;
  const start = lines.findLastIndex((line, index) => index <= marked && choice.exec(line)?.[1] === "1");
  if (start < 0) return undefined;
  const choices: string[] = [];
  for (const line of lines.slice(start)) {
    const [, number, text = ""] = choice.exec(line) ?? [];
    if (Number(number) === choices.length + 1) choices.push(text.trim());
    else if (number === undefined && /^\s{4,}\S/.test(line)) choices.push(`${choices.pop()} ${line.trim()}`);
    else break;
  }
  return start + choices.length > marked || choices.length > 1 ? { above: lines.slice(0, start), choices } : undefined;
}

/** Which choice of a menu on a screen Enter would take, counted from 0; also of one in a frame. `undefined` where none is marked. */
export function markedChoice(lines: readonly string[]): number | undefined {
  const marked = lines.map((line) => line.replace(/^\s*│/, "")).findLast((line) => chosen.test(line));
  return marked === undefined ? undefined : Number(choice.exec(marked)?.[1]) - 1;
}
