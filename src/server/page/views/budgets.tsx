import { useRow } from "../connection/use-row.ts";
import { activities } from "../state/activity.ts";
import { agentsById } from "../state/agents.ts";
import { show } from "../state/dialogs.ts";
import { address } from "../state/route.ts";
import { can } from "../state/server.ts";
import type { Rows } from "../wire.ts";
import { amount, money, oneLine } from "../words.ts";

type Budget = Rows["budget"]["answer"]["budgets"][number];

const scopeWords = { agent: "", batch: "its batch", day: "a day" } as const;

/** The budgets that hold, and how much of each is used. */
export function Budgets() {
  const some = agentsById.value.size > 0;
  const input = some ? { all: true, all_repositories: true } : undefined;
  const budgets = useRow("budget", input, { changing: [activities.value] }).answer?.budgets ?? [];
  if (budgets.length === 0) return null;
  return (
    <section class="budgets" aria-labelledby="budgets">
      <h2 id="budgets">Budgets</h2>
      <ul class="quotas">
        {budgets.map((budget) => (
          <li key={`${budget.id} ${budget.of}`}>
            <a class="branch" href={address({ at: "agent", id: budget.id, tab: "about" })}>
              {oneLine(budget.branch)}
            </a>
            <span>{scopeWords[budget.of]}</span>
            <meter
              min={0}
              max={budget.limit}
              low={budget.limit * 0.8}
              high={budget.limit}
              optimum={0}
              value={budget.used}
              aria-label={`Used of the budget of ${oneLine(budget.branch)}`}
            />
            <span class="faint">
              {inUnit(budget.used, budget)} of {inUnit(budget.limit, budget)}
            </span>
            <Raise budget={budget} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Raise({ budget: { id, branch } }: { readonly budget: Budget }) {
  const agent = agentsById.value.get(id);
  if (agent === undefined || !can("budget")) return null;
  return (
    <button
      type="button"
      class="quiet"
      aria-label={`Change the budget of ${oneLine(branch)}`}
      onClick={() => show({ is: "budget", agents: [agent] })}
    >
      Change
    </button>
  );
}

function inUnit(value: number, { unit }: Budget): string {
  return unit === "USD" ? money(value) : `${amount(value)} tokens`;
}
