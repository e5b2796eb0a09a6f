import { expect, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dockerDaemon, engines } from "../helpers/engines.ts";
import { killProcesses } from "../helpers/processes.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { agentFile, demoSandbox, fleetHome, registered } from "./agents.ts";

type Engine = (typeof engines)[number];

/** What is ended at once, by the process ids of an agent in a container. */
const victims: Readonly<Record<string, (of: Contained) => readonly number[]>> = {
  "its client": ({ client }) => [client],
  "what looks after the container": ({ keeper }) => [keeper],
  "its client and what looks after the container": ({ client, keeper }) => [client, keeper],
  "the first process of the container": ({ first }) => [first],
  "everything of it, as by a machine that is switched off": ({ shell, client, keeper, first }) => [
    ...[shell, client, keeper],
    first,
  ],
};

interface Contained {
  /** What stays beside the client, to end the container with it. */
  readonly shell: number;
  readonly client: number;
  readonly keeper: number;
  readonly first: number;
}

for (const kind of engines) {
  for (const [name, pick] of Object.entries(victims)) {
    test(`after a SIGKILL of ${name}, kill leaves nothing of an agent in ${kind}, and a container of others as it is`, async () => {
      await using box = await demoSandbox();
      const project = await box.repository();
      const at = { cwd: project.path };
      // Docker has its empty image from the first container that fleet makes.
      await box.fleet(["doctor"], at);
      const foreign = await startForeign(box, kind);
      const others = new Set((await box.processes()).map(({ pid }) => pid));
      const ours = async () => (await box.processes()).filter(({ pid }) => !others.has(pid));
      await box.fleet(["create", "a", "-p", "work 600", "--sandbox", kind, "--memory", "200M"], at);
      await eventually(() => agentFile(box, "a", "inside/status")?.startsWith("working") === true, {
        what: "it to work",
      });
      try {
        killProcesses(pick(await contained(box, kind)).map((pid) => ({ pid })));
        await box.fleet(["list"], at).expect({ stdout: /\ba\b/, stderr: /1 agent/ });
        await box.fleet(["kill", "a"], at).expect({ stdout: /^ {2}a {2}ended/, stderr: /Undo/ });
        await eventually(async () => (await ours()).length === 0, { what: "all processes to be gone" });
        expect(await ownContainers(box, kind)).toBe("");
        expect(await box.run([kind, "inspect", "--format", "{{.State.Running}}", foreign])).toMatchObject({
          stdout: "true\n",
        });
      } finally {
        await box.run([kind, "rm", "--force", foreign]);
      }
    });
  }
}

for (const kind of engines) {
  test(`after a SIGKILL of fleet while it starts an agent in ${kind}, the agent is there, and kill leaves nothing of it`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const at = { cwd: project.path };
    const starting = box.start(["create", "a", "--sandbox", kind], at);
    await eventually(() => registered(box).length > 0 && (agentFile(box, "a", "containers/agent.id") ?? "") !== "", {
      what: "a container to be made",
    });
    starting.signal("SIGKILL");
    await starting.ended();
    await box.fleet(["list", "--repair"], at).expect({ stdout: /\ba\b/, stderr: /.*/ });
    await box.fleet(["kill", "a"], at).expect({ stdout: /^ {2}a {2}ended/, stderr: /Undo/ });
    await eventually(async () => (await box.processes()).length === 0, { what: "all processes to be gone" });
    expect(await ownContainers(box, kind)).toBe("");
  });
}

if (dockerDaemon !== undefined) {
  const { start, pid } = dockerDaemon;
  test("after a SIGKILL of docker itself, kill says what it could not remove, and when docker is back nothing is left", async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const at = { cwd: project.path };
    for (const branch of ["a", "b"]) await box.fleet(["create", branch, "--sandbox", "docker"], at);
    const foreign = await startForeign(box, "docker");
    try {
      killProcesses([{ pid: pid() }]);
      await box.fleet(["list"], at).expect({ stdout: /.*/, stderr: /2 agents/ });
      await box.fleet(["kill", "a"], at).expect({
        stdout: /^ {2}a {2}ended/,
        stderr: /docker could not remove a container; to try again, run fleet list --repair\n/,
      });
    } finally {
      await start();
    }
    await box.fleet(["list", "--repair"], at).expect({ stdout: /\bb\b/, stderr: /1 agent/ });
    await box.fleet(["kill", "b"], at).expect({ stdout: /^ {2}b {2}ended/, stderr: /Undo/ });
    expect(await ownContainers(box, "docker")).toBe("");
    expect(await box.run(["docker", "rm", "--force", foreign])).toMatchObject({ stdout: `${foreign}\n` });
    await eventually(async () => (await box.processes()).length === 0, { what: "all processes to be gone" });
  });
}

/** A container that is nothing to us, in which something runs. */
async function startForeign(box: Sandbox, kind: Engine): Promise<string> {
  const root = join(box.root, "foreign");
  mkdirSync(root);
  const programs = ["/usr", "/bin", "/lib", "/lib64"].flatMap((path) => ["--volume", `${path}:${path}:ro`]);
  const empty = kind === "podman" ? ["--rootfs", root] : ["ai-fleet/empty:1"];
  const run = [kind, "run", "--detach", "--network", "none", ...programs, ...empty, "/bin/sleep", "3600"];
  return (await box.run(run)).stdout.trim();
}

async function ownContainers(box: Sandbox, kind: Engine): Promise<string> {
  const filter = `label=ai-fleet.owner=${join(fleetHome(box), "agents")}`;
  return (await box.run([kind, "ps", "--all", "--quiet", "--filter", filter])).stdout;
}

async function contained(box: Sandbox, kind: Engine): Promise<Contained> {
  const id = (agentFile(box, "a", "containers/agent.id") ?? "").trim();
  const { stdout } = await box.run([kind, "inspect", "--format", "{{.State.Pid}}", id]);
  const first = Number(stdout);
  const shell = Number(agentFile(box, "a", "pid"));
  const client = Number(readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8").trim().split(" ")[0]);
  return { shell, client, keeper: parentOf(first), first };
}

function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
