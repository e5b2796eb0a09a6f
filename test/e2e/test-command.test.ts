import { expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { agentDirectory, agentOn, demoSandbox, sorted, untilDemo, writeConfig } from "./agents.ts";

/** Agents that have taken a prompt and are idle again. */
async function idleAgents(box: Sandbox, path: string, ...names: readonly string[]): Promise<void> {
  await box.fleet(["multi", ...names.map((name) => `${name}:note ${name}`)], { cwd: path });
  for (const name of names) await untilDemo(box, name, "idle", 1);
}

test("a test runs in each worktree, and what passed runs again only when something has changed", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await idleAgents(box, path, "a", "b");
  const passed = { stdout: /^ {2}a {2}passed {2}\S+\n$/, stderr: "1 of 1 passed.\n" };
  const count = join(box.root, "count");
  const command = ["--", "sh", "-c", `echo "$AI_FLEET_BRANCH" >>${count}; grep -q 'note a' demo-notes.md`];
  await box.fleet(["test", "a", "b", ...command], at).expect({
    code: 1,
    stdout: /^ {2}a {2}passed {2}\[TIME\]\n {2}b {2}failed {2}\[TIME\] {2}exit code 1; it said nothing\n$/,
    stderr: "1 of 2 passed.\n",
  });
  await box.fleet(["test", "a", "b", ...command], at).expect({
    code: 1,
    stdout: /^ {2}a {2}passed {2}\S+ {2}as \[TIME\] ago: nothing has changed since\n {2}b {2}failed /,
    stderr: "1 of 2 passed.\n",
  });
  expect(sorted(readFileSync(count, "utf8"))).toEqual(["a", "b", "b"]);
  writeFileSync(join(agentOn(box, "a").worktree, "untracked"), "new");
  await box.fleet(["test", "a", ...command], at).expect(passed);
  await box.fleet(["test", "a", "--again", ...command], at).expect(passed);
  expect(sorted(readFileSync(count, "utf8"))).toEqual(["a", "a", "a", "b", "b"]);
  const tests = join(agentDirectory(box, "a"), "tests");
  expect(statSync(tests).mode & 0o777).toBe(0o700);
  const { agents } = JSON.parse((await box.fleet(["test", "a", "--json", ...command], at)).stdout);
  expect(statSync(agents[0].test.log).mode & 0o777).toBe(0o600);
  expect(agents[0].test).toMatchObject({ outcome: "passed", exit_code: 0, known: true, left_processes: 0 });
});

test("a test that hangs, asks, talks without end or leaves servers behind ends in a clear result", async () => {
  await using box = await demoSandbox("test_parallel = 5");
  const { path } = await box.repository();
  const at = { cwd: path };
  await idleAgents(box, path, "hangs", "asks", "talks", "serves", "kills", "changes");
  const { stdout } = await box.fleet(
    [
      ...["test", "*", "--except", "hangs", "--json", "--", "sh", "-c"],
      `case $AI_FLEET_BRANCH in
        asks) read answer || exit 3 ;;
        talks) echo first; head -c 50000000 /dev/zero | tr '\\0' x; echo last ;;
        serves)
          setsid sleep 1000 >/dev/null 2>&1 &
          sleep 1001 &
          until ps -o args= -p $! | grep -q '^sleep 1001'; do :; done ;;
        kills) kill -9 0 ;;
        changes) echo more >>README.md ;;
      esac`,
    ],
    at,
  );
  const tests: Record<string, { log: string; left_processes: number }> = Object.fromEntries(
    JSON.parse(stdout).agents.map((agent: { branch: string; test: object }) => [agent.branch, agent.test]),
  );
  expect(tests).toMatchObject({
    asks: { outcome: "failed", exit_code: 3 },
    talks: { outcome: "passed", output_bytes: 50_000_011 },
    serves: { outcome: "passed" },
    kills: { outcome: "failed", exit_code: 137 },
    changes: { outcome: "passed", changed_tree: true },
  });
  expect(tests.serves?.left_processes).toBeGreaterThanOrEqual(1);
  const said = readFileSync(tests.talks?.log ?? "", "utf8");
  expect(said.length).toBeLessThan(2_100_000);
  expect(said).toStartWith("first\n");
  expect(said).toEndWith("last\n");
  expect(said).toContain("bytes are left out here]");
  writeConfig(box, 'test_timeout = "1s"\n');
  const hanging = await box.fleet(["test", "hangs", "--json", "--", "sh", "-c", "sleep 1000; true"], at);
  expect(JSON.parse(hanging.stdout).agents[0].test).toMatchObject({ outcome: "timeout", changed_tree: false });
  await eventually(async () => (await box.processes()).every(({ command }) => !/sleep 100\d/.test(command)), {
    what: "what the tests started to end",
  });
});

test("the command comes from the settings of the repository, and its reports become one", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await idleAgents(box, path, "a", "b");
  await box.fleet(["test", "a"], at).expect({ code: 2, stderr: /^✗ there is no test command\n {2}give it after --/ });
  const suite = `<testsuite><testcase name="one"/><testcase name="2 > 1"><failure>no</failure></testcase></testsuite>`;
  const write = `mkdir -p out; if [ $AI_FLEET_BRANCH = a ]; then echo '${suite}' >out/r.xml; else echo '<&'; exit 1; fi`;
  const settings = { test_command: write, test_junit: ["out/*.xml"] };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  writeConfig(box, `[repo.${JSON.stringify(path)}]\n${lines.join("\n")}\n`);
  await box
    .fleet(["test", "a", "b", "--junit", "report.xml"], at)
    .expect({ code: 1, stdout: /passed(.|\n)*failed/, stderr: "1 of 2 passed.\n" });
  const report = readFileSync(join(path, "report.xml"), "utf8");
  expect(report).toMatch(/<testsuite name="a" tests="2" failures="1" errors="0" skipped="0" time="[\d.]+"/);
  expect(report).toContain('<testcase name="2 > 1"><failure>no</failure></testcase>');
  expect(report).toContain('<failure message="exit code 1">&#60;&#38;\n</failure>');
});

test("no index, ref or object of anybody is changed by a test, and nothing of the look stays", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository();
  const at = { cwd: repository.path };
  await idleAgents(box, repository.path, "a");
  const { worktree } = agentOn(box, "a");
  writeFileSync(join(worktree, "untracked"), "only here");
  const state = async () => [
    await repository.git("for-each-ref"),
    await repository.git("count-objects"),
    await repository.git("-C", worktree, "status", "--porcelain"),
    readFileSync(join(repository.path, ".git/worktrees/a/index")).toString("hex"),
  ];
  const before = await state();
  await box.fleet(["test", "a", "--", "true"], at).expect({ stdout: /passed/, stderr: "1 of 1 passed.\n" });
  expect(await state()).toEqual(before);
  expect(
    existsSync(join(box.home, ".ai_fleet/agents")) &&
      (await box.run(["ls", join(box.home, ".ai_fleet/agents")])).stdout,
  ).not.toContain("look.");
});
