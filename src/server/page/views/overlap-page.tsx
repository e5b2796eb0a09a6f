import { repositories } from "../state/agents.ts";
import { open } from "../state/route.ts";
import { oneLine } from "../words.ts";
import { OverlapView } from "./overlap-view.tsx";
import { RepositoryChoice } from "./repository-choice.tsx";

interface OverlapPageProps {
  readonly repo: string;
  readonly targets: readonly string[];
}

/** Who gets in whose way, of all agents of a repository or of some. */
export function OverlapPage({ repo, targets }: OverlapPageProps) {
  return (
    <div class="overlap">
      <div class="page-head">
        <div class="page-title">
          <h1>Overlap</h1>
          {targets.length > 0 && (
            <p class="faint">
              <bdi>{targets.map(oneLine).join(", ")}</bdi>
            </p>
          )}
        </div>
        <RepositoryChoice
          value={repo}
          among={repositories.value}
          change={(next) => open({ at: "overlap", repo: next, targets: [] })}
        />
      </div>
      <OverlapView repo={repo} targets={targets} />
    </div>
  );
}
