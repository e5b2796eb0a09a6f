import { useEffect, useMemo, useState } from "preact/hooks";
import { call } from "../connection/call.ts";
import { FileDiff } from "../parts/file-diff.tsx";
import { type FilePatch, parsePatch } from "../parts/patch.ts";
import type { Attempt } from "../wire.ts";
import { oneLine } from "../words.ts";
import { Blank, Loading, Trouble } from "./conditions.tsx";

interface SideBySideProps {
  readonly repo: string;
  readonly attempts: readonly Attempt[];
}

/** The changes of two attempts, the same file beside the same file. */
export function SideBySide({ repo, attempts }: SideBySideProps) {
  const alive = attempts.filter(({ killed }) => !killed);
  const [first, setFirst] = useState(alive[0]?.branch ?? "");
  const [second, setSecond] = useState(alive[1]?.branch ?? "");
  const left = usePatch(repo, first);
  const right = usePatch(repo, second);
  if (alive.length < 2) return <Blank title="It takes two attempts that are still there" />;
  const error = left.error ?? right.error;
  if (error !== undefined) return <Trouble title="The changes cannot be read" error={error} />;
  const paths = [...new Set([...(left.files ?? []), ...(right.files ?? [])].map(({ path }) => path))].sort();
  return (
    <div class="sides">
      <Choice label="Left attempt" value={first} change={setFirst} attempts={alive} />
      <Choice label="Right attempt" value={second} change={setSecond} attempts={alive} />
      {left.files === undefined || right.files === undefined ? (
        <Loading what="the changes" />
      ) : (
        paths.flatMap((path) => [
          <Side key={`left ${path}`} file={left.files?.find((file) => file.path === path)} path={path} />,
          <Side key={`right ${path}`} file={right.files?.find((file) => file.path === path)} path={path} />,
        ])
      )}
    </div>
  );
}

function Side({ file, path }: { readonly file: FilePatch | undefined; readonly path: string }) {
  return file === undefined ? <p class="side-none">{path}: not touched</p> : <FileDiff file={file} />;
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly change: (branch: string) => void;
  readonly attempts: readonly Attempt[];
}

function Choice({ label, value, change, attempts }: ChoiceProps) {
  return (
    <select aria-label={label} value={value} onChange={(event) => change(event.currentTarget.value)}>
      {attempts.map(({ id, branch }) => (
        <option key={id} value={branch}>
          {oneLine(branch)}
        </option>
      ))}
    </select>
  );
}

function usePatch(repo: string, branch: string) {
  const [patch, setPatch] = useState<string>();
  const [error, setError] = useState<Error>();
  useEffect(() => {
    const own = { wanted: true };
    setPatch(undefined);
    if (branch === "") return;
    call("diff", { targets: [branch] }, { directory: repo }).then(
      ({ agents: [diff], failures: [failure] }) => {
        if (!own.wanted) return;
        if (diff === undefined) setError(new Error(failure?.message ?? "it is not known why"));
        else setPatch(diff.patch ?? "");
      },
      (reason: Error) => own.wanted && setError(reason),
    );
    return () => {
      own.wanted = false;
    };
  }, [repo, branch]);
  const files = useMemo(() => (patch === undefined ? undefined : parsePatch(patch)), [patch]);
  return { files, error };
}
