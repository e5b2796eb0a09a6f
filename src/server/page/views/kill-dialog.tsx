import { Dialog } from "../parts/dialog.tsx";
import { Dot, Made, StatusWord } from "../parts/status.tsx";
import { killAgents, named } from "../state/actions.ts";
import { close } from "../state/dialogs.ts";
import type { Agent } from "../wire.ts";
import { oneLine } from "../words.ts";

/** Asks before agents that work, or several at once, are ended. */
export function KillDialog({ agents }: { readonly agents: readonly Agent[] }) {
  return (
    <Dialog title={`Kill ${oneLine(named(agents))}?`}>
      <div class="form">
        <p>
          Their sessions end and their worktrees go. Branches with commits stay, unsaved work is saved, and all of it
          can be brought back.
        </p>
        <ul class="named-agents">
          {agents.map((agent) => (
            <li key={agent.id}>
              <Dot status={agent.status} />
              <bdi class="branch">{oneLine(agent.branch)}</bdi>
              <StatusWord status={agent.status} />
              <span class="faint">
                <Made agent={agent} />
              </span>
            </li>
          ))}
        </ul>
        <div class="form-foot">
          <button type="button" data-first onClick={close}>
            Keep
          </button>
          <button
            type="button"
            class="danger solid"
            onClick={() => {
              close();
              void killAgents(agents, { sure: true });
            }}
          >
            Kill
          </button>
        </div>
      </div>
    </Dialog>
  );
}
