import { useEffect, useMemo, useState } from "preact/hooks";
import { call, Refusal } from "../connection/call.ts";
import { FileDiff, fileAnchor } from "../parts/file-diff.tsx";
import { parsePatch } from "../parts/patch.ts";
import type { Agent, AgentDiff } from "../wire.ts";
import { counted, shown } from "../words.ts";
import { Blank, Loading, Trouble } from "./conditions.tsx";

/** What an agent has changed since it was started, unsaved work included. */
export function DiffView({ agent }: { readonly agent: Agent }) {
  const { diff, error, again } = useDiff(agent);
  const files = useMemo(() => parsePatch(diff?.patch ?? ""), [diff]);
  if (error !== undefined && diff === undefined) {
    return <Trouble title="The changes cannot be read" error={error} again={again} />;
  }
  if (diff === undefined) return <Loading what="the changes" lines={8} />;
  if (diff.files.length === 0)
    return <Blank title="Nothing changed yet">What it writes shows here, committed or not.</Blank>;
  return (
    <div class="diff">
      <nav class="diff-files" aria-label="Changed files">
        <p class="faint">
          {counted(diff.files.length, "file")} <ins>+{diff.added}</ins> <del>−{diff.deleted}</del>
        </p>
        <ul>
          {diff.files.map(({ path, added, deleted }) => (
            <li key={path}>
              <button type="button" class="quiet" onClick={() => reveal(path)}>
                <bdi>{shown(path)}</bdi>
                <span class="file-size">
                  {added !== null && <ins>+{added}</ins>} {deleted !== null && <del>−{deleted}</del>}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </nav>
      <div class="diff-body">
        {files.map((file) => (
          <FileDiff key={file.path} file={file} />
        ))}
        {diff.cut === true && (
          <p class="file-note">There is more than fits here: fleet diff {agent.branch} shows all of it.</p>
        )}
      </div>
    </div>
  );
}

function reveal(path: string): void {
  const file = document.getElementById(fileAnchor(path));
  if (file instanceof HTMLDetailsElement) file.open = true;
  file?.scrollIntoView({ block: "start" });
}

interface LoadedDiff {
  readonly diff: AgentDiff | undefined;
  readonly error: Error | undefined;
  readonly again: () => void;
}

/** Read again when the list has seen other changes. */
function useDiff({ branch, repo, changes, ahead, status }: Agent): LoadedDiff {
  const [diff, setDiff] = useState<AgentDiff>();
  const [error, setError] = useState<Error>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const own = { wanted: true };
    call("diff", { targets: [branch] }, { directory: repo }).then(
      ({ agents: [first], failures = [] }) => {
        if (!own.wanted) return;
        const [failure] = failures;
        if (first === undefined)
          setError(new Refusal(failure?.message ?? "it is not known why", { hint: failure?.hint ?? null }));
        else setDiff((before) => (JSON.stringify(before) === JSON.stringify(first) ? before : first));
      },
      (reason: Error) => own.wanted && setError(reason),
    );
    return () => {
      own.wanted = false;
    };
  }, [branch, repo, changes?.files, changes?.added, changes?.deleted, ahead, status, turn]);
  return { diff, error, again: () => setTurn((count) => count + 1) };
}
