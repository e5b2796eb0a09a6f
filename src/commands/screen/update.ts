import type { Question } from "../../agents/choices.ts";
import type { ShownAgent } from "../../api/agents.ts";
import { saidOf } from "../../fleet/watch/status.ts";
import type { Size } from "../../output/full-screen.ts";
import type { Key } from "../../output/keys.ts";
import { cancelled, inDialog, isTyping } from "./dialogs.ts";
import { footerLines } from "./footer.ts";
import { layoutOf, topFor } from "./layout.ts";
import { movedBy, movedOn, scrolledBy } from "./moving.ts";
import { previewLines } from "./preview.ts";
import { listRows, selectedAgent, shownAgents, targets } from "./rows.ts";
import { type Effect, emptyLine, type Killed, type Preview, type PreviewKind, type ScreenState } from "./state.ts";
import { type Step, step } from "./step.ts";

/** What can happen to a screen. */
export type ScreenEvent =
  | { readonly kind: "key"; readonly key: Key }
  | { readonly kind: "resized"; readonly size: Size }
  | {
      readonly kind: "looked";
      readonly agents: readonly ShownAgent[];
      readonly elsewhere: number;
      readonly remarks: readonly string[];
    }
  | { readonly kind: "previewed"; readonly preview: Preview }
  | { readonly kind: "asked"; readonly id: string; readonly question: Question }
  /** Something that takes a while goes on, under this name. */
  | { readonly kind: "began"; readonly what: string }
  /** It is over, and this is to be said. Agents that were killed can be brought back. */
  | {
      readonly kind: "ended";
      readonly what: string;
      readonly text: string;
      readonly isTrouble: boolean;
      readonly killed?: readonly Killed[];
    }
  | { readonly kind: "told"; readonly text: string; readonly isTrouble: boolean };

/** What an event makes of a screen. */
export function update(state: ScreenState, event: ScreenEvent): Step {
  const { state: next, effects } = changed(state, event);
  return { state: settled(next, state), effects };
}

function changed(state: ScreenState, event: ScreenEvent): Step {
  switch (event.kind) {
    case "key":
      return pressed(state, event.key);
    case "resized":
      return step({ ...state, size: event.size });
    case "looked":
      return step(looked(state, event));
    case "previewed":
      return step({ ...state, preview: event.preview });
    case "asked":
      return step(asked(state, event));
    case "began":
      return step({ ...state, running: [...state.running, event.what] });
    case "ended":
      return step(ended(state, event));
    case "told":
      return step({ ...state, notice: { text: event.text, isTrouble: event.isTrouble } });
  }
}

type Happened<Kind extends ScreenEvent["kind"]> = Extract<ScreenEvent, { kind: Kind }>;

function looked(state: ScreenState, { agents, elsewhere, remarks }: Happened<"looked">): ScreenState {
  const there = new Set(agents.map(({ entry }) => entry.id));
  return { ...state, agents, elsewhere, remarks, marked: new Set([...state.marked].filter((id) => there.has(id))) };
}

/** The answer to what was asked for; the user may have left that dialog meanwhile. */
function asked(state: ScreenState, { id, question }: Happened<"asked">): ScreenState {
  const { dialog } = state;
  if (dialog?.kind !== "question" || dialog.id !== id) return state;
  return { ...state, dialog: { ...dialog, question } };
}

function ended(state: ScreenState, { what, text, isTrouble, killed = [] }: Happened<"ended">): ScreenState {
  const index = state.running.indexOf(what);
  const { dialog } = state;
  // A question that could not be read is not waited for any longer.
  const isUnasked = isTrouble && dialog?.kind === "question" && dialog.question === undefined;
  return {
    ...state,
    dialog: isUnasked ? undefined : dialog,
    running: state.running.filter((_, position) => position !== index),
    notice: text === "" ? state.notice : { text, isTrouble },
    kills: killed.length === 0 ? state.kills : [...state.kills, killed],
  };
}

/** The cursor on an agent that is shown, in view; the preview no further than it goes. */
function settled(state: ScreenState, before: ScreenState): ScreenState {
  const agents = shownAgents(state);
  const ids = agents.map(({ entry }) => entry.id);
  const selected =
    state.selected !== undefined && ids.includes(state.selected) ? state.selected : neighbour(state, before, ids);
  const moved: ScreenState = { ...state, selected, scrolled: selected === before.selected ? state.scrolled : 0 };
  const rows = listRows(moved);
  const { list, preview } = layoutOf(moved, footerLines(moved).length, rows.length);
  const row = rows.findIndex((each) => each.kind === "agent" && each.agent.entry.id === selected);
  const top = topFor(Math.max(0, row), moved.top, list, rows.length);
  // The name of its batch comes into view with the first of its agents.
  const shifted = top === row && top > 0 && rows[top - 1]?.kind === "batch" && list > 1 ? top - 1 : top;
  const furthest = moved.scrolled === 0 ? 0 : Math.max(0, previewLines(moved).length - preview);
  return { ...moved, top: shifted, scrolled: Math.max(0, Math.min(moved.scrolled, furthest)) };
}

/** The agent that took the place of the one that has gone, or the last one. */
function neighbour(state: ScreenState, before: ScreenState, ids: readonly string[]): string | undefined {
  const index = shownAgents(before).findIndex(({ entry }) => entry.id === state.selected);
  return ids[Math.min(Math.max(0, index), ids.length - 1)];
}

function pressed(state: ScreenState, key: Key): Step {
  if (key.kind === "control" && key.letter === "z") return step(state, { kind: "suspend" });
  if (key.kind === "control" && key.letter === "l") return step(state, { kind: "redraw" });
  if (key.kind === "control" && key.letter === "c") return interrupted(state);
  if (key.kind === "text") return typed(state, [...key.text]);
  if (state.dialog !== undefined) return inDialog(state, state.dialog, key);
  const moved = movedBy(state, key);
  if (moved !== undefined) return step(moved);
  return key.kind === "named" ? named({ ...state, notice: undefined }, key.name) : step(state);
}

/** Ctrl-C leaves what is being typed, and where nothing is, the screen. */
function interrupted(state: ScreenState): Step {
  return state.dialog === undefined ? step(state, { kind: "leave" }) : step(cancelled(state, state.dialog));
}

/** Several characters may come at once, when a user is fast or a machine is slow: they mean what they mean one after the other. */
function typed(state: ScreenState, characters: readonly string[]): Step {
  const [character, ...rest] = characters;
  if (character === undefined) return step(state);
  const { dialog } = state;
  if (dialog !== undefined && isTyping(dialog))
    return inDialog(state, dialog, { kind: "text", text: characters.join("") });
  const first =
    dialog === undefined
      ? command({ ...state, notice: undefined }, character)
      : inDialog(state, dialog, { kind: "text", text: character });
  if (first.effects.some(givesUpKeyboard)) return first;
  const others = typed(settled(first.state, state), rest);
  return { state: others.state, effects: [...first.effects, ...others.effects] };
}

/** What is typed after that is not meant for the screen. */
function givesUpKeyboard({ kind }: Effect): boolean {
  return kind === "leave" || kind === "attach" || kind === "suspend";
}

function named(state: ScreenState, name: string): Step {
  if (name === "enter") {
    const { selected } = state;
    return selected === undefined ? step(state) : step(state, { kind: "attach", id: selected });
  }
  if (name === "escape") return step(backedOut(state));
  return step(state);
}

/** Escape takes back one thing after the other. */
function backedOut(state: ScreenState): ScreenState {
  if (state.shows !== undefined) return { ...state, shows: undefined };
  if (state.marked.size > 0) return { ...state, marked: new Set() };
  return { ...state, filter: "" };
}

function command(state: ScreenState, character: string): Step {
  const shared = forAll[character];
  if (shared !== undefined) return shared(state);
  return (state.picks ? undefined : forAgents[character])?.(state) ?? step(state);
}

/** Keys that look. */
const forAll: Readonly<Record<string, (state: ScreenState) => Step>> = {
  q: (state) => step(state, { kind: "leave" }),
  "?": (state) => step({ ...state, dialog: { kind: "help", scrolled: 0 } }),
  "/": (state) =>
    step({ ...state, dialog: { kind: "filter", line: { before: state.filter, after: "" }, before: state.filter } }),
  j: (state) => step(movedOn(state, 1)),
  k: (state) => step(movedOn(state, -1)),
  G: (state) => step(movedOn(state, Number.POSITIVE_INFINITY)),
  g: (state) => step({ ...state, grouped: !state.grouped }),
  l: (state) => step(showing(state, "said")),
  d: (state) => step(showing(state, "diff")),
  s: (state) => step(showing(state, "screen")),
  J: (state) => step(scrolledBy(state, 1)),
  K: (state) => step(scrolledBy(state, -1)),
  A: (state) => step({ ...state, everywhere: !state.everywhere }, { kind: "look" }),
  m: mouseHandedOver,
};

/** Who selects text has the mouse of the terminal, not of the screen. */
function mouseHandedOver(state: ScreenState): Step {
  const isOurs = !state.hasMouse;
  const text = isOurs ? "the mouse moves the cursor again" : "the mouse selects text; m takes it back";
  return step({ ...state, hasMouse: isOurs, notice: { text, isTrouble: false } }, { kind: "mouse", isOurs });
}

/** Keys that do something with agents. */
const forAgents: Readonly<Record<string, (state: ScreenState) => Step>> = {
  " ": (state) => step(movedOn(marking(state, ids([selectedAgent(state)])), 1)),
  b: (state) => step(marking(state, ids(batchOfSelected(state)))),
  p: (state) =>
    withTargets(state, (chosen) => step({ ...state, dialog: { kind: "prompt", ids: chosen, line: emptyLine } })),
  a: answering,
  i: (state) =>
    withTargets(state, (chosen) => step({ ...state, marked: new Set() }, { kind: "interrupt", ids: chosen })),
  r: (state) => withTargets(state, (chosen) => step({ ...state, marked: new Set() }, { kind: "resume", ids: chosen })),
  x: (state) =>
    withTargets(state, (chosen) =>
      chosen.length === 1
        ? step({ ...state, marked: new Set() }, { kind: "kill", ids: chosen })
        : step({ ...state, dialog: { kind: "kill", ids: chosen } }),
    ),
  u: (state) =>
    step({ ...state, kills: state.kills.slice(0, -1) }, { kind: "restore", killed: state.kills.at(-1) ?? [] }),
  n: (state) => step({ ...state, dialog: { kind: "branch", line: emptyLine } }),
};

function ids(agents: readonly (ShownAgent | undefined)[]): string[] {
  return agents.flatMap((agent) => agent?.entry.id ?? []);
}

function withTargets(state: ScreenState, then: (ids: readonly string[]) => Step): Step {
  const chosen = ids(targets(state));
  return chosen.length === 0 ? step(told(state, "there is no agent here; n starts one")) : then(chosen);
}

function told(state: ScreenState, text: string): ScreenState {
  return { ...state, notice: { text, isTrouble: true } };
}

/** One of the marked that asks, or the one under the cursor. */
function answering(state: ScreenState): Step {
  const agent = selectedAgent(state);
  if (agent === undefined) return withTargets(state, () => step(state));
  if (agent.status.word !== "waiting")
    return step(told(state, `${agent.entry.branch} asks nothing: it ${saidOf(agent.status.word)}`));
  const { id } = agent.entry;
  return step(
    { ...state, dialog: { kind: "question", id, question: undefined, line: emptyLine } },
    { kind: "ask", id },
  );
}

/** Marks agents, or unmarks them when all of them are marked. */
function marking(state: ScreenState, chosen: readonly string[]): ScreenState {
  const marked = new Set(state.marked);
  const isMarked = chosen.every((id) => marked.has(id));
  for (const id of chosen) {
    if (isMarked) marked.delete(id);
    else marked.add(id);
  }
  return { ...state, marked };
}

function batchOfSelected(state: ScreenState): readonly ShownAgent[] {
  const batch = selectedAgent(state)?.entry.batch_id;
  return shownAgents(state).filter(({ entry }) => entry.batch_id === batch);
}

/** The same key again puts the preview away. */
function showing(state: ScreenState, kind: PreviewKind): ScreenState {
  return { ...state, shows: state.shows === kind ? undefined : kind, scrolled: 0 };
}
