import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkCaps } from "../../src/sandboxes/caps.ts";
import { engines } from "../helpers/engines.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { agentFile, agentOn, demoSandbox } from "./agents.ts";

/** Where caps cannot be kept, that they are refused is all there is to see. */
const { works } = checkCaps(process.env);
const kinds = ["none", "bubblewrap", ...engines] as const;

/** The groups that the kernel has of an agent. An engine for containers names its own as it likes. */
function groupsOf(box: Sandbox, branch: string): string[] {
  const all = readdirSync("/sys/fs/cgroup", { recursive: true, encoding: "utf8" });
  const { id } = agentOn(box, branch);
  const { directories = [] } = JSON.parse(agentFile(box, branch, "caps.json") ?? "{}") as { directories?: string[] };
  return [
    ...all.filter((path) => path.endsWith(`/fleet-${id}`)).map((path) => join("/sys/fs/cgroup", path)),
    ...directories.filter((path) => existsSync(path)),
  ];
}

/** The first of these files that a group of an agent has: version 1 and 2 of cgroups have other names. */
function kept(box: Sandbox, branch: string, ...names: string[]): string {
  const paths = groupsOf(box, branch).flatMap((group) => names.map((name) => join(group, name)));
  return paths.map(textIfThere).find((text) => text !== undefined) ?? "";
}

function textIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

async function reasonOf(box: Sandbox, cwd: string, branch: string): Promise<string> {
  const { stdout } = await box.fleet(["list", branch, "--json"], { cwd });
  const [agent] = (JSON.parse(stdout) as { agents: { status: string; reason: string | null }[] }).agents;
  return `${agent?.status}: ${agent?.reason}`;
}

if (!works) {
  test("caps that cannot be kept here are refused before anything is made", async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const refused = { code: 1, stderr: /^✗ agents cannot be capped here: / };
    await box.fleet(["create", "a", "--memory", "64M"], { cwd: project.path }).expect(refused);
  });
}

for (const kind of works ? kinds : []) {
  test(`an agent in ${kind} that uses up its memory shows so, its groups go with it, and it can be resumed`, async () => {
    await using box = await demoSandbox('[agents.hog]\ncommand = "hog"\n');
    box.executable("hog", "#!/bin/sh\n[ -e again ] && exec sleep 3600\necho filling\n>again\nexec tail /dev/zero\n");
    const project = await box.repository();
    const at = { cwd: project.path };
    await box.fleet(["create", "a", "--agent", "hog", "--sandbox", kind, "--memory", "64M"], at);
    await eventually(() => agentFile(box, "a", "exit") !== undefined, { what: "the agent to be ended" });
    expect(await reasonOf(box, project.path, "a")).toBe("error: out of memory (limit 64M)");
    await box.fleet(["logs", "a"], at).expect({ stdout: /filling/ });
    await box.fleet(["prompt", "a", "more"], at).expect({ code: 1, stdout: /has ended: error \(out of memory/ });
    await box.fleet(["resume", "a"], at).expect({ stdout: /resumed/ });
    expect(await reasonOf(box, project.path, "a")).not.toContain("memory");
    const groups = groupsOf(box, "a");
    await box.fleet(["stop", "a"], at);
    expect(groups.filter((path) => existsSync(path))).toEqual([]);
    await box.fleet(["kill", "a"], at).expect({ stdout: /^ {2}a {2}ended/, stderr: /Undo/ });
  });

  test(`the kernel keeps an agent in ${kind}, and what is run beside it, to its caps`, async () => {
    await using box = await demoSandbox('memory_limit = "64M"\n');
    const project = await box.repository();
    const at = { cwd: project.path };
    await box.fleet(["create", "a", "--sandbox", kind, "--cpus", "0.5", "--pids", "40"], at);
    expect(kept(box, "a", "memory.max", "memory.limit_in_bytes")).toBe(String(64 * 2 ** 20));
    expect(kept(box, "a", "cpu.max", "cpu.cfs_quota_us")).toStartWith("50000");
    expect(kept(box, "a", "pids.max")).toBe("40");
    const fill = "tail /dev/zero; echo ended with $?";
    await box.fleet(["exec", "a", "--", "sh", "-c", fill], at).expect({ stdout: "ended with 137\n", stderr: /Killed/ });
    const daemon = "env -i setsid sleep 64 >/dev/null 2>&1 &";
    await box.fleet(["exec", "a", "--", "sh", "-c", daemon], at).expect({});
    const many = "i=0; while [ $i -lt 60 ]; do sleep 0.3 & i=$((i+1)); done";
    await box.fleet(["exec", "a", "--", "sh", "-c", many], at).expect({ code: 1, stderr: /Cannot fork/ });
    await eventually(async () => (await reasonOf(box, project.path, "a")) === "error: out of memory (limit 64M)", {
      what: "the list to say that the memory was used up",
    });
    await box.fleet(["prompt", "a", "go on"], at).expect({ stdout: "  a  submitted\n" });
    await eventually(async () => (await reasonOf(box, project.path, "a")) === "idle: null", { what: "it to go on" });
    const groups = groupsOf(box, "a");
    await box.fleet(["stop", "a"], at).expect({ stdout: "  a  stopped\n" });
    expect(groups.filter((path) => existsSync(path))).toEqual([]);
    await eventually(async () => (await box.processes()).length === 0, { what: "its tmux server to end, too" });
    await box.fleet(["exec", "a", "--", "sh", "-c", fill], at).expect({ stdout: "ended with 137\n", stderr: /Killed/ });
    expect(groupsOf(box, "a")).toEqual([]);
    await box.fleet(["resume", "a"], at).expect({ stdout: "  a  resumed  started anew\n" });
    expect(kept(box, "a", "pids.max")).toBe("40");
    const last = groupsOf(box, "a");
    await box.fleet(["kill", "a"], at);
    expect(last.filter((path) => existsSync(path))).toEqual([]);
  });
}
