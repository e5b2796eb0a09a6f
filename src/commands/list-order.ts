import { agentAsJson, type ShownAgent } from "../api/agents.ts";
import { FleetError } from "../errors.ts";

/** What a list can be sorted by. */
export const sortKeys = ["branch", "age", "for", "cpu", "mem", "ahead", "changes", "cost"] as const;

/** A word that `--sort` takes. */
export type SortKey = (typeof sortKeys)[number];

const orders: Readonly<Record<SortKey, (a: ShownAgent, b: ShownAgent) => number>> = {
  branch: (a, b) => a.entry.branch.localeCompare(b.entry.branch, "en", { numeric: true }),
  age: (a, b) => a.entry.created_at.localeCompare(b.entry.created_at),
  for: (a, b) => (a.status.since?.getTime() ?? 0) - (b.status.since?.getTime() ?? 0),
  cpu: (a, b) => (b.usage.cpuPercent ?? -1) - (a.usage.cpuPercent ?? -1),
  mem: (a, b) => (b.usage.memoryBytes ?? -1) - (a.usage.memoryBytes ?? -1),
  ahead: (a, b) => (b.ahead ?? -1) - (a.ahead ?? -1),
  changes: (a, b) => lines(b) - lines(a),
  cost: (a, b) => (b.cost?.dollars ?? -1) - (a.cost?.dollars ?? -1),
};

function lines({ changes }: ShownAgent): number {
  return changes === undefined ? -1 : changes.added + changes.deleted;
}

/** Agents in another order than by who needs the user: the largest or oldest first, names from A to Z. */
export function sorted(agents: readonly ShownAgent[], key: SortKey | undefined): readonly ShownAgent[] {
  return key === undefined ? agents : agents.toSorted(orders[key]);
}

/** Keys that only some agents have, or only lists in which that was asked for. */
const partly = [
  ...["base_branch", "budget", "cost", "cpu_since_start", "depth", "host", "overlap", "owner", "parent", "port"],
  ...["port_count", "sandbox", "ticket"],
];

/**
 * A line for each agent: the text with each `{{key}}` replaced by what `--json` has under that key, and `\\t` and `\\n` by what they
 * stand for. What an agent does not have is empty. Throws FleetError `usage` for a key that no agent has.
 */
export function formatted(agents: readonly ShownAgent[], format: string): string[] {
  return agents.map((agent) => {
    const values = agentAsJson(agent);
    return format
      .replaceAll("\\t", "\t")
      .replaceAll("\\n", "\n")
      .replace(/\{\{\s*([\w.]+)\s*\}\}/g, (_, key: string) => shown(values, key));
  });
}

function shown(values: Readonly<Record<string, unknown>>, key: string): string {
  const value = key.split(".").reduce<unknown>((inner, name) => part(inner, name), values);
  if (value === undefined && partly.includes(key.split(".")[0] ?? "")) return "";
  if (value === undefined) {
    const keys = new Set([...Object.keys(values), ...partly]);
    throw new FleetError("usage", `there is no {{${key}}}`, { hint: `there are ${[...keys].join(", ")}` });
  }
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function part(value: unknown, name: string): unknown {
  if (value === null) return null;
  return typeof value === "object" && Object.hasOwn(value as object, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
