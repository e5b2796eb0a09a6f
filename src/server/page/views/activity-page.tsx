import { Since } from "../parts/status.tsx";
import { type Activity, activities, cancel } from "../state/activity.ts";
import { counted, oneLine } from "../words.ts";
import { Blank } from "./conditions.tsx";
import { KilledLately } from "./killed-lately.tsx";

/** All that was asked for in this tab: how far it is, and what came of it. */
export function ActivityPage() {
  return (
    <div class="activity">
      <div class="page-head">
        <h1>Activity</h1>
      </div>
      {activities.value.length === 0 ? (
        <Blank icon="activity" title="Nothing was done from this tab yet">
          What you start here is followed here: its steps, its end, and how to undo it.
        </Blank>
      ) : (
        <ul class="activities">
          {activities.value.map((activity) => (
            <Entry key={activity.id} activity={activity} />
          ))}
        </ul>
      )}
      <KilledLately />
    </div>
  );
}

function Entry({ activity }: { readonly activity: Activity }) {
  return (
    <li class={`activity-entry ${activity.state}`}>
      <div class="activity-head">
        <span class="activity-state">{stateWords[activity.state]}</span>
        <bdi class="activity-title">{oneLine(activity.title)}</bdi>
        <span class="faint">
          <Since at={new Date(activity.startedAt).toISOString()} />
        </span>
        {activity.state === "running" && (
          <button type="button" onClick={() => void cancel(activity)}>
            Cancel
          </button>
        )}
        {activity.undo !== undefined && (
          <button type="button" onClick={activity.undo.run}>
            {activity.undo.label}
          </button>
        )}
      </div>
      <ActivityLines activity={activity} />
    </li>
  );
}

const stateWords = { running: "running", done: "done", partly: "not all", failed: "failed" } as const;

/** The steps and the results of something that was done: once there are results, they say more than the way there. */
function ActivityLines({ activity }: { readonly activity: Activity }) {
  const { steps, present, results } = activity;
  return (
    <>
      {steps.length > 0 && results.length === 0 && <Steps steps={steps} />}
      {present !== undefined && <p class="activity-present">{present}</p>}
      {results.length > 0 && (
        <ul class="activity-results">
          {results.map(({ branch, text, hint, well }, index) => (
            <li key={index} class={well ? "" : "not-well"}>
              {branch !== undefined && <bdi class="branch">{oneLine(branch)}</bdi>} <bdi>{oneLine(text)}</bdi>
              {hint !== undefined && <bdi class="hint">{oneLine(hint)}</bdi>}
            </li>
          ))}
        </ul>
      )}
      {steps.length > 0 && results.length > 0 && (
        <details class="activity-way">
          <summary>{counted(steps.length, "step")}</summary>
          <Steps steps={steps} />
        </details>
      )}
    </>
  );
}

const mostSteps = 40;

function Steps({ steps }: { readonly steps: readonly string[] }) {
  return (
    <ol class="activity-steps">
      {steps.slice(-mostSteps).map((step, index) => (
        <li key={index}>
          <bdi>{step}</bdi>
        </li>
      ))}
    </ol>
  );
}
