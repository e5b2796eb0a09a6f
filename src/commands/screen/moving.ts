import type { Key } from "../../output/keys.ts";
import { footerLines } from "./footer.ts";
import { layoutOf } from "./layout.ts";
import { listRows } from "./rows.ts";
import type { ScreenState } from "./state.ts";

const wheelRows = 3;

/** A screen on which the cursor moved or the preview scrolled; `undefined` when the key does neither. */
export function movedBy(state: ScreenState, key: Key): ScreenState | undefined {
  if (key.kind === "mouse") return moused(state, key);
  if (key.kind === "control") return scrolledByLetter(state, key.letter);
  if (key.kind !== "named") return undefined;
  const page = Math.max(1, layout(state).list - 1);
  const steps: Readonly<Record<string, number>> = {
    up: -1,
    down: 1,
    "page-up": -page,
    "page-down": page,
    home: Number.NEGATIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
  };
  const distance = steps[key.name];
  return distance === undefined ? undefined : movedOn(state, distance);
}

function scrolledByLetter(state: ScreenState, letter: string): ScreenState | undefined {
  const half = Math.max(1, Math.floor(layout(state).preview / 2));
  if (letter === "d") return scrolledBy(state, half);
  return letter === "u" ? scrolledBy(state, -half) : undefined;
}

function layout(state: ScreenState) {
  return layoutOf(state, footerLines(state).length, listRows(state).length);
}

/** The cursor so many rows further on in the list, and no further than that goes. */
export function movedOn(state: ScreenState, distance: number): ScreenState {
  const shown = listRows(state).flatMap((row) => (row.kind === "agent" ? [row.agent.entry.id] : []));
  const index = shown.indexOf(state.selected ?? "");
  const next = Math.max(0, Math.min(shown.length - 1, index + distance));
  return { ...state, selected: shown[next] ?? state.selected };
}

/** The preview so many lines further down. What was said is read from its end, so that further down is less far away from it. */
export function scrolledBy(state: ScreenState, lines: number): ScreenState {
  if (state.shows === undefined) return state;
  return { ...state, scrolled: state.scrolled + (state.shows === "diff" ? lines : -lines) };
}

function moused(state: ScreenState, { action, row }: Extract<Key, { kind: "mouse" }>): ScreenState | undefined {
  const { list } = layout(state);
  const isInList = row > 0 && row <= list;
  if (action !== "press") {
    const direction = action === "wheel-up" ? -1 : 1;
    return isInList || state.shows === undefined ? movedOn(state, direction) : scrolledBy(state, direction * wheelRows);
  }
  const pointed = isInList ? listRows(state)[state.top + row - 1] : undefined;
  return pointed?.kind === "agent" ? { ...state, selected: pointed.agent.entry.id } : state;
}
