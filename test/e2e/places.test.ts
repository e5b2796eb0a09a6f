import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { agentOn, demoSandbox, ended, endedAll, registered, textOf, untilDemo, writeConfig } from "./agents.ts";

/** What `create` says of where the branch starts. */
async function created(box: Sandbox, cwd: string, branch = "fix", args: readonly string[] = []): Promise<string> {
  const { stderr } = await box.fleet([...args, "create", branch], { cwd }).expect({
    stdout: `${branch}\n`,
    stderr: new RegExp(`\n${branch} is ready for a prompt\\.\n`),
  });
  return stderr.split("\n").find((line) => line.startsWith("  branch")) ?? "";
}

/** Expects a branch to be checked out in its worktree, at a commit. */
async function expectOn(box: Sandbox, branch: string, commit: string): Promise<void> {
  const cwd = agentOn(box, branch).worktree;
  const { stdout } = await box.run(["git", "rev-parse", "HEAD", "--abbrev-ref", "HEAD"], { cwd });
  expect(stdout).toBe(`${commit}\n${branch}\n`);
}

test("a repository without a commit has nothing to start from", async () => {
  await using box = await demoSandbox();
  const path = join(box.home, "empty");
  await box.run(["git", "init", "--quiet", path]).expect();
  for (const from of [[], ["--from", "main"]]) {
    await box.fleet(["create", "fix", ...from], { cwd: path }).expect({
      code: 1,
      stderr: [
        "✗ [ROOT]/home/empty has no commit yet, so there is nothing to start from\n",
        "  to make one, run git commit --allow-empty -m start\n",
      ].join(""),
    });
  }
  expect(registered(box)).toEqual([]);
  await box
    .run(["git", "status", "--porcelain", "--branch"], { cwd: path })
    .expect({ stdout: "## No commits yet on main\n" });
});

test("a bare repository has agents as any other", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const path = join(box.home, "bare.git");
  await project.git("clone", "--quiet", "--bare", ".", path);
  const bare = { ...project, path, git: (...args: readonly string[]) => project.git("-C", path, ...args) };
  const head = await project.git("rev-parse", "--short", "HEAD");
  expect(await created(box, path)).toBe(`  branch  fix, new, from main@${head}`);
  expect(agentOn(box, "fix").repo).toBe(path);
  await expectOn(box, "fix", await project.git("rev-parse", "HEAD"));
  await box.fleet(["kill", "fix"], { cwd: path }).expect(ended("fix"));
  expect(await bare.git("branch", "--format=%(refname:short)")).toBe("main");
});

test("a repository is the same through a symbolic link, in a folder of it, and in another of its worktrees", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project", { files: { "deep/er/file.txt": "text\n" } });
  const other = join(box.home, "other");
  await project.git("worktree", "add", "--quiet", "-b", "side", other);
  await project.git("-C", other, "commit", "--quiet", "--allow-empty", "--message", "aside");
  const link = join(box.home, "link");
  symlinkSync(project.path, link);
  const [main, side] = [await project.git("rev-parse", "main"), await project.git("rev-parse", "side")];

  expect(await created(box, link, "linked")).toBe(`  branch  linked, new, from main@${main.slice(0, 7)}`);
  expect(await created(box, join(link, "deep/er"), "deep")).toBe(`  branch  deep, new, from main@${main.slice(0, 7)}`);
  expect(await created(box, other, "beside")).toBe(`  branch  beside, new, from side@${side.slice(0, 7)}`);
  for (const [branch, commit] of [
    ["linked", main],
    ["deep", main],
    ["beside", side],
  ] as const) {
    expect(agentOn(box, branch).repo).toBe(project.path);
    await expectOn(box, branch, commit);
  }
  for (const cwd of [project.path, link, join(project.path, "deep"), other]) {
    await box.fleet(["list", "-q"], { cwd }).expect({ stdout: /^(?:(?:linked|deep|beside)\n){3}$/ });
  }
  await box.fleet(["kill", "*"], { cwd: other }).expect(endedAll(3));
  await project.git("worktree", "remove", other);
  await expectNothingLeft(box, project, { branches: ["main", "side"] });
});

test("a detached HEAD is where the branch starts", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  project.write("second", "");
  await project.commit("second");
  await project.git("switch", "--quiet", "--detach", "HEAD~1");
  const head = await project.git("rev-parse", "HEAD");
  expect(await created(box, project.path)).toBe(`  branch  fix, new, from HEAD@${head.slice(0, 7)}`);
  await expectOn(box, "fix", head);
});

test("a shallow clone has agents as any other", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  project.write("second", "");
  const head = await project.commit("second");
  const shallow = join(box.home, "shallow");
  await project.git("clone", "--quiet", "--depth=1", `file://${project.path}`, shallow);
  await created(box, shallow);
  await expectOn(box, "fix", head);
  await box.fleet(["prompt", "fix", "do it"], { cwd: shallow }).expect({ stdout: "  fix  submitted\n" });
  await untilDemo(box, "fix", "idle", 1);
  await box.fleet(["list", "--json"], { cwd: shallow }).expect({ stdout: /"ahead": 1,\n/ });
});

test("a submodule is a repository of its own", async () => {
  await using box = await demoSandbox();
  const library = await box.repository("library");
  const project = await box.repository("project");
  await project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.path, "lib");
  await project.commit("library");
  const path = join(project.path, "lib");
  await created(box, path);
  expect(agentOn(box, "fix").repo).toBe(path);
  await expectOn(box, "fix", await library.git("rev-parse", "HEAD"));
  await box.fleet(["list", "-q"], { cwd: path }).expect({ stdout: "fix\n" });
  await box.fleet(["list", "-q"], { cwd: project.path }).expect();
  await box.fleet(["kill", "fix"], { cwd: path }).expect(ended("fix"));
});

test("a repository with a submodule has agents, without the files of the submodule", async () => {
  await using box = await demoSandbox();
  const library = await box.repository("library");
  const project = await box.repository("project");
  await project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.path, "lib");
  const head = await project.commit("library");
  await created(box, project.path);
  await expectOn(box, "fix", head);
  await box.fleet(["kill", "fix"], { cwd: project.path }).expect(ended("fix"));
});

test("a repository inside of an agent's worktree is a repository of its own, and keeps that agent while it has agents", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  await created(box, project.path, "outer");
  const inner = join(agentOn(box, "outer").worktree, "inner");
  await box.run(["git", "init", "--quiet", inner]).expect();
  await box.run(["git", "commit", "--quiet", "--allow-empty", "-m", "first"], { cwd: inner }).expect();
  await created(box, inner, "inside");
  expect(agentOn(box, "inside").repo).toBe(inner);
  expect(agentOn(box, "inside").worktree).toBe(join(box.home, ".ai_fleet/worktrees/inside"));
  await box.fleet(["list", "-q"], { cwd: inner }).expect({
    stdout: "inside\n",
    stderr: "",
  });
  const why = "the repository of the agent inside lies in it:";
  const { stdout } = await box.fleet(["kill", "outer"], { cwd: project.path });
  expect(stdout).toBe(`  outer  kept  ${why} ${inner}  to end that one first, run fleet -C ${inner} kill inside\n`);
  await box.fleet(["kill", "inside"], { cwd: inner }).expect(ended("inside"));
  await box
    .fleet(["kill", "outer"], { cwd: project.path })
    .expect({ stdout: /^ {2}outer {2}ended/, stderr: /^1 of 1/ });
});

test("fleet inside of an agent works on the agent's repository and starts from the agent's commit", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  await box.fleet(["create", "outer", "-p", "first step"], { cwd: project.path });
  await untilDemo(box, "outer", "idle", 1);
  const outer = agentOn(box, "outer");
  const commit = await project.git("rev-parse", "outer");
  const inside = {
    AI_FLEET_ID: outer.id,
    AI_FLEET_BRANCH: "outer",
    AI_FLEET_BATCH: outer.batch_id,
    AI_FLEET_REPO: outer.repo,
    CLAUDECODE: "1",
  };
  await box.fleet(["create", "inner"], { cwd: outer.worktree, env: inside }).expect({ stdout: "inner\n", stderr: /./ });
  expect(agentOn(box, "inner").repo).toBe(project.path);
  expect(agentOn(box, "inner").base).toBe(commit);
  const pane = (await box.tmux.panes()).find(({ session }) => session === "ai_inner");
  const environment = await Bun.file(`/proc/${pane?.pid}/environ`).text();
  expect(environment).not.toContain("CLAUDECODE");
  await box.fleet(["kill", "inner"], { cwd: outer.worktree, env: inside }).expect(ended("inner"));
  expect((await box.tmux.sessions()).map(({ name }) => name)).toEqual(["ai_outer"]);
});

test("an agent that ends itself is ended by another fleet, once its own command is gone", async () => {
  await using box = await demoSandbox('[agents.suicidal]\ncommand = "suicidal"\n');
  const project = await box.repository();
  box.executable(
    "suicidal",
    `#!/bin/sh
until fleet path "$AI_FLEET_BRANCH" >/dev/null 2>&1; do sleep 0.05; done
fleet kill "$AI_FLEET_BRANCH" >"$HOME/answer"
read -r _
`,
  );
  await box.fleet(["create", "fix", "--agent", "suicidal"], { cwd: project.path });
  await expectNothingLeft(box, project);
  expect(readFileSync(join(box.home, "answer"), "utf8")).toBe(
    "  fix  ending  from outside  as soon as this command, which runs inside of it, is gone\n",
  );
});

test("inside of tmux, agents live on the surrounding server, and attach leads the client to them and back", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  delete box.env.AI_FLEET_TMUX_SOCKET;
  await box.tmux.run(["new-session", "-d", "-s", "mine", "--", "/bin/sh"], path);
  const terminal = await box.terminal(["tmux", "-S", box.tmux.socket, "attach-session", "-t", "=mine"]);
  await terminal.type("fleet create fix");
  await terminal.press("Enter");
  await terminal.waitFor("fleet kill fix");
  expect((await box.tmux.sessions()).map(({ name }) => name).sort()).toEqual(["ai_fix", "mine"]);
  await terminal.type("fleet attach fix");
  await terminal.press("Enter");
  await terminal.waitFor("demo agent: give me a task");
  expect(await box.tmux.sessions()).toMatchObject([
    { name: "ai_fix", attachedClients: 1 },
    { name: "mine", attachedClients: 0 },
  ]);
  await box.fleet(["kill", "fix"], { cwd: path }).expect(ended("fix"));
  await terminal.waitFor("fleet attach fix");
  expect(await box.tmux.sessions()).toMatchObject([{ name: "mine", attachedClients: 1 }]);
});

test("a terminal that was started in a pane is no pane: attach shows the agent there, and moves nobody else's", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  delete box.env.AI_FLEET_TMUX_SOCKET;
  await box.tmux.run(["new-session", "-d", "-s", "mine", "--", "/bin/sh"], path);
  const outer = await box.terminal(["tmux", "-S", box.tmux.socket, "attach-session", "-t", "=mine"]);
  await outer.type("fleet create fix; echo $TMUX,$TMUX_PANE >surroundings");
  await outer.press("Enter");
  await outer.waitFor("fleet kill fix");
  const said = await eventually(() => textOf(join(path, "surroundings")), { what: "the surroundings of the pane" });
  const [socket, pid, session, pane] = said.trim().split(",");
  const inherited = [`TMUX=${socket},${pid},${session}`, `TMUX_PANE=${pane}`];
  // Also with what an earlier server of this name has left.
  for (const variables of [inherited, [`TMUX=${socket},1,0`, inherited[1] ?? ""]]) {
    const emulator = await box.terminal(["env", ...variables, "fleet", "attach", "fix"], { cwd: path });
    await emulator.waitFor("demo agent: give me a task");
    const clients = (await box.tmux.sessions()).map(({ name, attachedClients }) => [name, attachedClients]).sort();
    expect(clients).toEqual([
      ["ai_fix", 1],
      ["mine", 1],
    ]);
    await emulator.press("C-b");
    await emulator.type("d");
    expect(await emulator.exitCode()).toBe(0);
  }
  await outer.type("exec tmux display-popup -E 'fleet attach fix'");
  await outer.press("Enter");
  await outer.waitFor("demo agent: give me a task");
  await box.fleet(["kill", "fix"], { cwd: path });
});

test("on a terminal of a type that tmux does not know, attach says so with the line that helps", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await created(box, path);
  const terminal = await box.terminal(["env", "TERM=no-such", "fleet", "attach", "fix"], { cwd: path });
  expect(await terminal.exitCode()).toBe(1);
  expect(await terminal.screen()).toEndWith(
    [
      "✗ tmux could not show fix on a terminal with TERM=no-such",
      "  to try a type that tmux itself brings along, run TERM=screen fleet attach fix",
    ].join("\n"),
  );
  const known = await box.terminal(["env", "TERM=screen", "fleet", "attach", "fix"], { cwd: path });
  await known.waitFor("demo agent: give me a task");
  await box.fleet(["kill", "fix"], { cwd: path }).expect(ended("fix"));
});

test("outside of any repository there must be repo_root or -C", async () => {
  await using box = await demoSandbox();
  await box.repository();
  await box.fleet(["create", "fix"], { cwd: box.home }).expect({
    code: 1,
    stderr: [
      "✗ [ROOT]/home is not inside a git repository\n",
      "  to work on a repository elsewhere, run fleet -C DIRECTORY ..., or set repo_root with fleet config edit\n",
    ].join(""),
  });
  await box.fleet(["create", "fix", "-C", "nowhere"], { cwd: box.home }).expect({
    code: 2,
    stderr: '✗ -C: there is no directory "nowhere"\n  to see where you are, run pwd\n',
  });
  await box.fleet(["create", "fix", "-C", "code"], { cwd: box.home }).expect({
    code: 1,
    stderr: /^✗ \[ROOT\]\/home\/code is not inside a git repository\n/,
  });
  expect(registered(box)).toEqual([]);
});

test("-C acts as if fleet were started there, before and after the name of the command", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await created(box, box.home, "one", ["-C", "code/project"]);
  await box.fleet(["create", "two", `--directory=${path}`], { cwd: "/" }).expect({ stdout: "two\n", stderr: /./ });
  expect(registered(box).map(({ repo }) => repo)).toEqual([path, path]);
  await box.fleet(["-C", path, "list", "-q"]).expect({ stdout: /^(?:(?:one|two)\n){2}$/ });
  await box.fleet(["kill", "-C", "code/project", "one", "two"]).expect(endedAll(2));
});

test("outside of any repository, repo_root is used and said", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  writeConfig(box, 'repo_root = "~/code/project"\n');
  await box.fleet(["create", "fix"]).expect({
    stdout: "fix\n",
    stderr: /^not inside a git repository: using repo_root, \[ROOT\]\/home\/code\/project\n {2}branch {2}fix, new, /,
  });
  expect(agentOn(box, "fix").repo).toBe(path);
  await box.fleet(["kill", "fix"]).expect(ended("fix"));

  writeConfig(box, 'repo_root = "~/gone"\n');
  await box.fleet(["create", "fix"]).expect({
    code: 2,
    stderr: "✗ repo_root does not exist: [ROOT]/home/gone\n  to change it, run fleet config edit\n",
  });
});

test("work that is not committed is not in the new worktree, which is said", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  project.write("README.md", "changed\n");
  await box.fleet(["create", "one"], { cwd: project.path }).expect({
    stdout: "one\n",
    stderr: /\n {2}! 1 uncommitted file of this checkout is not in it\n/,
  });
  mkdirSync(join(project.path, "new"));
  project.write("new/file", "");
  await box.fleet(["create", "two"], { cwd: project.path }).expect({
    stdout: "two\n",
    stderr: /\n {2}! 2 uncommitted files of this checkout are not in it\n/,
  });
  expect(await Bun.file(join(agentOn(box, "two").worktree, "README.md")).text()).toBe("# Project\n");
});
