import { Icon } from "../parts/icon.tsx";
import { compareAgents, interruptAgents, killAgents, showOverlap, stopAgents } from "../state/actions.ts";
import { meant, ticked } from "../state/chosen.ts";
import { show } from "../state/dialogs.ts";
import { can } from "../state/server.ts";
import { counted } from "../words.ts";

/** What can be done with the agents that are ticked. */
export function TickedBar() {
  if (ticked.value.size === 0) return null;
  const agents = meant.value;
  return (
    <div class="ticked-bar" role="toolbar" aria-label="With the agents that are ticked">
      <span class="ticked-count">{counted(agents.length, "agent")}</span>
      {can("prompt") && (
        <button type="button" onClick={() => show({ is: "prompt", agents })}>
          Prompt
        </button>
      )}
      {can("compare") && (
        <button type="button" onClick={() => compareAgents(agents)}>
          Compare
        </button>
      )}
      {can("overlap") && agents.length > 1 && (
        <button type="button" onClick={() => showOverlap(agents)}>
          Overlap
        </button>
      )}
      {can("interrupt") && (
        <button type="button" onClick={() => void interruptAgents(agents)}>
          Interrupt
        </button>
      )}
      {can("stop") && (
        <button type="button" onClick={() => void stopAgents(agents)}>
          Stop
        </button>
      )}
      {can("kill") && (
        <button type="button" class="danger" onClick={() => void killAgents(agents)}>
          Kill
        </button>
      )}
      <button
        type="button"
        class="icon-button"
        aria-label="Untick all"
        onClick={() => {
          ticked.value = new Set();
        }}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
