import { expect, test } from "bun:test";
import { join } from "node:path";
import { dashboardQueries } from "../../src/fleet/cost/dashboard.ts";
import { codexWithQuota } from "../e2e/codex-with-quota.ts";
import { secretOf, serving } from "../e2e/served.ts";
import { type Planted, worked } from "../e2e/worked.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { branchNames } from "../helpers/text.ts";
import { eventually } from "../helpers/wait.ts";
import { claudeRow } from "../unit/fleet/cost/usage-home.ts";
import { Daemon, freePort, Prometheus, type Series } from "./prometheus.ts";

const oddRepository = 'odd "q" \\n {}=,#é';

/** Agents that were killed, and one for each name that a branch can have. */
function planted(killed: number): Planted[] {
  const id = (number: number) => number.toString(16).padStart(8, "0");
  const gone = Array.from({ length: killed }, (_, index) => ({ branch: `gone-${index}`, killed: true }));
  const agents = [...gone, ...branchNames.map((branch) => ({ branch, killed: false }))];
  return agents.map((agent, index) => ({
    ...agent,
    id: id(index),
    directory: id(index),
    rows: [claudeRow(`msg_${index}`, 1, { input: 1000 + index })],
  }));
}

const anything = { stdout: /.*/, stderr: /.*/ };

/** These, one that waits for an answer, and one that was told of a quota. */
async function fleetOf(agents: readonly Planted[]): Promise<{ box: Sandbox; at: { cwd: string } }> {
  const { box, at } = await worked(agents, oddRepository);
  await box.fleet(["create", "live", "--agent", "demo", "-p", "ask which one?"], at).expect(anything);
  box.executable("codex", codexWithQuota);
  await box.fleet(["create", "told", "--agent", "codex"], at).expect(anything);
  return { box, at };
}

/** What is told of tokens: for each agent all that it has read. */
function inputs(series: readonly Series[]): Record<string, string> {
  return Object.fromEntries(series.map(({ metric, value: [, value] }) => [metric.branch, value]));
}

const few = planted(1);
const expectedInputs = Object.fromEntries(few.map(({ branch }, index) => [branch, `${1000 + index}`]));

const inputQuery = 'sum by (branch) (fleet_agent_tokens_total{kind="input",agent="claude"})';

test("promtool finds nothing to say against the metrics of a thousand agents, whatever they are called", async () => {
  const { box, at } = await fleetOf(planted(1000));
  await using _ = box;
  const { stdout } = await box.fleet(["metrics"], at);
  const checked = Bun.spawnSync(["promtool", "check", "metrics"], { stdin: Buffer.from(stdout) });
  expect([checked.exitCode, `${checked.stdout}${checked.stderr}`]).toEqual([0, ""]);
});

test("the textfile collector of node_exporter reads the file, and Prometheus gets from it what was written", async () => {
  const { box, at } = await fleetOf(few);
  await using _ = box;
  await box.fleet(["metrics", "-o", join(box.home, "fleet.prom")], at);
  const port = freePort();
  await using _exporter = new Daemon(box, [
    ...["prometheus-node-exporter", `--web.listen-address=127.0.0.1:${port}`, "--collector.disable-defaults"],
    ...["--collector.textfile", `--collector.textfile.directory=${box.home}`],
  ]);
  await using prometheus = new Prometheus(box, [{ job: "node", port }]);
  expect(inputs(await prometheus.found(inputQuery))).toEqual(expectedInputs);
  expect((await prometheus.query("node_textfile_scrape_error")).map(({ value: [, value] }) => value)).toEqual(["0"]);
});

test("Prometheus gets the metrics of a server with the token of viewers, and every query of the dashboard finds something", async () => {
  const { box, at } = await fleetOf(few);
  await using _ = box;
  const served = await serving(box, at.cwd);
  const port = Number(new URL(served.url).port);
  await using prometheus = new Prometheus(box, [{ job: "fleet", port, token: secretOf(box, "viewer-token") }]);
  const series = await prometheus.found(inputQuery);
  expect(inputs(series)).toEqual(expectedInputs);
  const repositories = await prometheus.query('sum by (repo) (fleet_agent_status{branch="fix-42"})');
  expect(repositories[0]?.metric.repo).toBe(join(box.home, "code", oddRepository));
  // A variable of Grafana: what it makes of it depends on how much is shown.
  for (const query of dashboardQueries()) await prometheus.found(query.replaceAll("$__rate_interval", "1m"));
  // A counter that is scraped again has a rate.
  const rates = await eventually(() => prometheus.query("rate(fleet_agent_tokens_total[1m])"), { what: "rates" });
  expect(rates.every(({ value: [, value] }) => Number(value) === 0)).toBe(true);
});
