import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { append, claudeRow, claudeTotal } from "../unit/fleet/cost/usage-home.ts";
import { demoSandbox } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";
import { session } from "./worked.ts";

interface Row {
  readonly tokens: Readonly<Record<string, number>>;
  readonly usd: number | null;
  readonly replies: number;
}

test("what agents on hosts have used is added up with the rest in every grouping, and stays known when they are killed and the host is silent", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  await box.fleet(["create", "one", "-p", "note", "--host", "far1", "--wait"], at);
  await box.fleet(["create", "mine", "-p", "note", "--wait"], at);
  const used = (home: string, conversation: string, rows: readonly unknown[]) => {
    // It is made one of Claude Code after the fact: the demo agent costs nothing.
    const file = join(home, ".ai_fleet/state.json");
    const [entry] = JSON.parse(readFileSync(file, "utf8")) as [{ readonly worktree: string; readonly id: string }];
    const planted = { ...entry, agent: "claude", agent_session: conversation, created_at: "2025-01-01T00:00:00Z" };
    writeFileSync(file, JSON.stringify([planted]));
    writeFileSync(join(home, ".ai_fleet/agents", entry.id, "record.json"), JSON.stringify(planted));
    const folder = join(home, ".claude/projects", entry.worktree.replace(/[^A-Za-z0-9]/g, "-"));
    append(join(folder, `${conversation}.jsonl`), rows);
  };
  used(far.far1.home, session("00000001"), [
    claudeRow("msg_1", 1, { input: 900_000 }),
    claudeTotal({ input: 900_100 }),
  ]);
  used(box.home, session("00000002"), [claudeRow("msg_2", 86_400, { input: 2_000_000 })]);

  const totals = new Set<string>();
  const asked = async (...words: string[]) => JSON.parse((await box.fleet(["cost", "--json", ...words], at)).stdout);
  for (const by of ["agent", "batch", "model", "day", "ticket", "repo"]) {
    const { rows, total } = (await asked("--by", by)) as { readonly rows: readonly Row[]; readonly total: Row };
    expect(rows.reduce((sum, { tokens }) => sum + (tokens.input ?? 0), 0)).toBe(2_900_100);
    totals.add(JSON.stringify([total.tokens, total.usd, total.replies]));
  }
  expect(totals.size).toBe(1);
  expect((await asked("--by", "repo")).rows).toEqual([expect.objectContaining({ repo: project.path, agents: 2 })]);
  expect((await asked("--since", "2025-06-01T12:00:00Z")).total.tokens.input).toBe(2_000_000);
  expect((await asked("far1:*")).rows.map(({ agent }: { agent: string }) => agent)).toEqual(["one"]);
  await box.fleet(["cost", "one", "--csv"], at).expect({ stdout: /\none,1,1,900100,0,0,0,0,[\d.]+,false\n$/ });

  expect(await box.fleet(["kill", "one", "-y"], at)).toMatchObject({ code: 0 });
  expect((await asked()).total.tokens.input).toBe(2_900_100);
  await far.far1.stop("connections");
  const silent = await box.fleet(["cost", "--json"], at);
  expect(silent.code).toBe(1);
  expect(silent.stderr).toMatch(/far1 is unreachable since .*Connection refused/);
  const { total, hosts } = JSON.parse(silent.stdout);
  expect([total.tokens.input, total.at_least, hosts[0].reachable]).toEqual([2_900_100, true, false]);
  await box.fleet(["hosts", "remove", "far1", "--force"], at);
  writeFileSync(join(box.home, ".ai_fleet/config.toml"), 'default_agent = "demo"\n');
  expect((await asked()).total.tokens.input).toBe(2_900_100);
});
