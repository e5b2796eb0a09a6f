/** Tests with a real Slurm; `scripts/real-slurm` runs them. */
import { expect, test } from "bun:test";
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { demoSandbox } from "../e2e/agents.ts";
import { hosts, provideProgram, type TestHost } from "../helpers/hosts.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";

const configuration = process.env.SLURM_CONF ?? "";
const login = {
  server: ["AcceptEnv SLURM_CONF"],
  client: [`SetEnv SLURM_CONF=${configuration}`],
};

async function slurm(...words: readonly string[]): Promise<string> {
  const asked = Bun.spawn([...words], { stdout: "pipe", stderr: "pipe" });
  return new Response(asked.stdout).text();
}

/** Login nodes, each with a home of its own and one node of the cluster to itself. */
async function clusters(box: Sandbox, time: string): Promise<Readonly<Record<string, TestHost>>> {
  const names = ["n1", "n2", "n3"];
  const started = await hosts(box, Object.fromEntries(names.map((name) => [name, login])));
  mkdirSync(join(box.home, ".ai_fleet"), { recursive: true, mode: 0o700 });
  for (const [name, host] of Object.entries(started)) {
    provideProgram(box, host);
    const options = `slurm = { nodelist = "${name}", time = "${time}", cpus = 2 }\nslots = 10\n`;
    const agent = 'env = { AI_FLEET_DEFAULT_AGENT = "demo" }\n';
    appendFileSync(join(box.home, ".ai_fleet/config.toml"), `${host.table}${options}${agent}`, { mode: 0o600 });
  }
  return started;
}

async function statuses(box: Sandbox, cwd: string): Promise<Record<string, string[]>> {
  const { stdout } = await box.fleet(["list", "--json"], { cwd });
  const { agents } = JSON.parse(stdout) as { agents: { host: string; status: string }[] };
  const byHost = Object.entries(Object.groupBy(agents, ({ host }) => host));
  return Object.fromEntries(byHost.map(([host, own]) => [host, [...new Set((own ?? []).map(({ status }) => status))]]));
}

test("thirty agents on three nodes: one node fails, the rest is cancelled, nothing is lost and nothing is left", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const far = await clusters(box, "10");
  const cwd = project.path;
  const made = await box.fleet(["fanout", "30", "x", "-p", "note", "--host", "any"], { cwd, timeoutMs: 120_000 });
  expect(made).toMatchObject({ code: 0 });
  const allIdle = { n1: ["idle"], n2: ["idle"], n3: ["idle"] };
  await eventually(async () => Bun.deepEquals(await statuses(box, cwd), allIdle), {
    what: "thirty idle agents",
    timeoutMs: 60_000,
  });

  // As a node that loses its power: the daemon, the job and the tmux server are gone, and nobody has said goodbye.
  const [job = ""] = (await slurm("squeue", "--noheader", "--name", "fleet-n2", "--format", "%i")).trim().split("\n");
  const daemon = readFileSync(join(configuration, "../slurmd-n2.pid"), "utf8");
  const script = (await slurm("pgrep", "-f", `spooln2/job0*${job}/slurm_script`)).trim();
  const server = await slurm("pgrep", "-P", script);
  for (const pid of `${daemon}\n${script}\n${server}`.split("\n").filter(Boolean)) process.kill(Number(pid), "SIGKILL");
  await slurm("scontrol", "update", "nodename=n2", "state=down", "reason=test");
  const without = { n1: ["idle"], n2: ["stopped"], n3: ["idle"] };
  await eventually(async () => Bun.deepEquals(await statuses(box, cwd), without), {
    what: "one node down",
    timeoutMs: 60_000,
  });

  await slurm("scancel", "--user", "root");
  await eventually(async () => (await slurm("squeue", "--noheader")).trim() === "", {
    what: "an empty queue",
    timeoutMs: 60_000,
  });
  const cancelled = { n1: ["stopped"], n2: ["stopped"], n3: ["stopped"] };
  await eventually(async () => Bun.deepEquals(await statuses(box, cwd), cancelled), {
    what: "all stopped",
    timeoutMs: 60_000,
  });
  expect(await slurm("pgrep", "-f", "tmux -L fleet-slurm-")).toBe("");

  const fetched = await box.fleet(["fetch", "--json"], { cwd, timeoutMs: 60_000 });
  const base = await project.git("rev-parse", "HEAD");
  const { agents } = JSON.parse(fetched.stdout) as { agents: { work: { head: string } }[] };
  expect(agents).toHaveLength(30);
  expect(agents.filter(({ work }) => work.head === base)).toEqual([]);
  await box
    .fleet(["kill", "x", "-y"], { cwd, timeoutMs: 120_000 })
    .expect({ code: 0, stdout: /x-A1/, stderr: /30 of 30 ended/ });
  for (const host of Object.values(far)) await host.stop("connections");
});

test("when its time is over a job ends its agents, and another one takes them up again", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  // Slurm sends the signal up to half a minute before its time, which is a minute before the end: there is time for a note before.
  const far = await clusters(box, "3");
  const cwd = project.path;
  await box
    .fleet(["create", "long", "-p", "note", "--host", "n1"], { cwd, timeoutMs: 60_000 })
    .expect({ stdout: "long\n", stderr: /^1 of 1 is working\.$/m });
  await eventually(async () => (await statuses(box, cwd)).n1?.[0] === "idle", { what: "its note", timeoutMs: 30_000 });
  await eventually(async () => (await slurm("squeue", "--noheader")).trim() === "", {
    what: "the end of its time",
    timeoutMs: 150_000,
  });
  expect(await statuses(box, cwd)).toEqual({ n1: ["stopped"] });
  await box.fleet(["diff", "long", "--name-only"], { cwd }).expect({ stdout: "demo-notes.md\n" });
  const resumed = await box.fleet(["resume", "long", "-p", "go on"], { cwd, timeoutMs: 60_000 });
  expect([resumed.code, (await slurm("squeue", "--noheader", "--format", "%j")).trim()]).toEqual([0, "fleet-n1"]);
  await eventually(async () => (await statuses(box, cwd)).n1?.[0] === "idle", {
    what: "its second note",
    timeoutMs: 30_000,
  });
  // In the server of the first job, which is gone, it would end with the step that brought it back.
  const { agents } = JSON.parse((await box.fleet(["list", "--json"], { cwd })).stdout);
  const job = (await slurm("squeue", "--noheader", "--format", "%i")).trim();
  expect(agents[0].socket).toEndWith(`/fleet-slurm-${job}`);
  await box.fleet(["kill", "long", "-y"], { cwd }).expect({ code: 0, stdout: /long/, stderr: /1 of 1 ended/ });
  await box.fleet(["hosts", "remove", "n1"], { cwd }).expect({ stderr: /n1 is in config.toml/ });
  await eventually(async () => (await slurm("squeue", "--noheader")).trim() === "", {
    what: "the end of the job",
    timeoutMs: 30_000,
  });
  for (const host of Object.values(far)) await host.stop("connections");
});
