import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { demoSandbox, textOf } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";

/** What leaves a file in no commit beside what the demo agent commits; setup commands are those of the host. */
const leavesFile = 'setup_commands = ["echo unsaved >left.txt"]\n';

test("--commit, --push and --rm of --wait put the work of agents on hosts on their branches, on origin, and end them", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const origin = await box.repository("origin");
  await project.git("remote", "add", "origin", origin.path);
  await using far = await demoHosts(box, ["far1", "far2"], leavesFile);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  const wanted = ["--wait", "--commit", "-m", "all of it", "--push", "--rm", "--junit", "r.xml"];
  await box.fleet(["fanout", "2", "x", "-p", "note", "--host", "any", ...wanted], at).expect({
    code: 0,
    stdout: /^x-A1 \| I noted that .*\nx-A2 \| I noted that .*\n$/,
    stderr: /x-A1: 2 commits on its branch\n(?:.*\n)*x-A2: 2 commits on its branch\n$/,
  });
  expect(await origin.git("log", "--format=%s", "x-A1")).toBe("all of it\ndemo: note\nfirst");
  expect(await origin.git("show", "x-A2:left.txt")).toBe("unsaved");
  expect(textOf(join(project.path, "r.xml"))).toContain('tests="2" failures="0"');
  expect((await box.fleet(["list", "-q"], at)).stdout).toBe("");
  for (const { home } of [far.far1, far.far2]) {
    expect(readdirSync(join(home, ".ai_fleet/worktrees")).filter((name) => !name.startsWith("."))).toEqual([]);
  }
  await far.far1.stop();
  await box.fleet(["restore", "x-A1", "--no-resume"], at).expect({ stdout: /x-A1 {2}restored/ });
  expect(await project.git("log", "-1", "--format=%s", "x-A1")).toBe("all of it");
});

test("an agent on a host with work in no commit is kept by --rm, and a push that is refused keeps it, too", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using _ = await demoHosts(box, ["far1"], leavesFile);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  await box.fleet(["create", "fix", "-p", "note", "--host", "far1", "--wait", "--rm"], at).expect({
    code: 1,
    stdout: /^I noted that/,
    stderr: /fix is kept: 1 commit, 1 file in no commit; to put that on the branch, add --commit/,
  });
  const told = await box.fleet(
    ["create", "two", "-p", "note", "--host", "far1", ..."--wait --commit --push --rm --json".split(" ")],
    at,
  );
  expect(told.code).toBe(1);
  expect(told.stderr).toContain("two could not be pushed to origin");
  expect(JSON.parse(told.stdout).agents).toMatchObject([
    { branch: "two", status: "idle", work: { commits: 2, unsaved: 0, pushed: false, ended: false } },
  ]);
  expect((await box.fleet(["list", "-q"], at)).stdout.split("\n").filter(Boolean).sort()).toEqual(["fix", "two"]);
});
