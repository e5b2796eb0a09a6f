import type { Question } from "../../agents/choices.ts";
import type { Key } from "../../output/keys.ts";
import { edited, type Line, textOf } from "./line.ts";
import { movedBy } from "./moving.ts";
import { type Dialog, emptyLine, type ScreenState } from "./state.ts";
import { type Step, step } from "./step.ts";

/** Whether what comes next is text, to its end. */
export function isTyping(dialog: Dialog): boolean {
  if (dialog.kind === "question") return dialog.question !== undefined && dialog.question.choices.length === 0;
  return dialog.kind !== "help" && dialog.kind !== "kill";
}

/** The screen as it was before the dialog. */
export function cancelled(state: ScreenState, dialog: Dialog): ScreenState {
  return { ...state, dialog: undefined, filter: dialog.kind === "filter" ? dialog.before : state.filter };
}

/** What a key means to who is being asked or told something. */
export function inDialog(state: ScreenState, dialog: Dialog, key: Key): Step {
  if (key.kind === "named" && key.name === "escape") return step(cancelled(state, dialog));
  switch (dialog.kind) {
    case "help":
      return inHelp(state, dialog.scrolled, key);
    case "kill":
      return inKill(state, dialog.ids, key);
    case "question": {
      const { question } = dialog;
      if (question === undefined) return step(state);
      return question.choices.length > 0 ? choosing(state, dialog, question, key) : typing(state, dialog, key);
    }
    case "filter": {
      const moved = isVertical(key) ? movedBy(state, key) : undefined;
      return moved === undefined ? typing(state, dialog, key) : step(moved);
    }
    default:
      return typing(state, dialog, key);
  }
}

/** Arrows move in the list while it is being filtered. */
function isVertical(key: Key): boolean {
  return key.kind === "mouse" || (key.kind === "named" && ["up", "down", "page-up", "page-down"].includes(key.name));
}

type Typing = Extract<Dialog, { readonly line: Line }>;

function typing(state: ScreenState, dialog: Typing, key: Key): Step {
  if (key.kind === "named" && key.name === "enter") return entered(state, dialog);
  const line = edited(dialog.line, isOneLine(dialog) ? onOneLine(key) : key);
  if (line === undefined) return step(state);
  const filter = dialog.kind === "filter" ? textOf(line) : state.filter;
  return step({ ...state, filter, dialog: { ...dialog, line } });
}

function isOneLine({ kind }: Dialog): boolean {
  return kind === "filter" || kind === "branch";
}

function onOneLine(key: Key): Key {
  return key.kind === "paste" ? { ...key, text: key.text.trim().replace(/\s*\n\s*/g, " ") } : key;
}

function inHelp(state: ScreenState, scrolled: number, key: Key): Step {
  const distances: Readonly<Record<string, number>> = { j: 1, k: -1, down: 1, up: -1, "page-down": 10, "page-up": -10 };
  const distance = distances[nameOf(key)];
  if (distance === undefined) return key.kind === "mouse" ? step(state) : step({ ...state, dialog: undefined });
  return step({ ...state, dialog: { kind: "help", scrolled: Math.max(0, scrolled + distance) } });
}

function nameOf(key: Key): string {
  if (key.kind === "text") return key.text;
  return key.kind === "named" ? key.name : "";
}

function inKill(state: ScreenState, chosen: readonly string[], key: Key): Step {
  if (key.kind === "mouse") return step(state);
  const isYes = key.kind === "text" && key.text === "y";
  const closed: ScreenState = { ...state, dialog: undefined };
  return isYes ? step({ ...closed, marked: new Set() }, { kind: "kill", ids: chosen }) : step(closed);
}

type Asking = Extract<Dialog, { readonly kind: "question" }>;

/** A choice is taken as soon as no other number begins like its own; Enter takes a shorter one. Without a number Enter attaches. */
function choosing(state: ScreenState, dialog: Asking, { choices }: Question, key: Key): Step {
  const closed: ScreenState = { ...state, dialog: undefined };
  const take = (choice: string) => step(closed, { kind: "answer", id: dialog.id, choice });
  if (key.kind === "named" && key.name === "enter") {
    const typed = textOf(dialog.line);
    return typed === "" ? step(closed, { kind: "attach", id: dialog.id }) : take(typed);
  }
  const line = edited(dialog.line, key);
  if (line === undefined) return step(state);
  const number = textOf(line);
  if (number !== "" && !isNumberOf(choices, number)) return step(state);
  const isWhole = number !== "" && Number(`${number}0`) > choices.length;
  return isWhole ? take(number) : step({ ...state, dialog: { ...dialog, line } });
}

function isNumberOf(choices: readonly string[], text: string): boolean {
  return /^[1-9]\d*$/.test(text) && Number(text) <= choices.length;
}

/** Enter ends what was typed. */
function entered(state: ScreenState, dialog: Typing): Step {
  const text = textOf(dialog.line);
  const closed: ScreenState = { ...state, dialog: undefined };
  if (dialog.kind === "filter") return step(closed);
  if (text.trim() === "" && dialog.kind !== "task") return step(closed);
  switch (dialog.kind) {
    case "prompt":
      return step({ ...closed, marked: new Set() }, { kind: "prompt", ids: dialog.ids, text });
    case "question":
      return step(closed, { kind: "answer", id: dialog.id, choice: text });
    case "branch":
      return step({ ...state, dialog: { kind: "task", branch: text.trim(), line: emptyLine } });
    case "task":
      return step(closed, { kind: "create", branch: dialog.branch, prompt: text.trim() });
  }
}
