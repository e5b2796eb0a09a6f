import { useEffect, useState } from "preact/hooks";
import { call } from "../connection/call.ts";
import { agentsById } from "../state/agents.ts";
import { address } from "../state/route.ts";
import type { Rows } from "../wire.ts";
import { amount, money, oneLine } from "../words.ts";

type Budget = Rows["budget"]["answer"]["budgets"][number];

const scopeWords = { agent: "", batch: "its batch", day: "a day" } as const;

/** The budgets that hold, and how much of each is used. */
export function Budgets() {
  const [budgets, setBudgets] = useState<readonly Budget[]>([]);
  const some = agentsById.value.size > 0;
  useEffect(() => {
    const own = { wanted: true };
    if (!some) return;
    call("budget", { all: true, all_repositories: true }).then(
      (answer) => own.wanted && setBudgets(answer.budgets),
      () => undefined,
    );
    return () => {
      own.wanted = false;
    };
  }, [some]);
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
          </li>
        ))}
      </ul>
    </section>
  );
}

function inUnit(value: number, { unit }: Budget): string {
  return unit === "USD" ? money(value) : `${amount(value)} tokens`;
}
