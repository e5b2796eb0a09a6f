import { Dialog } from "../parts/dialog.tsx";
import { named } from "../state/actions.ts";
import { close } from "../state/dialogs.ts";
import type { Agent } from "../wire.ts";
import { oneLine } from "../words.ts";
import { BudgetForm } from "./budget-form.tsx";

/** Sets or raises the budget of agents of one repository. */
export function BudgetDialog({ agents }: { readonly agents: readonly Agent[] }) {
  return (
    <Dialog title={`Budget of ${oneLine(named(agents))}`}>
      <div class="form">
        <p>
          At its limit an agent is stopped after the reply it is at; with a + in front, the amount is added to what
          holds.
        </p>
        <BudgetForm agents={agents} onSet={close} />
      </div>
    </Dialog>
  );
}
