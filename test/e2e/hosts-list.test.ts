import { expect, test } from "bun:test";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";

test("agents of all hosts are in one list, and a host that is silent is said to be so without losing any", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const cwd = project.path;
  await box.fleet(["create", "mine", "-p", "note"], { cwd });
  expect((await box.fleet(["list"], { cwd })).stdout).not.toContain("HOST");
  await using far = await demoHosts(box, ["far1", "far2"]);
  await box.fleet(["fanout", "2", "x", "-p", "note", "--host", "any"], { cwd, timeoutMs: 60_000 });

  const idle = async () => {
    const { stdout } = await box.fleet(["list", "--status", "idle", "--format", "{{branch}} {{status}}"], { cwd });
    return stdout.trim().split("\n").length === 3;
  };
  await eventually(idle, { what: "three agents to be idle" });
  const { stdout, stderr } = await box.fleet(["list", "--columns", "branch,host,status", "--sort", "branch"], { cwd });
  expect(stdout).toMatch(
    /^ {2}BRANCH +HOST +STATUS\n {2}mine +here +idle\n {2}x-A1 +far1 +idle\n {2}x-A2 +far2 +idle\n$/,
  );
  expect(stderr).toMatch(/^3 agents\n/);
  expect((await box.fleet(["list", "far2:*", "-q"], { cwd })).stdout).toBe("x-A2\n");
  expect((await box.fleet(["list", "mine", "x-A1", "-q"], { cwd })).stdout.trim().split("\n").sort()).toEqual([
    "mine",
    "x-A1",
  ]);

  await far.far2.stop("connections");
  const silent = await box.fleet(["list", "--json", "--sort", "branch"], { cwd });
  const { agents, hosts } = JSON.parse(silent.stdout);
  expect(agents.map(({ branch, host, status }: Record<string, string>) => [branch, host, status])).toEqual([
    ["mine", undefined, "idle"],
    ["x-A1", "far1", "idle"],
    ["x-A2", "far2", "unknown"],
  ]);
  expect(hosts.map(({ host, reachable }: Record<string, unknown>) => [host, reachable])).toEqual([
    ["far1", true],
    ["far2", false],
  ]);
  expect(silent.stderr).toMatch(/far2 is unreachable since .*Connection refused/);

  await far.far2.start();
  await eventually(idle, { what: "all three to be seen again" });
});

test("a host that answers nothing holds up a list for no longer than five seconds", async () => {
  await using box = await demoSandbox();
  await using far = await demoHosts(box, ["far1"]);
  far.far1.hang();
  const { stderr, code } = await box.fleet(["list"]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/far1 is unreachable since .* no answer in 5 s/);
  far.far1.hang("no more");
});
