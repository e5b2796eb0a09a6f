import { expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shellWord } from "../../src/system/shell.ts";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox, ended, endedAll, endWork, receivedBy, registered, untilDemo } from "./agents.ts";

const idle = "work 0";

/** Makes agents that have had a first turn and changed nothing. */
async function make(box: Sandbox, cwd: string, branches: readonly string[], batch = "batch"): Promise<void> {
  await box.fleet(["multi", "--batch", batch, ...branches.map((branch) => `${branch}:${idle}`)], { cwd });
  for (const branch of branches) await untilDemo(box, branch, "idle", 1);
}

function branchesIn(box: Sandbox, repository: string): string[] {
  return registered(box)
    .filter(({ repo }) => repo === repository)
    .map(({ branch }) => branch)
    .sort();
}

test("agents are named exactly, by a glob, by their batch, or all, and --except takes some out again", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await make(box, path, ["auth", "auth-A1", "auth-x/1", "{a,b}", "other"], "auth-batch");
  const named = async (words: readonly string[], branches: readonly string[]) => {
    const { stdout, stderr, code } = await box.fleet(["kill", "--dry-run", ...words], at);
    expect([words, code, stderr, stdout.split("\n").filter(Boolean).sort()]).toEqual([
      words,
      0,
      "",
      [...branches].sort(),
    ]);
  };
  const all = ["auth", "auth-A1", "auth-x/1", "{a,b}", "other"];
  await named(["auth"], ["auth"]);
  await named(["auth", "other"], ["auth", "other"]);
  await named(["auth", "auth"], ["auth"]);
  await named(["auth*"], ["auth", "auth-A1", "auth-x/1"]);
  await named(["auth?*"], ["auth-A1", "auth-x/1"]);
  await named(["*"], all);
  await named(["{auth,other}"], ["auth", "other"]);
  await named(["{a,b}"], ["{a,b}"]);
  await named(["auth-batch"], all);
  await named(["--batch", "auth-batch"], all);
  await named(["--all"], all);
  await named(["--all", "--except", "auth*"], ["{a,b}", "other"]);
  await named(["*", "--except", "auth", "--except", "other"], ["auth-A1", "auth-x/1", "{a,b}"]);
  await named(["--batch", "auth-batch", "--except", "{a,b}"], ["auth", "auth-A1", "auth-x/1", "other"]);

  const nobody = (word: string, meant = "") => ({
    code: 1,
    stderr: `✗ ${word} names no agent and no batch${meant}\n  to see which there are, run fleet list\n`,
  });
  const words = { aut: "auth", AUTH: "auth", "x*": undefined, "!auth": "auth", batch: undefined };
  for (const [word, meant] of Object.entries(words)) {
    const question = meant === undefined ? "" : `; did you mean ${meant}?`;
    await box.fleet(["kill", "--", word], at).expect(nobody(word, question));
    await box.fleet(["kill", "--", "auth", word], at).expect(nobody(word, question));
  }
  await box.fleet(["stop", "--batch", "nope"], at).expect({
    code: 1,
    stderr: "✗ there is no batch called nope\n  to see the batches, run fleet list --grouped\n",
  });
  expect(branchesIn(box, path)).toEqual(all.sort());
});

test("two repositories with the same branch names do not get in each other's way", async () => {
  await using box = await demoSandbox();
  const here = await box.repository("here");
  const there = await box.repository("there");
  const create = ["multi", "--batch", "same", "x:work 0", "y:work 0"];
  await Promise.all(
    [here, there].map(({ path }) => box.fleet(create, { cwd: path }).expect({ stdout: "x\ny\n", stderr: /./ })),
  );
  expect([branchesIn(box, here.path), branchesIn(box, there.path)]).toEqual([
    ["x", "y"],
    ["x", "y"],
  ]);
  for (const key of ["worktree", "session", "id"] as const) {
    expect(new Set(registered(box).map((entry) => entry[key])).size).toBe(4);
  }

  await box.fleet(["list", "-q"], { cwd: here.path }).expect({ stdout: /^[xy]\n[xy]\n$/ });
  await box.fleet(["list", "-q", "-A"], { cwd: here.path }).expect({ stdout: /^(?:[xy]\n){4}$/ });
  await box.fleet(["kill", "-y", "x*"], { cwd: here.path }).expect(ended("x"));
  expect([branchesIn(box, here.path), branchesIn(box, there.path)]).toEqual([["y"], ["x", "y"]]);
  await box.fleet(["kill", "-y", "same"], { cwd: here.path }).expect(ended("y"));
  await expectNothingLeftOf(here.path);
  expect(branchesIn(box, there.path)).toEqual(["x", "y"]);
  await box.fleet(["kill", "--all"], { cwd: here.path });
  expect(branchesIn(box, there.path)).toEqual(["x", "y"]);
  await box.fleet(["kill", "-A", "--all"], { cwd: here.path }).expect(endedAll(2));
  await expectNothingLeft(box, here);
  await expectNothingLeft(box, there);

  async function expectNothingLeftOf(path: string): Promise<void> {
    await box.run(["git", "branch", "--format=%(refname:short)"], { cwd: path }).expect({ stdout: "main\n" });
    const { stdout } = await box.run(["git", "worktree", "list"], { cwd: path });
    expect(stdout.trimEnd().split("\n").length).toBe(1);
  }
});

test("the exact name of another repository's agent is enough to look at it, and not to change it", async () => {
  await using box = await demoSandbox();
  const here = await box.repository("here");
  const there = await box.repository("there");
  await make(box, there.path, ["only"]);
  const at = { cwd: here.path };
  await box.fleet(["path", "only"], at).expect({ stdout: "[ROOT]/home/.ai_fleet/worktrees/only\n" });
  await box.fleet(["logs", "only", "-n", "1"], at).expect({ stdout: "I worked for 0 s.\n" });
  await box.fleet(["diff", "only"], at).expect();
  for (const words of [
    ["kill", "only"],
    ["stop", "only"],
    ["prompt", "only", "a message"],
  ]) {
    await box.fleet(words, at).expect({
      code: 1,
      stderr: [
        "✗ only is an agent of another repository, [ROOT]/home/code/there\n",
        `  to mean that one, run fleet -C [ROOT]/home/code/there ${words.map(shellWord).join(" ")}\n`,
      ].join(""),
    });
  }
  await box.fleet(["kill", "onl*"], at).expect({
    code: 1,
    stderr: [
      "✗ onl* names no agent: there is none here\n",
      "  to see those of all repositories, run fleet list -A\n",
    ].join(""),
  });
  await box.fleet(["-C", there.path, "kill", "only"], at).expect(ended("only"));
});

test("where all agents are none, each command says so and where there may be some", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const note = "no agents here; to see those of all repositories, run fleet list -A\n";
  const commands = "stop kill merge wait logs interrupt resume diff overlap pr".split(" ").map((name) => [name]);
  const withMore = [
    ["prompt", "go on"],
    ["test", "--", "true"],
    ["exec", "--", "true"],
  ];
  for (const [name = "", ...more] of [...commands, ...withMore]) {
    await box.fleet([name, "--all", ...more], { cwd: path }).expect({ stderr: note });
    await box
      .fleet([name, "--all", "--json", ...more], { cwd: path })
      .expect({ stdout: /^(?:\{\n {2}"version": 1,|$)/, stderr: "" });
  }
  await box.fleet(["kill", "-A", "--all"], { cwd: box.home }).expect({ stderr: "no agents in any repository\n" });
  await box.fleet(["pick", "--all"], { cwd: path }).expect({
    code: 1,
    stderr: "✗ there is no agent here to pick\n  to start three, run fleet fanout 3 -p PROMPT\n",
  });
});

test("one command shows the work of several agents, each under its branch", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await make(box, path, ["auth-1", "auth-2", "other"]);
  for (const branch of ["auth-1", "auth-2", "other"])
    writeFileSync(join(agentOn(box, branch).worktree, `${branch}.txt`), "new\n");
  await box.fleet(["diff", "auth*", "--name-only"], { cwd: path }).expect({
    stdout: "auth-1.txt\nauth-2.txt\n",
    stderr: "auth-1:\nauth-2:\n",
  });
  const gone = agentOn(box, "auth-1");
  rmSync(gone.worktree, { recursive: true });
  await box.fleet(["diff", "auth*", "--name-only"], { cwd: path }).expect({
    code: 1,
    stdout: "auth-2.txt\n",
    stderr: [
      "auth-2:\n",
      "  ! the worktree of auth-1 is gone: [ROOT]/home/.ai_fleet/worktrees/auth-1; ",
      "to see what is on its branch, run git diff [SHA] auth-1\n",
    ].join(""),
  });
});

test("a prompt goes to everybody it is for, and a forgotten message is refused", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await make(box, path, ["a", "b", "c"]);
  await box.fleet(["prompt", "a", "b"], at).expect({
    code: 2,
    stderr: "✗ the message is missing: b is an agent\n  if that is the message, run fleet prompt a -p b\n",
  });
  await box.fleet(["prompt", "a", "b", "work 0"], at).expect({
    stdout: "  a  submitted\n  b  submitted\n",
    stderr: "2 of 2 have it.\n",
  });
  for (const branch of ["a", "b"]) await untilDemo(box, branch, "idle", 2);
  await box.fleet(["prompt", "*", "--except", "c", "-p", "ask which one?"], at).expect({
    stdout: "  a  submitted\n  b  submitted\n",
    stderr: "2 of 2 have it.\n",
  });
  for (const branch of ["a", "b"]) await untilDemo(box, branch, "waiting", 3);
  await box.fleet(["stop", "b"], at).expect({ stdout: "  b  stopped\n" });
  await box.fleet(["prompt", "c", "fail 3"], at).expect({ stdout: "  c  submitted\n" });
  await untilDemo(box, "c", "working", 2);
  await box.fleet(["wait", "c"], at);
  await box.fleet(["prompt", "--all", "-p", "and now?"], at).expect({
    code: 1,
    stdout: [
      '  a  refused  asks "which one?"            fleet answer a\n',
      "  b  refused  has ended: stopped (by you)  fleet logs b\n",
      "  c  refused  has ended: exited (code 3)   fleet logs c\n",
    ].join(""),
    stderr: "0 of 3 have it.\n",
  });
  expect(["a", "b", "c"].map((branch) => receivedBy(box, branch).at(-1))).toEqual([
    "ask which one?",
    "ask which one?",
    "fail 3",
  ]);
  const { stdout } = await box.fleet(["prompt", "a", "-p", "x", "--json"], at).expect({ code: 1, stdout: /./ });
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    agents: [{ branch: "a", outcome: "refused", reason: 'asks "which one?"' }],
    failures: [{ branch: "a", kind: "refused", code: null, message: 'asks "which one?"', hint: "fleet answer a" }],
  });
});

test("an agent that works takes a prompt after its turn", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "a", "-p", "work 600"], { cwd: path });
  await untilDemo(box, "a", "working", 1);
  await box.fleet(["prompt", "a", "work 0"], { cwd: path }).expect({
    stdout: "  a  queued  working; taken after this turn (now: --interrupt)\n",
  });
  await endWork(box, 600);
  await untilDemo(box, "a", "idle", 2);
  expect(receivedBy(box, "a")).toEqual(["work 600", "work 0"]);
});

test("kill saves what is unsaved, keeps a branch with commits, and leaves a locked worktree alone", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await make(box, project.path, ["clean", "dirty", "ahead", "locked"]);
  await box.fleet(["prompt", "ahead", "a commit"], at);
  await untilDemo(box, "ahead", "idle", 2);
  const [dirty, locked] = [agentOn(box, "dirty").worktree, agentOn(box, "locked").worktree];
  writeFileSync(join(dirty, "unsaved"), "mine\n");
  writeFileSync(join(dirty, "README.md"), "changed\n");
  await project.git("worktree", "lock", "--reason", "on usb disk", locked);

  const killed = await box.fleet(["kill", "*"], at).expect({
    code: 1,
    stdout: /./,
    stderr: "3 of 4 ended. Undo: fleet restore --last\n",
  });
  expect(killed.stdout.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["clean", "ended", "branch deleted", "nothing of its own"],
    ["dirty", "ended", "branch kept", "2 unsaved files saved apart, NOT on the branch"],
    ["ahead", "ended", "branch kept", "1 commit of its own"],
    ["locked", "kept", 'worktree is locked: "on usb disk"', `git worktree unlock ${locked}`],
    [""],
  ]);
  expect(branchesIn(box, project.path)).toEqual(["locked"]);
  expect((await box.tmux.sessions()).map(({ name }) => name)).toEqual(["ai_locked"]);
  // One whose holder is no more says nothing; agents lock worktrees with their own process id, and never come back to it.
  await project.git("worktree", "unlock", locked);
  await project.git("worktree", "lock", "--reason", `an agent (pid ${process.pid})`, locked);
  await box.fleet(["kill", "locked"], at).expect({ code: 1, stdout: /worktree is locked: "an agent/, stderr: /./ });
  await project.git("worktree", "unlock", locked);
  await project.git("worktree", "lock", "--reason", "an agent (pid 99999999)", locked);
  await box.fleet(["kill", "locked"], at).expect(ended("locked"));
  await expectNothingLeft(box, project, { branches: ["main", "ahead", "dirty"] });

  await box.fleet(["restore", "dirty"], at).expect({ stdout: /./, stderr: /(?:)/ });
  const restored = agentOn(box, "dirty").worktree;
  expect(readFileSync(join(restored, "unsaved"), "utf8")).toBe("mine\n");
  expect(readFileSync(join(restored, "README.md"), "utf8")).toBe("changed\n");
});

test("stop ends an agent and keeps its work; its log can be read then, and after a kill", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "a", "-p", "note this"], at);
  await untilDemo(box, "a", "idle", 1);
  const log = {
    stdout: [
      'demo agent: give me a task, or "work 10", "ask ready?", "fail 3"\n',
      "> note this\n",
      "I noted that in demo-notes.md and committed it as [SHA].\n",
    ].join(""),
  };
  await box.fleet(["logs", "a"], at).expect(log);
  await box.fleet(["stop", "a"], at).expect({ stdout: "  a  stopped\n" });
  expect(await box.tmux.sessions()).toEqual([]);
  await box.fleet(["list", "--fresh"], at).expect({
    stdout: [
      "  BRANCH  STATUS  FOR  WHY  AGENT  CPU  MEM  AHEAD  CHANGES  AGE  TASK\n",
      "  a  stopped  [TIME]  by you  demo  -  -  +1  1 file +1 -0  [TIME]  note this\n",
    ].join(""),
    stderr: "1 agent\n",
  });
  await box.fleet(["stop", "a"], at).expect({ stdout: "  a  stopped  nothing of it was running\n" });
  await box.fleet(["logs", "a"], at).expect(log);
  await box.fleet(["attach", "a"], at).expect({
    code: 1,
    stderr: "✗ a has no session: stopped (by you)\n  to see what it did, run fleet logs a\n",
  });
  await box.fleet(["kill", "a"], at).expect(ended("a", "branch kept  1 commit of its own"));
  await expectNothingLeft(box, project, { branches: ["main", "a"] });
  await box.fleet(["logs", "a"], at).expect(log);
  await box.fleet(["logs", "b"], at).expect({
    code: 1,
    stderr: [
      "✗ b names no agent: there is none here\n",
      "  to see those of all repositories, run fleet list -A\n",
    ].join(""),
  });
});

test("a pattern that would end working agents asks once on a terminal; a name, -y and a script are not asked", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path, columns: 120 };
  await box.fleet(["multi", "a:work 100", "b:work 0", "c:work 100", "d:work 100"], at);
  for (const branch of ["a", "c", "d"]) await untilDemo(box, branch, "working", 1);
  await untilDemo(box, "b", "idle", 1);
  const question = "kill 4 agents, of which 3 working (a, c, d)? [y/N]";
  const refused = await box.terminal(["fleet", "kill", "*"], at);
  await refused.waitFor(question);
  await refused.press("Enter");
  expect(await refused.exitCode()).toBe(1);
  expect(await refused.screen()).toContain("✗ nothing was done\n  to do it without being asked, add -y");
  expect(branchesIn(box, project.path)).toEqual(["a", "b", "c", "d"]);

  const exact = await box.terminal(["fleet", "kill", "a"], at);
  expect(await exact.exitCode()).toBe(0);
  const idleOnly = await box.terminal(["fleet", "kill", "b*"], at);
  expect(await idleOnly.exitCode()).toBe(0);
  const agreed = await box.terminal(["fleet", "kill", "c*"], at);
  await agreed.waitFor("kill 1 agent, of which 1 working (c)? [y/N]");
  await agreed.type("y");
  await agreed.press("Enter");
  expect(await agreed.exitCode()).toBe(0);
  const sure = await box.terminal(["fleet", "kill", "d*", "-y"], at);
  expect(await sure.exitCode()).toBe(0);
  await expectNothingLeft(box, project);
});

test("what list -A says to type works where it was said, also for an agent of another repository", async () => {
  await using box = await demoSandbox();
  const here = await box.repository("here");
  const there = await box.repository("there place");
  await box.fleet(["create", "cache", "-p", "ask which?"], { cwd: there.path });
  await untilDemo(box, "cache", "waiting", 1);
  const { stderr } = await box.fleet(["list", "-A"], { cwd: here.path });
  const line = `fleet -C '${there.path}' answer cache`;
  expect(stderr).toBe(`1 agent, 1 needs you: fleet attach cache · ${line}\n`);
  await box.run(["sh", "-c", line], { cwd: here.path }).expect({ stdout: "cache asks:\n  which?\n", stderr: /./ });
  await box.run(["sh", "-c", `${line} redis`], { cwd: here.path }).expect({ stdout: "  cache  answered  redis\n" });
  await box.fleet(["-C", there.path, "list"], { cwd: here.path }).expect({ stdout: /cache/, stderr: "1 agent\n" });
});
