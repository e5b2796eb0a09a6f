import { useState } from "preact/hooks";
import { useRow } from "../connection/use-row.ts";
import { Segments, submitted } from "../parts/form.tsx";
import { workSeen } from "../state/agents.ts";
import { type Settled, show } from "../state/dialogs.ts";
import { reviewed, testAgents, testCommand } from "../state/review.ts";
import { address } from "../state/route.ts";
import { can } from "../state/server.ts";
import type { Attempt } from "../wire.ts";
import { counted, lastPart, money, oneLine } from "../words.ts";
import { Blank, Loading, NotSeen, Trouble } from "./conditions.tsx";
import { FileMatrix } from "./file-matrix.tsx";
import { OverlapView } from "./overlap-view.tsx";
import { SideBySide } from "./side-by-side.tsx";

interface ComparePageProps {
  readonly repo: string;
  readonly targets: readonly string[];
}

const looks = [
  { value: "table", label: "Attempts" },
  { value: "files", label: "Files" },
  { value: "overlap", label: "Overlap" },
  { value: "sides", label: "Side by side" },
] as const;

type Look = (typeof looks)[number]["value"];

/** Several attempts at the same, the best first: tested, read beside each other, merged, or one of them picked. */
export function ComparePage({ repo, targets }: ComparePageProps) {
  const [look, setLook] = useState<Look>("table");
  // What they have written decides, not what they are at.
  const changing = [reviewed.value, workSeen(repo)];
  const {
    answer: comparison,
    error,
    again,
  } = useRow("compare", { targets: [...targets] }, { directory: repo, changing });
  const attempts = comparison?.agents ?? [];
  const alive = attempts.filter(({ killed }) => !killed).map(({ branch }) => branch);
  return (
    <div class="compare">
      <div class="page-head">
        <div class="page-title">
          <h1>Compare</h1>
          <p class="faint">
            <bdi>{targets.map(oneLine).join(", ")}</bdi> in {oneLine(lastPart(repo))}
          </p>
        </div>
        <Segments legend="Look at" name="look" choices={looks} value={look} choose={setLook} />
        {can("test") && <TestForm what={{ repo, branches: alive }} />}
      </div>
      {error !== undefined && <Trouble title="They cannot be compared" error={error} again={again} />}
      {comparison === undefined && error === undefined && <Loading what="the comparison" lines={6} />}
      {comparison !== undefined && attempts.length === 0 && <Blank title="There is nothing to compare" />}
      {attempts.length > 0 && look === "table" && <Attempts repo={repo} attempts={attempts} />}
      {attempts.length > 0 && look === "files" && <FileMatrix attempts={attempts} />}
      {attempts.length > 0 && look === "overlap" && <OverlapView repo={repo} targets={alive} />}
      {attempts.length > 0 && look === "sides" && <SideBySide repo={repo} attempts={attempts} />}
      {comparison !== undefined && look === "table" && <p class="faint">{oneLine(comparison.ranking)}</p>}
      <NotSeen agents={comparison?.failures ?? []} />
    </div>
  );
}

function TestForm({ what }: { readonly what: Settled }) {
  return (
    <form class="test-form" onSubmit={submitted(() => void testAgents(what))}>
      <input
        type="text"
        class="mono"
        aria-label="Test command"
        placeholder="the configured test"
        spellcheck={false}
        autocapitalize="off"
        value={testCommand.value}
        onInput={(event) => {
          testCommand.value = event.currentTarget.value;
        }}
      />
      <button type="submit" disabled={what.branches.length === 0}>
        Test {what.branches.length === 1 ? "it" : "all"}
      </button>
    </form>
  );
}

interface AttemptsProps {
  readonly repo: string;
  readonly attempts: readonly Attempt[];
}

function Attempts({ repo, attempts }: AttemptsProps) {
  const scored = attempts.some(({ score }) => score !== null);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
    <section class="table-frame" tabIndex={0} aria-label="Attempts, the best first">
      <table class="attempts">
        <thead>
          <tr>
            <th scope="col">attempt</th>
            <th scope="col">tests</th>
            <th scope="col">merge</th>
            <th scope="col" class="right">
              files
            </th>
            <th scope="col" class="right">
              lines
            </th>
            {scored && (
              <th scope="col" class="right">
                score
              </th>
            )}
            <th scope="col" class="right">
              cost
            </th>
            <th scope="col">last words</th>
            <th scope="col">
              <span class="unseen">do</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {attempts.map((attempt, index) => (
            <AttemptRow key={attempt.id} repo={repo} attempt={attempt} place={index + 1} scored={scored} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface AttemptRowProps {
  readonly repo: string;
  readonly attempt: Attempt;
  readonly place: number;
  readonly scored: boolean;
}

function AttemptRow({ repo, attempt, place, scored }: AttemptRowProps) {
  const { id, branch, killed, unsaved, files, conflicts, score, usd, last_words, target } = attempt;
  return (
    <tr>
      <th scope="row">
        <span class="place">{place}</span>
        {killed ? (
          <bdi>{oneLine(branch)}</bdi>
        ) : (
          <a href={address({ at: "agent", id, tab: "diff" })}>{oneLine(branch)}</a>
        )}
        {killed && <span class="tag">killed</span>}
        {unsaved > 0 && <span class="tag">{counted(unsaved, "file")} unsaved</span>}
      </th>
      <td data-label="tests">
        <TestWord attempt={attempt} />
      </td>
      <td data-label="merge" class={conflicts.length > 0 ? "alarm-text" : ""} title={conflicts.join("\n")}>
        {mergeWord(target, conflicts.length)}
      </td>
      <td data-label="files" class="right">
        {files.length}
      </td>
      <td class="right">
        <ins>+{sum(attempt, "added")}</ins> <del>−{sum(attempt, "deleted")}</del>
      </td>
      {scored && (
        <td data-label="score" class="right">
          {score ?? "–"}
        </td>
      )}
      <td data-label="cost" class="right">
        {usd === null || usd === 0 ? "–" : money(usd)}
      </td>
      <td class="words">
        <bdi>{oneLine(last_words)}</bdi>
      </td>
      <td class="row-actions">{!killed && <WaysToSettle what={{ repo, branches: [branch] }} />}</td>
    </tr>
  );
}

const ways = [
  { is: "merge", label: "Merge", inWords: "Merge" },
  { is: "pr", label: "PR", inWords: "PR: pull request for" },
  { is: "pick", label: "Pick", inWords: "Pick" },
] as const;

/** What can become of an attempt: each way asks first. */
function WaysToSettle({ what }: { readonly what: Settled }) {
  return ways
    .filter(({ is }) => can(is))
    .map(({ is, label, inWords }) => (
      <button
        key={is}
        type="button"
        onClick={() => show({ is, what })}
        aria-label={`${inWords} ${oneLine(what.branches.join(", "))}`}
      >
        {label}
      </button>
    ));
}

function TestWord({ attempt: { test } }: { readonly attempt: Attempt }) {
  if (test === null) return <span class="faint">not run</span>;
  const tone = test.outcome === "passed" ? "calm" : "alarm";
  return (
    <span class={`status ${test.stale ? "faint" : tone}`} title={oneLine(test.command)}>
      {test.outcome}
      {test.stale && ", then changed"}
    </span>
  );
}

function mergeWord(target: string | null, conflicts: number): string {
  if (target === null) return "–";
  return conflicts === 0 ? "clean" : counted(conflicts, "conflict");
}

function sum({ files }: Attempt, side: "added" | "deleted"): number {
  return files.reduce((total, change) => total + (change[side] ?? 0), 0);
}
