import { expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { append, claudeRow, claudeTotal, started } from "../unit/fleet/cost/usage-home.ts";
import { session, worked } from "./worked.ts";

const million = 1_000_000;

function threeAgents() {
  return worked([
    { id: "00000001", branch: "auth-A1", rows: [claudeRow("msg_1", 1, { input: million, output: 50_000 })] },
    {
      id: "00000002",
      branch: "auth-A2",
      killed: true,
      rows: [claudeRow("msg_2", 2, { read: million, hour: 1000, written: 3000 })],
    },
    {
      id: "00000003",
      branch: "docs",
      batch: "manual-2025-05-31",
      rows: [
        claudeRow("msg_3", 3600, { input: 5 }),
        claudeRow("msg_4", 3600, { input: 2000, output: 10 }, { model: "qwen-3.5" }),
        claudeTotal({ input: 5 }),
      ],
    },
  ]);
}

test("what agents have used is shown, of killed ones too, with what is not known of it", async () => {
  const { box, at } = await threeAgents();
  await using _ = box;
  await box.fleet(["cost"], at).expect({
    stdout: `AGENT    AGENTS  REPLIES  INPUT  CACHED  WRITTEN  OUTPUT    COST
auth-A1       1        1     1M       0        0     50k  $5.00+
auth-A2       1        1      0      1M       3k       0  $0.22+
docs          1        2     2k       0        0      10  $0.00+
`,
    stderr:
      /3 agents: 2\.1M tokens, \$5\.22\+\nprices of the API, as published on 2026-09-23\n\+ at least: .*\nno price is known for qwen-3\.5; .*\n {4}\[prices\."qwen-3\.5"\]\n/,
  });
  writeFileSync(join(box.home, ".ai_fleet/config.toml"), '[prices."qwen-3.5"]\ninput = 1000\noutput = 0\n');
  await box.fleet(["cost", "docs", "--csv"], at).expect({
    stdout: `agent,agents,replies,input,cache_read,cache_write,cache_write_1h,output,usd,at_least
docs,1,2,2005,0,0,0,10,2.00002,false
`,
  });
});

test("whatever it is added up by, the total is the same", async () => {
  const { box, at } = await threeAgents();
  await using _ = box;
  const totals = new Set<string>();
  for (const by of ["agent", "batch", "model", "day", "ticket", "repo"]) {
    const { rows, total } = JSON.parse((await box.fleet(["cost", "--by", by, "--json"], at)).stdout);
    const sum = (key: string) =>
      rows.reduce((all: number, row: { tokens: Record<string, number> }) => all + (row.tokens[key] ?? 0), 0);
    expect([sum("input"), sum("cache_read"), sum("output")]).toEqual([
      total.tokens.input,
      total.tokens.cache_read,
      total.tokens.output,
    ]);
    totals.add(JSON.stringify([total.tokens, total.usd, total.replies]));
  }
  expect(totals.size).toBe(1);
});

test("only what was used since a moment is added up", async () => {
  const { box, at } = await threeAgents();
  await using _ = box;
  const since = new Date(started + 60_000).toISOString();
  const { rows } = JSON.parse((await box.fleet(["cost", "--since", since, "--json"], at)).stdout);
  expect(rows.map((row: { agent: string }) => row.agent)).toEqual(["docs"]);
  await box
    .fleet(["cost", "--since", "noon"], at)
    .expect({ code: 2, stderr: /--since takes today, 2d, 12h or a day such as/ });
  const today = JSON.parse((await box.fleet(["cost", "--since", "today", "--json"], at)).stdout);
  expect([today.rows, new Date(today.since).getHours()]).toEqual([[], 0]);
});

test("a name that no agent has is an error, and so are two forms of the answer", async () => {
  const { box, at } = await threeAgents();
  await using _ = box;
  await box.fleet(["cost", "none"], at).expect({ code: 1, stderr: /none names no agent/ });
  const both = await box.fleet(["cost", "--csv", "--json"], at);
  expect([both.code, both.stdout.includes("--csv and --json cannot be combined")]).toEqual([2, true]);
});

test("a list shows what each agent costs when it is asked to", async () => {
  const { box, at } = await threeAgents();
  await using _ = box;
  const { stdout } = await box.fleet(["list", "--cost"], at);
  expect(stdout.split("\n").map((line) => /COST|\$[\d.+]+/.exec(line)?.[0])).toEqual([
    "COST",
    "$5.00+",
    "$0.00+",
    undefined,
  ]);
  const { agents } = JSON.parse((await box.fleet(["list", "--cost", "--json"], at)).stdout);
  expect(agents[0].cost).toMatchObject({ usd: 5, replies: 1, at_least: true });
  expect((await box.fleet(["list"], at)).stdout).not.toContain("COST");
});

test("metrics are printed, or written to a file that others may read, which is replaced at once", async () => {
  const { box, at } = await threeAgents();
  await using _ = box;
  const { stdout } = await box.fleet(["metrics"], at);
  const labels = `batch="auth",repo="${at.cwd}",agent="claude",model="claude-opus-5-5"`;
  expect(stdout).toContain('\nfleet_agents{status="stopped"} 2\n');
  expect(stdout).toContain(`\nfleet_agent_cost_dollars_total{id="00000001",branch="auth-A1",${labels}} 5\n`);
  expect(stdout).toContain(`{id="00000002",branch="auth-A2",${labels},kind="cache_read"} 1000000\n`);
  await box.fleet(["metrics", "-o", "fleet.prom"], at).expect({ stdout: "" });
  const file = join(at.cwd, "fleet.prom");
  expect(readFileSync(file, "utf8").split("\n").length).toBe(stdout.split("\n").length);
  expect(statSync(file).mode & 0o777).toBe(0o644);
  await box
    .fleet(["metrics", "-o", "none/fleet.prom"], at)
    .expect({ code: 1, stderr: /none\/fleet\.prom cannot be written/ });
});

test("many may look at the same time, and what is appended meanwhile counts once", async () => {
  const { box, at } = await threeAgents();
  await using _ = box;
  const worktree = join(box.home, ".ai_fleet/worktrees/auth-A1").replace(/[^A-Za-z0-9]/g, "-");
  const file = join(box.home, ".claude/projects", worktree, `${session("00000001")}.jsonl`);
  for (let number = 10; number < 14; number += 1) {
    append(file, [claudeRow(`msg_${number}`, number, { input: 1 }), claudeRow(`msg_${number}`, number, { input: 1 })]);
    const answers = await Promise.all([1, 2, 3, 4].map(() => box.fleet(["cost", "auth-A1", "--json"], at)));
    const seen = answers.map(({ stdout }) => JSON.parse(stdout).total.tokens.input);
    expect(seen).toEqual([1, 2, 3, 4].map(() => million + number - 9));
  }
});

test("other programs are told the same as users", async () => {
  const { box, at } = await threeAgents();
  await using _ = box;
  const calls = [
    { id: 1, call: "cost", input: { by: "model" } },
    { id: 2, call: "metrics" },
    { id: 3, call: "budget", operation: "budget-0001", input: { targets: ["docs"], amount: "5USD" } },
  ];
  const input = calls.map((call) => `${JSON.stringify(call)}\n`).join("");
  const { stdout } = await box.fleet(["api"], { ...at, input });
  const answers = new Map(
    stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => [JSON.parse(line).id, JSON.parse(line).answer]),
  );
  const { version: __, ...told } = JSON.parse((await box.fleet(["cost", "--by", "model", "--json"], at)).stdout);
  expect(answers.get(1)).toEqual(told);
  expect(answers.get(2).metrics).toContain("fleet_agent_tokens_total{");
  expect(answers.get(3).budgets).toMatchObject([{ branch: "docs", of: "agent", limit: 5, unit: "USD" }]);
});
