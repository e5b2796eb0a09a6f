import { useEffect } from "preact/hooks";
import { Icon } from "../parts/icon.tsx";
import { type Activity, activities, cancel, dismiss } from "../state/activity.ts";
import { now } from "../state/clock.ts";
import { oneLine } from "../words.ts";

const mostAtOnce = 4;
const readFor = 6000;
/** Long enough to notice that it was the wrong one. */
const undoFor = 15_000;
/** What is over sooner nobody could have given up. */
const cancelAfter = 2000;

/** What was just done, in a corner: how far it is, what came of it, and its undo. What failed stays until it is dismissed. */
export function Toasts() {
  const announced = activities.value.filter((activity) => activity.announced).slice(0, mostAtOnce);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {announced.map((activity) => (
        <Toast key={activity.id} activity={activity} />
      ))}
    </div>
  );
}

function Toast({ activity }: { readonly activity: Activity }) {
  const { id, state, title, startedAt, undo } = activity;
  useEffect(() => {
    if (state !== "done") return;
    const timer = setTimeout(() => dismiss(id), undo === undefined ? readFor : undoFor);
    return () => clearTimeout(timer);
  }, [id, state, undo]);
  return (
    <div class={`toast ${state}`}>
      <div class="toast-text">
        <bdi class="toast-title">{oneLine(title)}</bdi>
        <Summary activity={activity} />
      </div>
      {state === "running" && now.value - startedAt > cancelAfter && (
        <button type="button" onClick={() => void cancel(activity)}>
          Cancel
        </button>
      )}
      {undo !== undefined && (
        <button
          type="button"
          onClick={() => {
            dismiss(id);
            undo.run();
          }}
        >
          {undo.label}
        </button>
      )}
      <button type="button" class="icon-button" aria-label={`Dismiss: ${title}`} onClick={() => dismiss(id)}>
        <Icon name="close" />
      </button>
    </div>
  );
}

function Summary({ activity: { state, steps, present, results } }: { readonly activity: Activity }) {
  if (state === "running") return <span class="toast-note">{present ?? steps.at(-1) ?? "Under way"}</span>;
  const bad = results.filter(({ well }) => !well);
  if (bad.length === 0)
    return <span class="toast-note">{doneWords(results.map(({ text, short }) => short ?? text))}</span>;
  return (
    <ul>
      {bad.slice(0, 3).map(({ branch, text, hint }, index) => (
        <li key={index}>
          {branch !== undefined && <bdi class="branch">{oneLine(branch)}</bdi>} <bdi>{oneLine(text)}</bdi>
          {hint !== undefined && <bdi class="hint">{oneLine(hint)}</bdi>}
        </li>
      ))}
      {bad.length > 3 && <li class="faint">and {bad.length - 3} more</li>}
    </ul>
  );
}

/** One word where all have the same one. */
function doneWords(texts: readonly string[]): string {
  const [first = "", ...others] = [...new Set(texts)];
  return others.length === 0 && first !== "" ? oneLine(first) : "done";
}
