import { knownHosts } from "../state/server.ts";
import { oneLine } from "../words.ts";

interface MachineChoiceProps {
  /** The name of another machine, `any` of them, or nothing for the one that serves. */
  readonly value: string;
  readonly change: (host: string) => void;
}

/** On which machine agents are started; nothing while there is but one. */
export function MachineChoice({ value, change }: MachineChoiceProps) {
  const hosts = knownHosts.value;
  if (hosts.length === 0) return null;
  return (
    <label class="field">
      <span>Machine</span>
      <select value={value} onChange={(event) => change(event.currentTarget.value)}>
        <option value="">this one</option>
        {hosts.map((name) => (
          <option key={name} value={name}>
            {oneLine(name)}
          </option>
        ))}
        {hosts.length > 1 && <option value="any">any host</option>}
      </select>
    </label>
  );
}
