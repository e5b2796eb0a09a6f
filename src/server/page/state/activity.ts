import { computed, signal } from "@preact/signals";
import { call, cancelOperation, Refusal } from "../connection/call.ts";
import type { Outcome, Outcomes, Progress, RowName, Rows } from "../wire.ts";
import { oneLine } from "../words.ts";

/** Something that was asked for here: what it says while it runs, and what came of it. */
export interface Activity {
  readonly id: string;
  readonly title: string;
  readonly startedAt: number;
  readonly state: "running" | "done" | "partly" | "failed";
  /** What it said on the way, the oldest first. */
  readonly steps: readonly string[];
  /** What it does at this moment. */
  readonly present: string | undefined;
  /** What came of it, a line for each agent. */
  readonly results: readonly Result[];
  /** What takes it back, or puts right what was refused. */
  readonly undo: Undo | undefined;
  /** Whether it still stands in a corner of the page. */
  readonly announced: boolean;
}

export interface Result {
  readonly branch: string | undefined;
  readonly text: string;
  /** What it comes down to, where the text says more. */
  readonly short?: string | undefined;
  readonly hint: string | undefined;
  readonly well: boolean;
}

export interface Undo {
  readonly label: string;
  readonly run: () => void;
}

/** The newest first. */
export const activities = signal<readonly Activity[]>([]);
export const running = computed(() => activities.value.filter(({ state }) => state === "running"));

const kept = 100;

interface Started<Name extends RowName> {
  readonly title: string;
  readonly name: Name;
  readonly input: Rows[Name]["input"];
  readonly directory?: string | undefined;
  /** How to take it back, when it has been done. */
  readonly undo?: (answer: Rows[Name]["answer"]) => Undo | undefined;
  /** What is offered when nothing came of it. */
  readonly mend?: Undo;
  /** It is seen anyway when it went well. */
  readonly quiet?: boolean;
}

/** Does something that takes a while or may fail: its progress and its end are shown. Gives the answer, or nothing when it was refused. */
export async function perform<Name extends RowName>(started: Started<Name>): Promise<Rows[Name]["answer"] | undefined> {
  const id = crypto.randomUUID();
  const { name, input, directory, title, quiet = false } = started;
  const fresh: Activity = {
    id,
    title,
    startedAt: Date.now(),
    state: "running",
    steps: [],
    present: undefined,
    results: [],
    undo: undefined,
    announced: !quiet,
  };
  activities.value = [fresh, ...activities.value].slice(0, kept);
  try {
    const answer = await call(name, input, { directory, operation: id, onProgress: (said) => note(id, said) });
    const results = resultsOf(answer as Outcomes);
    const state = stateOf(results);
    const announced = !quiet || state !== "done";
    const undo = state === "failed" ? started.mend : started.undo?.(answer);
    change(id, { state, results, present: undefined, undo, announced });
    return answer;
  } catch (error) {
    const results = [refusalAsResult(error)];
    change(id, { state: "failed", results, present: undefined, undo: started.mend, announced: true });
    return undefined;
  }
}

/** Gives up something that runs. How it ended is told as always. */
export async function cancel({ id, title }: Activity): Promise<void> {
  try {
    await cancelOperation(id);
  } catch (error) {
    complain(`Cancel: ${title}`, error);
  }
}

/** Takes it out of the corner; it stays in the list of what was done. */
export function dismiss(id: string): void {
  change(id, { announced: false });
}

/** Says that something went wrong that was no operation. */
export function complain(title: string, error: unknown): void {
  const results = [refusalAsResult(error)];
  const told: Activity = {
    id: crypto.randomUUID(),
    title,
    startedAt: Date.now(),
    state: "failed",
    steps: [],
    present: undefined,
    results,
    undo: undefined,
    announced: true,
  };
  activities.value = [told, ...activities.value].slice(0, kept);
}

function change(id: string, changes: Partial<Activity>): void {
  activities.value = activities.value.map((activity) => (activity.id === id ? { ...activity, ...changes } : activity));
}

function note(id: string, said: Progress): void {
  const text = typeof said.text === "string" ? said.text : undefined;
  const branch = typeof said.branch === "string" ? `${said.branch}: ` : "";
  const step = typeof said.step === "string" ? `${said.step} ` : "";
  if (said.kind === "present") {
    change(id, { present: text === undefined ? undefined : oneLine(`${branch}${step}${text}`) });
    return;
  }
  if (text === undefined) return;
  const activity = activities.value.find((each) => each.id === id);
  if (activity !== undefined) change(id, { steps: [...activity.steps, oneLine(`${branch}${step}${text}`)] });
}

function resultsOf(told: Outcomes): Result[] {
  const { winner, agents = [], present = [], written = [], failures = [], not_tried = [] } = told;
  const failed = new Set(failures.map(nameOfFailed));
  return [
    ...(winner === undefined ? [] : [resultOf(winner)]),
    ...agents.filter(({ branch }) => !failed.has(branch)).map(resultOf),
    ...present.map(({ branch }) => ({ branch, text: "was there already", hint: undefined, well: true })),
    ...written.map(({ ticket, agents: of }) => ({ branch: ticket, text: of.join(", "), hint: undefined, well: true })),
    ...failures.map((failure) => ({
      branch: nameOfFailed(failure),
      text: failure.message ?? "failed",
      hint: failure.hint ?? undefined,
      well: false,
    })),
    ...not_tried.map((branch) => ({ branch, text: "not tried after that", hint: undefined, well: false })),
  ];
}

function nameOfFailed(failure: NonNullable<Outcomes["failures"]>[number]): string {
  return "branch" in failure ? failure.branch : failure.ticket;
}

const unwanted = ["refused", "failed", "kept"];

function resultOf(told: Outcome): Result {
  const { branch, outcome = "", reason, test } = told;
  const number = outcome === "" ? undefined : told.pull_request?.number;
  const text = [number == null ? outcome || wordsOf(told) : `${outcome} #${number}`, reason ?? ""]
    .filter((part) => part !== "")
    .join(": ");
  const well = !unwanted.includes(outcome) && (test === undefined || test.outcome === "passed");
  return { branch, text, short: test?.outcome, hint: undefined, well };
}

function wordsOf({ merge, undone, test, running: isRunning }: Outcome): string {
  if (merge !== undefined) {
    return merge.nothing
      ? `${merge.target} had all of it already`
      : `is in ${merge.target} as ${merge.new.slice(0, 7)}`;
  }
  if (undone !== undefined) return `${undone.target} is where it was, ${undone.old.slice(0, 7)}`;
  if (test !== undefined)
    return `${test.outcome}${test.known ? " before, nothing changed since" : ` in ${test.seconds.toFixed(1)} s`}`;
  if (isRunning !== undefined) return isRunning ? "is back and runs" : "is back";
  return "";
}

function stateOf(results: readonly Result[]): Activity["state"] {
  if (results.every(({ well }) => well)) return "done";
  return results.some(({ well }) => well) ? "partly" : "failed";
}

function refusalAsResult(error: unknown): Result {
  const text = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Refusal ? (error.hint ?? undefined) : undefined;
  return { branch: undefined, text, hint, well: false };
}
