interface Panel {
  readonly title: string;
  readonly kind: "timeseries" | "table" | "stat";
  readonly query: string;
  /** What stands beside each line: `{{status}}`. */
  readonly legend: string;
  /** As Grafana calls it. */
  readonly unit: string;
}

const panels: readonly Panel[] = [
  { title: "Agents", kind: "timeseries", query: "sum by (status) (fleet_agents)", legend: "{{status}}", unit: "short" },
  {
    title: "Who needs you",
    kind: "table",
    query: 'fleet_agent_status{status=~"waiting|error|failed|exited"}',
    legend: "{{branch}} {{status}}",
    unit: "short",
  },
  {
    title: "Cost of all agents",
    kind: "stat",
    query: "sum(fleet_agent_cost_dollars_total)",
    legend: "",
    unit: "currencyUSD",
  },
  {
    title: "Cost by model",
    kind: "timeseries",
    query: "sum by (model) (fleet_agent_cost_dollars_total)",
    legend: "{{model}}",
    unit: "currencyUSD",
  },
  {
    title: "The dearest agents",
    kind: "timeseries",
    query: "topk(10, sum by (branch, id) (fleet_agent_cost_dollars_total))",
    legend: "{{branch}}",
    unit: "currencyUSD",
  },
  {
    title: "Tokens a minute",
    kind: "timeseries",
    query: "sum by (kind) (rate(fleet_agent_tokens_total[$__rate_interval])) * 60",
    legend: "{{kind}}",
    unit: "short",
  },
  {
    title: "CPU",
    kind: "timeseries",
    query: "sum by (branch) (fleet_agent_cpu_cores)",
    legend: "{{branch}}",
    unit: "short",
  },
  {
    title: "Memory",
    kind: "timeseries",
    query: "sum by (branch) (fleet_agent_memory_bytes)",
    legend: "{{branch}}",
    unit: "bytes",
  },
  {
    title: "Quota used",
    kind: "timeseries",
    query: "max by (agent, window_minutes) (fleet_quota_used_ratio)",
    legend: "{{agent}} {{window_minutes}} min",
    unit: "percentunit",
  },
];

/** The queries of the dashboard, in PromQL, with variables of Grafana. */
export function dashboardQueries(): string[] {
  return panels.map(({ query }) => query);
}

/** A dashboard of Grafana, to be imported as JSON; it asks which Prometheus it is for. */
export function grafanaDashboard(): Readonly<Record<string, unknown>> {
  return {
    __inputs: [
      {
        name: "DS_PROMETHEUS",
        label: "Prometheus",
        type: "datasource",
        pluginId: "prometheus",
        pluginName: "Prometheus",
      },
    ],
    uid: "ai-fleet",
    title: "ai-fleet",
    schemaVersion: 39,
    version: 1,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    panels: panels.map(asJson),
  };
}

const columns = 3;
const width = 24 / columns;
const height = 8;

function asJson({ title, kind, query, legend, unit }: Panel, index: number): Readonly<Record<string, unknown>> {
  const datasource = { type: "prometheus", uid: `\${DS_PROMETHEUS}` };
  return {
    id: index + 1,
    title,
    type: kind,
    datasource,
    gridPos: { x: (index % columns) * width, y: Math.floor(index / columns) * height, w: width, h: height },
    fieldConfig: { defaults: { unit }, overrides: [] },
    targets: [
      {
        refId: "A",
        datasource,
        expr: query,
        legendFormat: legend,
        instant: kind !== "timeseries",
        ...(kind === "table" ? { format: "table" } : {}),
      },
    ],
  };
}
