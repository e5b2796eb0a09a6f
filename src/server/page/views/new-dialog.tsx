import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../parts/dialog.tsx";
import { CodeField, Segments, submitted } from "../parts/form.tsx";
import { perform } from "../state/activity.ts";
import { expectAgent, ordered } from "../state/agents.ts";
import { current } from "../state/chosen.ts";
import { close, show } from "../state/dialogs.ts";
import { open } from "../state/route.ts";
import { knownRepositories, learnServer } from "../state/server.ts";
import { counted, lastPart, oneLine } from "../words.ts";
import { MachineChoice } from "./machine-choice.tsx";
import { attempts, type Draft, emptyDraft, type Kind, type Plan, planOf } from "./new-agents.ts";

const kinds = [
  { value: "one", label: "One agent" },
  { value: "fanout", label: "Fan-out" },
  { value: "several", label: "A task each" },
] as const;

/** What was filled in and not started, or could not be: it is there again when the dialog is. */
let unsent: Draft | undefined;

/** Starts agents: one, several attempts at one task, or one for each of several tasks. */
export function NewDialog({ kind: first }: { readonly kind: Kind }) {
  const [kind, setKind] = useState(first);
  const [draft, setDraft] = useState<Draft>(
    () => unsent ?? emptyDraft(current.value?.repo ?? knownRepositories.value[0] ?? ""),
  );
  const change = (changes: Partial<Draft>) => {
    unsent = { ...draft, ...changes };
    setDraft(unsent);
  };
  // Machines may have been added since the page was opened.
  useEffect(() => void learnServer().catch(() => undefined), []);
  const plan = planOf(kind, draft);
  const start = () => {
    if (plan.row === undefined) return;
    close();
    void startAgents(kind, plan, draft);
  };
  return (
    <Dialog title="New agents" class="new">
      <form
        class="form"
        onSubmit={submitted(start)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) start();
        }}
      >
        <Segments legend="What to start" name="kind" choices={kinds} value={kind} choose={setKind} />
        {kind === "several" ? (
          <Tasks draft={draft} change={change} />
        ) : (
          <Task kind={kind} draft={draft} change={change} />
        )}
        <Choices draft={draft} change={change} />
        <div class="form-foot">
          <span class="form-note" role="status">
            {plan.row === undefined
              ? plan.problem
              : [counted(plan.count, "agent"), ...placeInWords(draft, plan.count)].join(" ")}
          </span>
          <button type="submit" class="primary" disabled={plan.row === undefined}>
            Start
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function placeInWords({ repo, host }: Draft, count: number): string[] {
  const machine = host === "any" ? `the ${count === 1 ? "host" : "hosts"} with most room` : oneLine(host);
  return [...(repo === "" ? [] : ["in", lastPart(repo)]), ...(host === "" ? [] : ["on", machine])];
}

/** Opens the agent when it is one and is there. What could not be started can be put right and tried again. */
async function startAgents(kind: Kind, plan: Plan, draft: Draft): Promise<void> {
  if (plan.row === undefined) return;
  unsent = undefined;
  const { branch, repo } = draft;
  const edit = () => {
    unsent = draft;
    show({ is: "new", kind });
  };
  const common = {
    title: plan.count === 1 && branch !== "" ? `Start ${branch}` : `Start ${counted(plan.count, "agent")}`,
    directory: repo === "" ? undefined : repo,
    mend: { label: "Edit", run: edit },
  };
  const answer =
    plan.row === "create"
      ? await perform({ ...common, name: plan.row, input: plan.input })
      : await perform({ ...common, name: plan.row, input: plan.input });
  const [made] = answer?.agents ?? [];
  if (made === undefined) {
    unsent ??= draft;
  } else if (plan.count === 1) {
    expectAgent(made.id);
    open({ at: "agent", id: made.id, tab: "talk" });
  }
}

interface PartProps {
  readonly draft: Draft;
  readonly change: (changes: Partial<Draft>) => void;
}

function Task({ kind, draft, change }: PartProps & { readonly kind: Kind }) {
  return (
    <>
      <label class="field">
        <span>Task</span>
        <textarea
          data-first
          rows={4}
          placeholder="What it is to do, as you would tell a colleague"
          value={draft.prompt}
          onInput={(event) => change({ prompt: event.currentTarget.value })}
        />
      </label>
      <div class="fields">
        <CodeField
          label={kind === "one" ? "Branch" : "Name of the batch"}
          placeholder={kind === "one" ? "fix-42" : "a new one"}
          value={draft.branch}
          change={(branch) => change({ branch })}
        />
        {kind === "fanout" && (
          <label class="field small">
            <span>Attempts</span>
            <input
              type="number"
              min={attempts.least}
              max={attempts.most}
              value={draft.count}
              onInput={(event) => change({ count: event.currentTarget.valueAsNumber })}
            />
          </label>
        )}
      </div>
    </>
  );
}

function Tasks({ draft, change }: PartProps) {
  return (
    <label class="field">
      <span>A line for each agent: branch, a colon, its task</span>
      <textarea
        data-first
        class="mono"
        rows={7}
        placeholder={"fix-42: write a failing test for #42\ndocs: bring the guide up to date"}
        spellcheck={false}
        value={draft.lines}
        onInput={(event) => change({ lines: event.currentTarget.value })}
      />
    </label>
  );
}

const usualAgents = ["claude", "codex", "gemini", "opencode", "qwen", "copilot", "demo"];

function Choices({ draft, change }: PartProps) {
  const agents = [...new Set([...ordered.value.map(({ agent }) => agent), ...usualAgents])];
  return (
    <div class="fields four">
      {knownRepositories.value.length > 0 && (
        <label class="field">
          <span>Repository</span>
          <select value={draft.repo} onChange={(event) => change({ repo: event.currentTarget.value })}>
            {knownRepositories.value.map((root) => (
              <option key={root} value={root}>
                {lastPart(root)}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        <span>Agent</span>
        <select value={draft.agent} onChange={(event) => change({ agent: event.currentTarget.value })}>
          <option value="">as configured</option>
          {agents.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <MachineChoice value={draft.host} change={(host) => change({ host })} />
      <CodeField label="From" placeholder="as configured" value={draft.from} change={(from) => change({ from })} />
      <CodeField
        label="Budget of each"
        placeholder="none"
        value={draft.budget}
        change={(budget) => change({ budget })}
      />
    </div>
  );
}
