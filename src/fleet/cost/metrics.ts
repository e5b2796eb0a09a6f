import type { Tokens } from "../../agents/usage.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { readRegistry } from "../../state/registry.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { type ListedAgent, listAgents } from "../watch/list.ts";
import { statusWords } from "../watch/status.ts";
import { costOf } from "./prices.ts";
import { type AgentCost, agentCosts, everyAgent, quotas } from "./report.ts";

type Labels = Readonly<Record<string, string>>;

/** A metric with its samples. Names, types and units are as https://prometheus.io/docs/practices/naming/ wants them. */
interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly (readonly [Labels, number])[];
}

/**
 * What all agents are at, what they use now and what they have used, in the text format of Prometheus. The counters are those of all
 * agents that are known, killed ones too; an agent that is pruned takes its own away.
 */
export async function metricsText(fleet: Fleet): Promise<string> {
  const live = readRegistry(statePlaces(fleet));
  const [listed, costs] = await Promise.all([
    listAgents(fleet, live, { shared: false }),
    agentCosts(fleet, everyAgent(fleet)),
  ]);
  return expositionOf([...stateMetrics(listed), ...usageMetrics(fleet, costs), ...quotaMetrics(costs)]);
}

/** Metrics as text, version 0.0.4 of the format. One without samples is left out. */
export function expositionOf(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) => {
      const lines = samples.map(([labels, value]) => `${name}${labelText(labels)} ${numberText(value)}\n`);
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
    })
    .join("");
}

function stateMetrics(agents: readonly ListedAgent[]): Metric[] {
  const counts = statusWords.map((word): [Labels, number] => [
    { status: word },
    agents.filter(({ status }) => status.word === word).length,
  ]);
  const each = (value: (agent: ListedAgent) => number | null | undefined) =>
    agents.flatMap((agent): [Labels, number][] => {
      const known = value(agent) ?? null;
      return known === null ? [] : [[labelsOf(agent.entry), known]];
    });
  return [
    { name: "fleet_agents", type: "gauge", help: "Agents, by their status.", samples: counts },
    {
      name: "fleet_agent_status",
      type: "gauge",
      help: "1 for the status that an agent is in.",
      samples: agents.map(({ entry, status }) => [{ ...labelsOf(entry), status: status.word }, 1]),
    },
    {
      name: "fleet_agent_created_timestamp_seconds",
      type: "gauge",
      help: "When an agent was created.",
      samples: each(({ entry }) => Date.parse(entry.created_at) / 1000),
    },
    {
      name: "fleet_agent_cpu_cores",
      type: "gauge",
      help: "Cores that an agent and all its processes use.",
      samples: each(({ usage }) => (usage.cpuPercent === null ? null : usage.cpuPercent / 100)),
    },
    {
      name: "fleet_agent_memory_bytes",
      type: "gauge",
      help: "Memory that an agent and all its processes use.",
      samples: each(({ usage }) => usage.memoryBytes),
    },
    {
      name: "fleet_agent_ahead_commits",
      type: "gauge",
      help: "Commits on the branch of an agent that its base has not.",
      samples: each(({ ahead }) => ahead),
    },
  ];
}

const tokenKinds: Readonly<Record<keyof Tokens, string>> = {
  input: "input",
  cacheRead: "cache_read",
  cacheWrite: "cache_write",
  cacheWriteHour: "cache_write_1h",
  output: "output",
};

function usageMetrics({ settings }: Fleet, costs: readonly AgentCost[]): Metric[] {
  const groups = costs.flatMap(({ entry, usage }) => {
    const byModel = [...Map.groupBy(usage.groups, ({ agent, model }) => JSON.stringify([agent, model]))];
    return byModel.map(([, own]) => ({ entry, own, model: own[0]?.model ?? "", agent: own[0]?.agent ?? "" }));
  });
  const each = (value: (own: (typeof groups)[number]["own"]) => number | undefined) =>
    groups.flatMap(({ entry, own, model, agent }): [Labels, number][] => {
      const known = value(own);
      return known === undefined ? [] : [[{ ...labelsOf(entry), agent, model }, known]];
    });
  const tokens = Object.entries(tokenKinds).flatMap(([key, kind]) =>
    each((own) => sum(own.map((group) => group.tokens[key as keyof Tokens]))).map(
      ([labels, value]): [Labels, number] => [{ ...labels, kind }, value],
    ),
  );
  return [
    {
      name: "fleet_agent_tokens_total",
      type: "counter",
      help: "Tokens that an agent has used, by model and kind.",
      samples: tokens,
    },
    {
      name: "fleet_agent_replies_total",
      type: "counter",
      help: "Answers that models have given to an agent.",
      samples: each((own) => sum(own.map(({ replies }) => replies))),
    },
    {
      name: "fleet_agent_cost_dollars_total",
      type: "counter",
      help: "What an agent has used, at the prices of the API; models without a price are left out.",
      samples: each((own) => {
        const known = own.map((group) => costOf(settings.config.prices, group)).filter((cost) => cost !== undefined);
        return known.length === 0 ? undefined : sum(known);
      }),
    },
  ];
}

function quotaMetrics(costs: readonly AgentCost[]): Metric[] {
  const windows = quotas(costs).flatMap(({ agent, quota }) =>
    quota.windows.map((window) => ({ labels: { agent, window_minutes: `${window.minutes}` }, window })),
  );
  return [
    {
      name: "fleet_quota_used_ratio",
      type: "gauge",
      help: "How much of the quota of an account is used, as its agent was told last.",
      samples: windows.map(({ labels, window }) => [labels, window.usedPercent / 100]),
    },
    {
      name: "fleet_quota_reset_timestamp_seconds",
      type: "gauge",
      help: "When that quota begins anew.",
      samples: windows.map(({ labels, window }) => [labels, window.resetsAt / 1000]),
    },
  ];
}

/** The id tells agents apart that had the same branch one after another. */
function labelsOf({ id, branch, batch_id: batch, repo, agent }: AgentEntry): Labels {
  return { id, branch, batch, repo, agent };
}

function labelText(labels: Labels): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",")}}`;
}

/** Everything else may stand there as it is, in UTF-8. */
function escaped(value: string): string {
  return value.toWellFormed().replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** Sums of binary fractions have tails that mean nothing. */
function numberText(value: number): string {
  return Number.isInteger(value) ? `${value}` : `${Number(value.toFixed(9))}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
