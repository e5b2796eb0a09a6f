import type { Effect, ScreenState } from "./state.ts";

/** A screen after an event, and what is to be done because of it. */
export interface Step {
  readonly state: ScreenState;
  readonly effects: readonly Effect[];
}

/** A step to this state. */
export function step(state: ScreenState, ...effects: readonly Effect[]): Step {
  return { state, effects };
}
