import { useState } from "preact/hooks";
import { useRow } from "../connection/use-row.ts";
import { workSeen } from "../state/agents.ts";
import { show } from "../state/dialogs.ts";
import { reviewed } from "../state/review.ts";
import { can } from "../state/server.ts";
import type { Overlap, OverlapPair } from "../wire.ts";
import { counted, oneLine, shown } from "../words.ts";
import { Blank, Loading, NotSeen, Trouble } from "./conditions.tsx";

interface OverlapViewProps {
  readonly repo: string;
  /** Branches, patterns or batches; none for all agents of the repository. */
  readonly targets: readonly string[];
}

/** Who gets in whose way: each agent against each other one, and an order of merging in which the fewest conflict. */
export function OverlapView({ repo, targets }: OverlapViewProps) {
  const input = targets.length === 0 ? { all: true } : { targets: [...targets] };
  const changing = [reviewed.value, workSeen(repo)];
  const { answer, error, again } = useRow("overlap", input, { directory: repo, changing });
  const overlap = answer?.repositories[0];
  return (
    <>
      {error !== undefined && <Trouble title="It cannot be seen who gets in whose way" error={error} again={again} />}
      {answer === undefined && error === undefined && <Loading what="who gets in whose way" lines={6} />}
      {overlap !== undefined && overlap.agents.length < 2 && (
        <Blank icon="branch" title="It takes two agents to get in each other's way" />
      )}
      {overlap !== undefined && overlap.agents.length > 1 && <Found repo={repo} overlap={overlap} />}
      <NotSeen agents={answer?.failures ?? []} />
    </>
  );
}

function Found({ repo, overlap }: { readonly repo: string; readonly overlap: Overlap }) {
  const { agents, pairs } = overlap;
  const conflicting = pairs.filter(({ conflicts }) => conflicts.length > 0);
  const possible = (agents.length * (agents.length - 1)) / 2;
  return (
    <>
      <p class="overlap-sum">
        {counted(agents.length, "agent")}, {counted(possible, "pair")}:{" "}
        <span class={conflicting.length > 0 ? "alarm-text" : ""}>{conflicting.length} in conflict</span>,{" "}
        {pairs.length - conflicting.length} with files in common that merge cleanly.
      </p>
      {pairs.length === 0 ? (
        <Blank icon="check" title="Nobody gets in anybody's way">
          No two of them have changed the same file.
        </Blank>
      ) : (
        <Pairs overlap={overlap} />
      )}
      <Order repo={repo} overlap={overlap} />
    </>
  );
}

/** In a matrix of more than these nobody finds anything: those that touch nobody are left out. */
const mostQuiet = 12;

function Pairs({ overlap: { agents, pairs } }: { readonly overlap: Overlap }) {
  const [chosen, setChosen] = useState<string>();
  const touching = agents.filter((branch) => pairs.some(({ a, b }) => a === branch || b === branch));
  const drawn = agents.length > mostQuiet ? touching : agents;
  const sorted = pairs.toSorted((one, other) => other.conflicts.length - one.conflicts.length);
  const listed = chosen === undefined ? sorted : sorted.filter((pair) => nameOf(pair) === chosen);
  return (
    <>
      <Matrix agents={drawn} pairs={pairs} chosen={chosen} choose={setChosen} />
      {drawn.length < agents.length && (
        <p class="faint">{counted(agents.length - drawn.length, "agent")} more touch what nobody else does.</p>
      )}
      <ul class="overlap-pairs">
        {listed.map((pair) => (
          <PairLine key={nameOf(pair)} pair={pair} />
        ))}
      </ul>
      {chosen !== undefined && (
        <button type="button" class="quiet" onClick={() => setChosen(undefined)}>
          Show all {pairs.length} pairs
        </button>
      )}
    </>
  );
}

interface MatrixProps {
  readonly agents: readonly string[];
  readonly pairs: readonly OverlapPair[];
  readonly chosen: string | undefined;
  readonly choose: (pair: string | undefined) => void;
}

/** Each pair once: below its own row an agent stands in a column, by its number. */
function Matrix({ agents, pairs, chosen, choose }: MatrixProps) {
  const known = new Map(pairs.map((pair) => [nameOf(pair), pair]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
    <section class="table-frame" tabIndex={0} aria-label="Each agent against each other one">
      <table class="matrix overlap-matrix">
        <thead>
          <tr>
            <th scope="col">agent</th>
            {agents.slice(0, -1).map((branch, index) => (
              <th key={branch} scope="col" title={oneLine(branch)}>
                <span aria-hidden="true">{index + 1}</span>
                <span class="unseen">{oneLine(branch)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {agents.map((branch, index) => (
            <tr key={branch}>
              <th scope="row" title={oneLine(branch)}>
                <span class="place" aria-hidden="true">
                  {index + 1}
                </span>
                <bdi>{oneLine(branch)}</bdi>
              </th>
              {agents.slice(0, Math.min(index, agents.length - 1)).map((other) => (
                <Cell key={other} pair={known.get(nameOf({ a: branch, b: other }))} chosen={chosen} choose={choose} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface CellProps extends Pick<MatrixProps, "chosen" | "choose"> {
  readonly pair: OverlapPair | undefined;
}

function Cell({ pair, chosen, choose }: CellProps) {
  if (pair === undefined) return <td class="faint">·</td>;
  const isChosen = nameOf(pair) === chosen;
  const conflicts = pair.conflicts.length > 0;
  return (
    <td>
      <button
        type="button"
        class={conflicts ? "in-conflict" : "in-common"}
        aria-pressed={isChosen}
        aria-label={`${oneLine(pair.a)} and ${oneLine(pair.b)}: ${wordsOf(pair)}`}
        title={wordsOf(pair)}
        onClick={() => choose(isChosen ? undefined : nameOf(pair))}
      >
        {conflicts ? pair.conflicts.length : pair.shared.length}
      </button>
    </td>
  );
}

function PairLine({ pair }: { readonly pair: OverlapPair }) {
  const { a, b, shared, conflicts } = pair;
  return (
    <li>
      <span class="branch">
        <bdi>{oneLine(a)}</bdi> <span class="faint">and</span> <bdi>{oneLine(b)}</bdi>
      </span>
      <span class={conflicts.length > 0 ? "status alarm" : "status calm"}>{wordsOf(pair)}</span>
      <ul class="overlap-files">
        {(conflicts.length > 0 ? conflicts : shared).map((path) => (
          <li key={path}>
            <bdi class="mono">{shown(path)}</bdi>
          </li>
        ))}
      </ul>
    </li>
  );
}

function Order({ repo, overlap: { order, left } }: { readonly repo: string; readonly overlap: Overlap }) {
  if (order.length < 2) return null;
  return (
    <section class="overlap-order" aria-labelledby="overlap-order">
      <h2 id="overlap-order">Merged in this order, none conflicts with those before</h2>
      <ol>
        {order.map((branch) => (
          <li key={branch} class="branch">
            <bdi>{oneLine(branch)}</bdi>
          </li>
        ))}
      </ol>
      {left.length > 0 && (
        <p class="faint">
          After these conflict: <bdi class="branch">{left.map(oneLine).join(", ")}</bdi>
        </p>
      )}
      {can("merge") && (
        <button type="button" onClick={() => show({ is: "merge", what: { repo, branches: order } })}>
          Merge these {order.length}
        </button>
      )}
    </section>
  );
}

function wordsOf({ shared, conflicts }: OverlapPair): string {
  return conflicts.length > 0
    ? `${counted(conflicts.length, "file")} in conflict`
    : `${counted(shared.length, "file")} in common`;
}

/** The key of a pair, the same for both orders of two agents. */
function nameOf({ a, b }: Pick<OverlapPair, "a" | "b">): string {
  return [a, b].sort().join("\0");
}
