import { useEffect, useState } from "preact/hooks";
import { call } from "../connection/call.ts";
import { Since } from "../parts/status.tsx";
import { restoreAgents } from "../state/actions.ts";
import { agentsById } from "../state/agents.ts";
import { can } from "../state/server.ts";
import type { Rows } from "../wire.ts";
import { counted, lastPart, oneLine } from "../words.ts";

type Killed = Rows["restorable"]["answer"]["agents"];

/** The agents that were killed, from here or elsewhere, and can be brought back. */
export function KilledLately() {
  const [killed, setKilled] = useState<Killed>([]);
  const alive = agentsById.value.size;
  useEffect(() => {
    const own = { wanted: true };
    if (!can("restorable")) return;
    call("restorable", { all_repositories: true }).then(
      ({ agents }) => own.wanted && setKilled(agents),
      () => undefined,
    );
    return () => {
      own.wanted = false;
    };
  }, [alive, can("restorable")]);
  if (killed.length === 0) return null;
  return (
    <section class="killed" aria-labelledby="killed">
      <h2 id="killed">Killed lately</h2>
      <ul>
        {killed.map(({ id, branch, repo, ended_at, unsaved, restorable, restorable_until }) => (
          <li key={id}>
            <bdi class="branch">{oneLine(branch)}</bdi>
            <span class="faint">
              {lastPart(repo)} · <Since at={ended_at} /> ago
              {unsaved > 0 && ` · ${counted(unsaved, "unsaved file")}`}
              {restorable === "whole" && restorable_until !== null && (
                <>
                  {" "}
                  · whole until{" "}
                  {new Date(restorable_until).toLocaleString([], {
                    weekday: "short",
                    hour: "2-digit",
                    minute: "2-digit",
                  })}
                </>
              )}
            </span>
            {can("restore") && (
              <button type="button" onClick={() => void restoreAgents([branch], repo)}>
                Restore
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
