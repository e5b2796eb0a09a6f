import { needsUser } from "../../fleet/watch/status.ts";
import { counted, cut, folded, harmless, oneLine } from "../../output/text.ts";
import { type Line, textOf } from "./line.ts";
import { keyManual } from "./manual.ts";
import { selectedAgent, shownAgents } from "./rows.ts";
import type { Dialog, ScreenState } from "./state.ts";

/** A key and what it does, as it is shown. */
type Hint = readonly [key: string, does: string];

/** What a line of the footer is, which is how it looks. */
export interface FooterLine {
  readonly text: string;
  readonly kind: "plain" | "trouble" | "hints" | "question";
  /** Where the caret stands, in columns; nothing is typed on a line without one. */
  readonly caret?: number;
}

/** Of a question at most so many lines are shown above its choices; all of it is on the agent's screen. */
const mostQuestionLines = 6;
/** What went wrong is said in full where it fits. */
const mostTroubleLines = 3;
/** Of what is being typed at most so many lines are shown, the last ones. */
const mostTypedLines = 4;

/** The lines below everything, none wider than the screen: what is asked or was done, and what the keys do. */
export function footerLines(state: ScreenState): readonly FooterLine[] {
  const { columns } = state.size;
  const above = state.dialog === undefined ? [] : dialogLines(state, state.dialog);
  const notice = above.length > 0 && state.notice?.isTrouble !== true ? [] : statusLines(state);
  const hints: FooterLine = { text: hintLine(state, columns), kind: "hints" };
  return [...above, ...notice, hints].map((line) => ({ ...line, text: cut(line.text, columns) }));
}

function statusLines(state: ScreenState): readonly FooterLine[] {
  const { notice, running, size } = state;
  if (notice?.isTrouble === true) {
    const lines = folded(oneLine(notice.text), size.columns).slice(0, mostTroubleLines);
    return lines.map((text) => ({ text, kind: "trouble" }));
  }
  if (notice !== undefined) return [{ text: oneLine(notice.text), kind: "plain" }];
  return [{ text: running.length > 0 ? oneLine(`${running.join(", ")} ...`) : summary(state), kind: "plain" }];
}

/** `5 agents, 3 need you · 2 marked · filter: auth · 4 more elsewhere` */
function summary(state: ScreenState): string {
  const { agents, marked, filter, elsewhere, remarks, picks } = state;
  if (agents === undefined) return "looking ...";
  const shown = shownAgents(state);
  const inNeed = shown.filter(({ status }) => needsUser(status)).length;
  const need = inNeed === 0 || picks ? "" : `, ${inNeed} ${inNeed === 1 ? "needs" : "need"} you`;
  const count =
    filter === "" ? counted(agents.length, "agent") : `${shown.length} of ${counted(agents.length, "agent")}`;
  return [
    picks ? `${count} waiting for you: which one?` : count + need,
    ...(marked.size === 0 ? [] : [`${marked.size} marked`]),
    ...(filter === "" ? [] : [`filter: ${oneLine(filter)}`]),
    ...(elsewhere === 0 || picks ? [] : [`${elsewhere} in other repositories (A)`]),
    ...remarks.map(oneLine),
  ].join(" · ");
}

function dialogLines(state: ScreenState, dialog: Dialog): readonly FooterLine[] {
  const { columns } = state.size;
  switch (dialog.kind) {
    case "help":
      return [];
    case "filter":
      return typedLines("/", dialog.line, columns);
    case "prompt":
      return typedLines(`prompt for ${named(state, dialog.ids)}: `, dialog.line, columns);
    case "branch":
      return typedLines("branch of the new agent: ", dialog.line, columns);
    case "task":
      return typedLines(`prompt for ${oneLine(dialog.branch)}: `, dialog.line, columns);
    case "kill":
      return folded(`kill ${counted(dialog.ids.length, "agent")}: ${names(state, dialog.ids)}?`, columns)
        .slice(0, mostQuestionLines)
        .map((text) => ({ text, kind: "question" }));
    case "question":
      return questionLines(state, dialog);
  }
}

function questionLines(state: ScreenState, dialog: Extract<Dialog, { kind: "question" }>): readonly FooterLine[] {
  const { columns } = state.size;
  const branch = named(state, [dialog.id]);
  const { question } = dialog;
  if (question === undefined) return [{ text: `reading what ${branch} asks ...`, kind: "plain" }];
  const asked = harmless(question.text)
    .split("\n")
    .flatMap((line) => folded(line, columns));
  const text = asked.length > mostQuestionLines ? [...asked.slice(0, mostQuestionLines - 1), "…"] : asked;
  const digits = String(question.choices.length).length;
  const choices = question.choices.map(
    (choice, index) => `  ${String(index + 1).padStart(digits)}  ${oneLine(choice)}`,
  );
  const answer = choices.length === 0 ? "answer: " : "choice: ";
  return [
    ...[`${branch} asks:`, ...text].map((line): FooterLine => ({ text: line, kind: "question" })),
    ...choices.map((line): FooterLine => ({ text: line, kind: "plain" })),
    ...(choices.length === 0 || textOf(dialog.line) !== "" ? typedLines(answer, dialog.line, columns) : []),
  ];
}

function named({ agents = [] }: ScreenState, ids: readonly string[]): string {
  const [first, ...others] = ids;
  if (others.length > 0) return counted(ids.length, "agent");
  return oneLine(agents.find(({ entry }) => entry.id === first)?.entry.branch ?? "an agent that has gone");
}

function names({ agents = [] }: ScreenState, ids: readonly string[]): string {
  return agents
    .filter(({ entry }) => ids.includes(entry.id))
    .map(({ entry }) => oneLine(entry.branch))
    .join(", ");
}

/** What is typed behind a label: the line with the caret and as much above it as there is room for. */
function typedLines(label: string, line: Line, columns: number): readonly FooterLine[] {
  const above = `${label}${line.before}`.split("\n").map(harmless);
  const current = above.pop() ?? "";
  const [rest = "", ...below] = line.after.split("\n").map(harmless);
  // So much is cut off at its left that the caret is to be seen.
  const start = beyond(current, columns - 2);
  const typed: FooterLine = { text: `${start}${rest}` || " ", kind: "question", caret: Bun.stringWidth(start) };
  const around = (texts: readonly string[]) => texts.map((text): FooterLine => ({ text, kind: "question" }));
  return [
    ...around(above.slice(-(mostTypedLines - 1))),
    { ...typed, text: cut(typed.text, columns) },
    ...around(below.slice(0, Math.max(0, mostTypedLines - 1 - above.length))),
  ];
}

/** The end of a text that is at most so many columns wide, with an ellipsis where its beginning is missing. */
function beyond(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  const segments = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  let result = "";
  for (const segment of segments.toReversed()) {
    if (Bun.stringWidth(segment + result) > width - 1) break;
    result = segment + result;
  }
  return `…${result}`;
}

function hintsOf(state: ScreenState): readonly Hint[] {
  const { dialog, picks, shows } = state;
  switch (dialog?.kind) {
    case "help":
      return hasMoreKeys(state) ? moreKeys : [["any key", "back"]];
    case "filter":
      return [
        ["enter", "keep"],
        ["esc", "as before"],
        ["↑↓", "move"],
      ];
    case "kill":
      return [
        ["y", "kill"],
        ["any other key", "back"],
      ];
    case "question":
      return choiceHints(dialog.question?.choices.length ?? 0, textOf(dialog.line));
    case "prompt":
    case "branch":
    case "task":
      return typingHints;
    case undefined:
  }
  const looking: readonly Hint[] = [
    ["l", "said"],
    ["d", "diff"],
    ["s", "screen"],
  ];
  if (picks) return [["enter", "attach"], ...looking, ["/", "filter"]];
  if (selectedAgent(state) === undefined) return withoutAgents;
  const asks = selectedAgent(state)?.status.word === "waiting";
  return [
    ["enter", "attach"],
    ...(asks ? [answer] : []),
    ...(shows === undefined ? looking : [["esc", "close"] as const, ["J K", "scroll"] as const]),
    ...(asks ? [] : [answer]),
    ["p", "prompt"],
    ["x", "kill"],
    ["u", "undo"],
    ["n", "new"],
    ["space", "mark"],
    ["/", "filter"],
    ["g", "group"],
    ["i", "interrupt"],
    ["r", "resume"],
  ];
}

const moreKeys: readonly Hint[] = [
  ["j k", "scroll"],
  ["any other key", "back"],
];

/** What the keys do takes more lines than there are above the two of the footer. */
function hasMoreKeys({ size }: ScreenState): boolean {
  return keyManual(size.columns).length > size.rows - 2;
}

function choiceHints(count: number, begun: string): readonly Hint[] {
  if (count === 0) return typingHints;
  const enter: Hint = begun === "" ? ["enter", "attach"] : ["enter", `take ${begun}`];
  return [[count === 1 ? "1" : `1-${count}`, "choose"], enter, ["esc", "back"]];
}

const withoutAgents: readonly Hint[] = [
  ["n", "new"],
  ["A", "all repositories"],
  ["u", "undo"],
];

const answer: Hint = ["a", "answer"];

const typingHints: readonly Hint[] = [
  ["enter", "send"],
  ["esc", "back"],
  ["ctrl-j", "new line"],
];

/** Those are always shown. */
const wayOut: readonly Hint[] = [
  ["?", "help"],
  ["q", "quit"],
];

/** As many hints as fit on a line, the first first, then how to get help and out. */
function hintLine(state: ScreenState, columns: number): string {
  const end = state.dialog === undefined ? hintText(wayOut) : "";
  const room = columns - (end === "" ? 0 : end.length + gap.length);
  let line = "";
  for (const hint of hintsOf(state)) {
    const longer = [line, hintText([hint])].filter(Boolean).join(gap);
    if (Bun.stringWidth(longer) > room) break;
    line = longer;
  }
  return [line, end].filter(Boolean).join(gap);
}

const gap = "  ";

function hintText(hints: readonly Hint[]): string {
  return hints.map(([key, does]) => `${key} ${does}`).join(gap);
}
