import { expect, test } from "bun:test";
import { appendFileSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { append, claudeRow } from "../unit/fleet/cost/usage-home.ts";
import { demoSandbox, registered, textOf } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";
import { session } from "./worked.ts";

/** What is known here of agents on other machines. */
const awayFiles = ({ home }: Sandbox) => {
  const folder = join(home, ".ai_fleet/away");
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
};

const onlyPasses = (branch: string) => `case $AI_FLEET_BRANCH in ${branch}) ;; *) echo not me; exit 3 ;; esac`;

test("the best of a race on two hosts is tested there, merged here, and the others are ended there and saved here", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using _ = await demoHosts(box, ["far1", "far2"]);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  const race = ["fanout", "4", "race", "-p", "note", "--host", "any", "--test", onlyPasses("race-A3"), "--pick"];
  const { code, stdout, stderr } = await box.fleet([...race, "--report", "r.md", "--junit", "r.xml"], at);
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^(?:race-A\d\n)* {2}race-A3 {2}taken {2}main is at [0-9a-f]{7}\n$/),
    stderr: expect.stringMatching(/3 others ended and saved\. Undo: fleet restore --last\n$/),
  });
  expect(textOf(join(project.path, "r.md"))).toStartWith("# race-A3 was taken\n");
  const report = textOf(join(project.path, "r.xml"));
  expect(report.match(/<testsuite name=/g)).toHaveLength(4);
  expect(report.match(/<failure message="exit code 3">not me/g)).toHaveLength(3);
  const listed = JSON.parse((await box.fleet(["list", "--json"], at)).stdout);
  expect(listed.agents).toMatchObject([{ branch: "race-A3", host: "far1" }]);
  await box.fleet(["restore", "--last"], at).expect({ stdout: /\n {2}race-A3 {2}taken back {2}main is at / });
  expect(
    registered(box)
      .map(({ branch }) => branch)
      .sort(),
  ).toEqual(["race-A1", "race-A2", "race-A4"]);
});

test("a winner on a silent host is not taken, and a loser on one is kept and named", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1", "far2"]);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  await box.fleet(["create", "mine", "--batch", "race"], at);
  await box.fleet(["create", "one", "--host", "far1", "--batch", "race"], at);
  await box.fleet(["create", "two", "--host", "far2", "--batch", "race"], at);
  writeFileSync(join(far.far1.home, ".ai_fleet/worktrees/one/new.txt"), "unsaved\n");
  await box.fleet(["fetch"], at);
  const main = await project.git("rev-parse", "main");
  await far.far1.stop("connections");
  await box.fleet(["pick", "one", "--untested"], at).expect({
    code: 1,
    stdout: "",
    stderr: /✗ what one has now could not be fetched from far1; nothing was changed\n {2}.*fleet merge one --commit\n$/,
  });
  expect(await project.git("rev-parse", "main")).toBe(main);
  await far.far1.start();
  await far.far2.stop("connections");
  await box.fleet(["pick", "one"], at).expect({
    code: 1,
    stdout: /^ {2}one {2}taken {2}main is at/,
    stderr: /two is kept: far2 cannot be reached.*\n1 of 2 others ended and saved\. Undo: /,
  });
  expect(await project.git("show", "main:new.txt")).toBe("unsaved");
  await far.far2.start();
  await box.fleet(["kill", "two"], at).expect({ code: 0, stdout: /^ {2}two {2}ended/, stderr: /1 of 1 ended/ });
});

test("tests run where agents are, and what they say is compared until the content is another", async () => {
  await using box = await demoSandbox('test_command = "test -e good || { echo no good; exit 2; }"\n');
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  await box.fleet(["create", "mine", "--batch", "race"], at);
  await box.fleet(["create", "one", "--host", "far1", "--batch", "race"], at);
  const there = join(far.far1.home, ".ai_fleet/worktrees/one");
  await box.fleet(["test", "far1:one"], at).expect({
    code: 1,
    stdout: /^ {2}one {2}failed .*exit code 2; all it said: .*\.log\n$/,
    stderr: /│ no good\n0 of 1 passed\.\n$/,
  });
  writeFileSync(join(there, "good"), "");
  const compared = async () => {
    const { agents } = JSON.parse((await box.fleet(["compare", "race", "--json"], at)).stdout);
    return agents.map(({ branch, test: said }: { branch: string; test: unknown }) => [branch, said]);
  };
  expect(await compared()).toContainEqual(["one", expect.objectContaining({ outcome: "failed", stale: true })]);
  const { stdout } = await box.fleet(["compare", "race", "--test", "test -e good"], at);
  expect(stdout).toMatch(/^ +BRANCH .*\n1 +one\* +passed .*\n2 +mine +failed /);
  const score = ["compare", "race", "--json", "--score", "test -e good && echo 7 || echo 3"];
  const scored = JSON.parse((await box.fleet(score, at)).stdout).agents;
  expect(scored.map((agent: { branch: string; score: number }) => [agent.branch, agent.score])).toEqual([
    ["one", 7],
    ["mine", 3],
  ]);
  await box.fleet(["compare", "race", "--score", "test -e good && echo none || echo 3"], at).expect({
    code: 1,
    stderr: /^✗ one: the score command printed no number\n {2}│ none\n/,
  });
  writeFileSync(join(there, "more"), "");
  expect(await compared()).toContainEqual(["one", expect.objectContaining({ outcome: "passed", stale: true })]);
  await far.far1.stop("connections");
  await box.fleet(["test", "race"], at).expect({
    code: 1,
    stdout: /^ {2}one +- +far1 cannot be reached/m,
    stderr: /0 of 2 passed\.\n$/,
  });
});

test("a comparison and a race speak with each host over one connection", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  const { home } = far.far1;
  await box.fleet(["fanout", "2", "x", "-p", "note", "--host", "far1", "--wait"], at);
  // The fleet there is started by a login shell, once for each connection.
  appendFileSync(join(home, ".profile"), 'echo "$SSH_CONNECTION" >>"$HOME/connections"\n');
  const connections = () => textOf(join(home, "connections")).split("\n").filter(Boolean).length;
  const compared = await box.fleet(["compare", "x", "--test", "true", "--score", "echo 1"], at);
  expect(compared).toMatchObject({ code: 0, stdout: expect.stringMatching(/x-A1/) });
  expect(connections()).toBe(1);
  const picked = await box.fleet(["pick", "x-A2", "--test", "true"], at);
  expect(picked).toMatchObject({ code: 0, stderr: expect.stringMatching(/^1 other ended and saved/m) });
  expect(connections()).toBe(2);
});

test("what counts on one machine alone is said where agents of hosts are meant", async () => {
  await using box = await demoSandbox(
    'test_command = "true"\ntest_junit = ["report.xml"]\nbudget_per_day = "5 USD"\nbudget_per_batch = "1 USD"\n',
  );
  const project = await box.repository("project");
  await using _ = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  await box.fleet(["create", "one", "--host", "far1"], at).expect({
    stdout: "one\n",
    stderr:
      /^ {2}! budget_per_batch and budget_per_day of this machine do not count agents on hosts; --budget holds there/m,
  });
  await box.fleet(["test", "one", "--junit", "all.xml"], at).expect({
    stdout: /one {2}passed/,
    stderr: /^ {2}! one is on far1, where test_junit is not read: the report has one case for its whole run\n/m,
  });
});

test("what agents on hosts have cost and said last is compared and listed, and one is published from here", async () => {
  await using box = await demoSandbox('pr_command = "echo https://forge.example.com/pulls/7"\n');
  const project = await box.repository("project");
  const origin = await box.repository("origin");
  await project.git("remote", "add", "origin", origin.path);
  await using far = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  await box.fleet(["create", "one", "-p", "note", "--host", "far1", "--wait"], at);
  const home = join(far.far1.home, ".ai_fleet");
  const [entry] = JSON.parse(textOf(join(home, "state.json"))) as [{ readonly worktree: string }];
  // It is made one of Claude Code after the fact: the demo agent costs nothing.
  const conversation = session("00000001");
  const planted = { ...entry, agent: "claude", agent_session: conversation, created_at: "2025-01-01T00:00:00Z" };
  writeFileSync(join(home, "state.json"), JSON.stringify([planted]));
  const folder = join(far.far1.home, ".claude/projects", entry.worktree.replace(/[^A-Za-z0-9]/g, "-"));
  append(join(folder, `${conversation}.jsonl`), [claudeRow("msg_1", 1, { input: 1_000_000 })]);
  const { stdout } = await box.fleet(["compare", "one", "--json"], at);
  const [attempt] = JSON.parse(stdout).agents;
  const money = `$${Number(attempt.usd).toFixed(2)}`;
  expect(attempt).toMatchObject({ branch: "one", replies: 1, tokens: { input: 1_000_000 } });
  expect(money).toMatch(/^\$[1-9]\d*\.\d\d$/);
  expect((await box.fleet(["list", "--cost"], at)).stdout).toContain(money);
  expect((await box.fleet(["cost"], at)).stdout).toContain(money);
  writeFileSync(join(home, "state.json"), JSON.stringify([entry]));
  const { stdout: table } = await box.fleet(["compare", "one"], at);
  expect(table).toMatch(/LAST WORDS\n.* I noted that in demo-notes\.md/);
  await far.far1.stop("connections");
  expect((await box.fleet(["compare", "one"], at)).stdout).toBe(table);
  await far.far1.start();
  await box.fleet(["pick", "one", "--untested", "--pr"], at).expect({
    stdout: /^ {2}one {2}taken {2}.*https:\/\/forge\.example\.com\/pulls\/7\n$/,
    stderr: /./,
  });
  expect(await origin.git("log", "-1", "--format=%s", "one")).toBe("demo: note");
});

test("a race whose host is lost changes nothing and says how to end it later; one that died ends what it reaches", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  const racing = box.fleet(["fanout", "1", "race", "-p", "work 600", "--host", "far1", "--test", "true", "--pick"], at);
  const state = join(far.far1.home, ".ai_fleet/state.json");
  await eventually(
    () => textOf(join(box.home, ".ai_fleet/away", awayFiles(box)[0] ?? "")) !== "" && textOf(state) !== "",
    {
      what: "the agent to be known",
    },
  );
  await far.far1.stop("connections");
  const { code, stderr } = await racing;
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      /The agents go on\. To end the race later, run fleet pick --best race --test true\n(?:.*\n)*✗ .*far1/,
    ),
  });
  await far.far1.start();
  await box.fleet(["create", "mine", "--batch", "race"], at);
  const [mine] = registered(box);
  const loser = JSON.parse(textOf(join(box.home, ".ai_fleet/away", awayFiles(box)[0] ?? ""))).entry;
  writeFileSync(join(mine?.worktree ?? "", "new"), "");
  await box.fleet(["merge", "mine", "--commit"], at);
  const owner = { pid: 1, start: "0", boot: "another", namespace: "" };
  const pick = { winner: mine, since: "2020-01-01T00:00:00.000Z" };
  const plan = { v: 1, id: "0badcafe", kind: "pick", owner, agents: [loser], new_branches: [], pick };
  writeFileSync(join(box.home, ".ai_fleet/journal/0badcafe.json"), JSON.stringify(plan));
  await box.fleet(["list", "-q"], at).expect({
    stdout: /^(?:mine\nrace-A1|race-A1\nmine)\n$/,
    stderr: /mine: others are on other machines; to end them, run fleet kill race-A1\n/,
  });
  await box.fleet(["kill", "race-A1"], at).expect({ stdout: /^ {2}race-A1 {2}ended/, stderr: /1 of 1 ended/ });
});

test("a race goes on without a host that is lost, and names its agents", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1", "far2"]);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  const race = ["fanout", "2", "race", "-p", "work 600", "--host", "any", "--test", "test -e new", "--pick"];
  const racing = box.fleet(race, at);
  const listed = async () => (await box.fleet(["list", "--format", "{{host}} {{branch}} {{status}}"], at)).stdout;
  await eventually(async () => (await listed()).match(/ working$/gm)?.length === 2, { what: "both to be at it" });
  const [, lost = ""] = /^far1 (\S+)/m.exec(await listed()) ?? [];
  const [, last = ""] = /^far2 (\S+)/m.exec(await listed()) ?? [];
  await far.far1.stop("connections");
  writeFileSync(join(far.far2.home, ".ai_fleet/worktrees", last, "new"), "");
  await box.fleet(["interrupt", last], at).expect({ stdout: `  ${last}  interrupted\n` });
  const { code, stdout, stderr } = await racing;
  expect({ code, stdout, stderr }).toEqual({
    code: 1,
    stdout: expect.stringMatching(new RegExp(`^ {2}${last} {2}taken {2}main is at `, "m")),
    stderr: expect.stringContaining(
      `${lost} is out of the race: it does not say what it is doing: far1 cannot be reached`,
    ),
  });
  expect((await project.git("ls-files")).split("\n")).toContain("new");
  await far.far1.start();
  expect(await listed()).toContain(`far1 ${lost} working\n`);
}, 120_000);
