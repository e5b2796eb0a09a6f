import type { Question } from "../../agents/choices.ts";
import type { ShownAgent } from "../../api/agents.ts";
import type { Size } from "../../output/full-screen.ts";
import { type Line, lineOf } from "./line.ts";

/** What the lower part of the screen can show of an agent: what was said, what it changed, what its terminal shows. */
export type PreviewKind = "said" | "diff" | "screen";

/** What was read for the preview. */
export interface Preview {
  readonly id: string;
  readonly kind: PreviewKind;
  /** Foreign text, made harmless. */
  readonly lines: readonly string[];
}

/** What the user is being asked, or told, before anything else goes on. */
export type Dialog =
  | { readonly kind: "help"; readonly scrolled: number }
  /** The filter that is being typed, and the one before it. */
  | { readonly kind: "filter"; readonly line: Line; readonly before: string }
  | { readonly kind: "prompt"; readonly ids: readonly string[]; readonly line: Line }
  /** Without a question as long as that is being read. */
  | { readonly kind: "question"; readonly id: string; readonly question: Question | undefined; readonly line: Line }
  | { readonly kind: "branch"; readonly line: Line }
  | { readonly kind: "task"; readonly branch: string; readonly line: Line }
  | { readonly kind: "kill"; readonly ids: readonly string[] };

/** A word to the user about what was done, until the next key. */
export interface Notice {
  readonly text: string;
  readonly isTrouble: boolean;
}

/** An agent that was killed from here. */
export interface Killed {
  readonly branch: string;
  readonly repo: string;
}

/** Everything that is on the screen, and what is needed to go on from there. */
export interface ScreenState {
  readonly size: Size;
  /** In the order of the list; `undefined` before the first look. */
  readonly agents: readonly ShownAgent[] | undefined;
  /** How many there are in other repositories, which are not shown. */
  readonly elsewhere: number;
  /** What the look has to say beside: budgets, quotas. */
  readonly remarks: readonly string[];
  /** Only an agent is chosen, to be attached to. */
  readonly picks: boolean;
  readonly grouped: boolean;
  /** Agents of all repositories are shown. */
  readonly everywhere: boolean;
  readonly filter: string;
  /** The id of the agent that the keys are about. */
  readonly selected: string | undefined;
  readonly marked: ReadonlySet<string>;
  /** The mouse moves the cursor, instead of selecting text as the terminal has it. */
  readonly hasMouse: boolean;
  /** How many rows of the list are above the first that is shown. */
  readonly top: number;
  readonly shows: PreviewKind | undefined;
  readonly preview: Preview | undefined;
  /** How many lines the preview is away from where it starts: the end of what was said, the beginning of a diff. */
  readonly scrolled: number;
  readonly dialog: Dialog | undefined;
  readonly notice: Notice | undefined;
  /** What was killed from here, the last kill last. */
  readonly kills: readonly (readonly Killed[])[];
  /** What goes on behind the screen. */
  readonly running: readonly string[];
}

/** What the driver of the screen is asked to do. */
export type Effect =
  | { readonly kind: "leave" }
  | { readonly kind: "suspend" }
  | { readonly kind: "redraw" }
  | { readonly kind: "look" }
  | { readonly kind: "mouse"; readonly isOurs: boolean }
  | { readonly kind: "attach"; readonly id: string }
  | { readonly kind: "ask"; readonly id: string }
  | { readonly kind: "answer"; readonly id: string; readonly choice: string }
  | { readonly kind: "prompt"; readonly ids: readonly string[]; readonly text: string }
  | { readonly kind: "interrupt"; readonly ids: readonly string[] }
  | { readonly kind: "resume"; readonly ids: readonly string[] }
  | { readonly kind: "kill"; readonly ids: readonly string[] }
  | { readonly kind: "restore"; readonly killed: readonly Killed[] }
  | { readonly kind: "create"; readonly branch: string; readonly prompt: string };

/** How a screen begins. */
export interface Beginning {
  readonly size: Size;
  readonly picks: boolean;
  readonly grouped: boolean;
  readonly everywhere: boolean;
}

/** The screen before the first look. */
export function initialState(beginning: Beginning): ScreenState {
  return {
    ...beginning,
    agents: undefined,
    elsewhere: 0,
    remarks: [],
    filter: "",
    selected: undefined,
    marked: new Set(),
    hasMouse: true,
    top: 0,
    shows: undefined,
    preview: undefined,
    scrolled: 0,
    dialog: undefined,
    notice: undefined,
    kills: [],
    running: [],
  };
}

/** An empty line to type into. */
export const emptyLine = lineOf();
