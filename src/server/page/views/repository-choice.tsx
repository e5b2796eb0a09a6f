import { lastPart, oneLine } from "../words.ts";

interface RepositoryChoiceProps {
  readonly value: string;
  readonly among: readonly string[];
  readonly change: (repo: string) => void;
}

/** Which repository a view is about; where there is one, only its name. */
export function RepositoryChoice({ value, among, change }: RepositoryChoiceProps) {
  const all = [...new Set([value, ...among])].filter((root) => root !== "");
  if (all.length < 2) return <bdi class="faint">{oneLine(lastPart(value))}</bdi>;
  return (
    <select
      class="repository-choice"
      aria-label="Repository"
      value={value}
      onChange={(event) => change(event.currentTarget.value)}
    >
      {all.map((root) => (
        <option key={root} value={root}>
          {oneLine(lastPart(root))}
        </option>
      ))}
    </select>
  );
}
