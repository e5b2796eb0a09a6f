/** What agents on many machines cost; `scripts/host-load` runs it. It measures and asserts nothing of time. */
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { demoSandbox } from "../e2e/agents.ts";
import { configureHosts, hosts, provideProgram, type TestHost } from "../helpers/hosts.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

const hostCount = Number(process.env.HOSTS ?? 10);
const agentCount = Number(process.env.AGENTS ?? 50);
const still = '[agents.still]\ncommand = "/bin/sh"\nflags = ["-c", "exec sleep 1000000"]\nprompt = "argument"\n';

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** Makes the same on a host as a person would by hand: a push, then one ssh that makes all worktrees and sessions there. */
async function byHand(box: Sandbox, repository: string, { name, words, home }: TestHost): Promise<void> {
  const ssh = ["ssh", ...words.slice(1)];
  const mirror = join(home, "bare.git");
  await box.run([...ssh, `git init -q --bare ${mirror}`]);
  const url = `ssh://${name}${mirror}`;
  await box.run(["git", "-C", repository, "push", "-q", url, "HEAD:refs/heads/main"], {
    env: { GIT_SSH_COMMAND: ["ssh", ...words.slice(1, -1)].join(" ") },
  });
  const script = `for i in $(seq ${agentCount}); do git -C ${mirror} worktree add -q -b b$i ${home}/t$i main; tmux -L bare new-session -d -s b$i -c ${home}/t$i 'exec sleep 1000000'; done`;
  const made = await box.run([...ssh, script], { timeoutMs: 600_000 });
  expect(made.code).toBe(0);
}

test(`${hostCount} hosts with ${agentCount} agents each`, async () => {
  await using box = await demoSandbox(still);
  const project = await box.repository("project");
  const names = Array.from({ length: hostCount }, (_, index) => `far${index + 1}`);
  const far = Object.values(await hosts(box, Object.fromEntries(names.map((name) => [name, {}]))));
  for (const host of far) {
    provideProgram(box, host);
    mkdirSync(join(host.home, ".ai_fleet"), { recursive: true, mode: 0o700 });
    writeFileSync(join(host.home, ".ai_fleet/config.toml"), still);
  }
  const slots = `slots = ${agentCount}\n`;
  configureHosts(
    box,
    far.map((host) => ({ ...host, table: `${host.table}${slots}` })),
  );
  const cwd = project.path;
  const all = `${hostCount * agentCount}`;

  const bare = await seconds(() => Promise.all(far.map((host) => byHand(box, cwd, host))));
  const end = "tmux -L bare kill-server";
  await Promise.all(far.map(({ words }) => box.run(["ssh", ...words.slice(1), end])));
  const fanout = await seconds(async () => {
    const words = ["fanout", all, "x", "--agent", "still", "-p", "x", "--host", "any"];
    const { code, stderr } = await box.fleet(words, { cwd, timeoutMs: 600_000 });
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
  });
  const list = async () => box.fleet(["list", "--json"], { cwd, timeoutMs: 60_000 });
  const first = await seconds(list);
  const looks = [await seconds(list), await seconds(list), await seconds(list)].sort((a, b) => a - b);
  expect(JSON.parse((await list()).stdout).agents).toHaveLength(Number(all));
  const [one] = far;
  const there = '"$HOME/.ai_fleet/bin/fleet" list -A --json >/dev/null';
  const ownLook = await seconds(() => box.run(["ssh", ...(one?.words.slice(1) ?? []), there]));
  // They share the processors of one machine, so this is what a list over all of them can be at best.
  const allLook = await seconds(() => Promise.all(far.map(({ words }) => box.run(["ssh", ...words.slice(1), there]))));
  const ended = await seconds(async () => {
    const { code } = await box.fleet(["kill", "x", "-y"], { cwd, timeoutMs: 600_000 });
    expect(code).toBe(0);
  });
  const figures = { "by hand": bare, "fan-out": fanout, "list, first": first, list: looks[1] ?? 0 };
  const rows = { ...figures, "one host's own list, by ssh": ownLook, "all of these at once": allLook, kill: ended };
  const table = Object.entries(rows).map(([what, time]) => `${what.padEnd(28)} ${time.toFixed(2).padStart(7)} s`);
  process.stdout.write(`${hostCount} hosts, ${all} agents\n${table.join("\n")}\n`);
  for (const host of far) await host.stop("connections");
});
