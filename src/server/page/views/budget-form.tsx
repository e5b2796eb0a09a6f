import { useState } from "preact/hooks";
import { submitted } from "../parts/form.tsx";
import { named } from "../state/actions.ts";
import { perform } from "../state/activity.ts";
import type { Agent } from "../wire.ts";

const scopes = [
  { scope: "agent", label: "it" },
  { scope: "batch", label: "its batch" },
  { scope: "day", label: "a day" },
] as const;

interface BudgetFormProps {
  /** Of one repository. */
  readonly agents: readonly Pick<Agent, "branch" | "repo">[];
  readonly onSet?: () => void;
}

/** Sets what agents, their batches, or all in a day may use. */
export function BudgetForm({ agents, onSet = () => {} }: BudgetFormProps) {
  const [scope, setScope] = useState<(typeof scopes)[number]["scope"]>("agent");
  const [amount, setAmount] = useState("");
  const set = async () => {
    if (amount.trim() === "") return;
    const input = { targets: agents.map(({ branch }) => branch), of: scope, amount: amount.trim() };
    const title = `Budget of ${named(agents)}`;
    onSet();
    const done = await perform({ title, name: "budget", input, directory: agents[0]?.repo });
    if (done !== undefined) setAmount("");
  };
  return (
    <form class="budget-form" onSubmit={submitted(() => void set())}>
      <select
        aria-label="Budget of what"
        value={scope}
        onChange={(event) => setScope(event.currentTarget.value as typeof scope)}
      >
        {scopes.map((each) => (
          <option key={each.scope} value={each.scope}>
            {each.label}
          </option>
        ))}
      </select>
      <input
        type="text"
        class="mono"
        data-first
        aria-label="Amount"
        placeholder="5 USD, 2M, +1 or none"
        spellcheck={false}
        value={amount}
        onInput={(event) => setAmount(event.currentTarget.value)}
      />
      <button type="submit" disabled={amount.trim() === ""}>
        Set
      </button>
    </form>
  );
}
