import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox, ended, endedAll, fleetHome, receivedBy, registered, untilDemo } from "./agents.ts";

/** All that could tell a worktree from another one. */
async function worktreeOf(box: Sandbox, project: Repository, branch: string) {
  const { worktree, id, base, agent } = agentOn(box, branch);
  const git = (...args: readonly string[]) => project.git("-C", worktree, ...args);
  return {
    entry: { worktree, id, base, agent },
    files: filesIn(worktree),
    index: await git("ls-files", "--stage"),
    status: await git("status", "--porcelain=v2", "--branch", "--untracked-files=all"),
    head: await git("log", "-1", "--format=%H %s"),
    reflog: await git("reflog", "show", "--format=%H %gs"),
  };
}

/** What is at each path below a folder, without following links. */
function filesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => !/(^|\/)\.git$/.test(name));
  return Object.fromEntries(
    names.filter((name) => !/(^|\/)\.git\//.test(name)).map((name) => [name, contentOf(join(folder, name))]),
  );
}

function contentOf(path: string): string {
  const stat = lstatSync(path);
  if (stat.isDirectory()) return "folder";
  if (stat.isSymbolicLink()) return `link to ${readlinkSync(path)}`;
  return `${(stat.mode & 0o100) === 0 ? "file" : "program"}: ${readFileSync(path, "latin1")}`;
}

const running = (branch: string) => ({ stdout: `  ${branch}  restored  running again\n` });
const atRest = (branch: string) => ({
  stdout: `  ${branch}  restored  not running; to start it, run fleet resume ${branch}\n`,
});
const unsaved = (count: number) =>
  `branch kept  ${count} unsaved file${count === 1 ? "" : "s"} saved apart, NOT on the branch`;

test("a killed worktree whose directory of git is gone comes back clean, from its own files", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project", { files: { a: "a\n", ".gitignore": "own\n" } });
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "note"], at);
  await untilDemo(box, "fix", "idle", 1);
  const { worktree } = agentOn(box, "fix");
  writeFileSync(join(worktree, "own"), "ignored\n");
  await box.fleet(["kill", "fix"], at).expect(ended("fix", "branch kept  1 commit of its own"));
  rmSync(join(project.path, ".git/fleet-trash"), { recursive: true });
  await box.fleet(["restore", "fix"], at).expect(running("fix"));
  expect(await project.git("-C", worktree, "status", "--porcelain")).toBe("");
  expect(readFileSync(join(worktree, "own"), "utf8")).toBe("ignored\n");
});

test("restore brings branch, commits, files, index and agent back, and its prompt is not given again", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project", { files: { a: "a\n", b: "b\n", c: "c\n" } });
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "task"], at);
  await untilDemo(box, "fix", "idle", 1);
  const { worktree, id } = agentOn(box, "fix");
  const write = (name: string, text: string) => writeFileSync(join(worktree, name), text);
  write("a", "staged\n");
  write("staged only", "staged\n");
  await project.git("-C", worktree, "add", "--all");
  write("a", "unstaged\n");
  rmSync(join(worktree, "b"));
  chmodSync(join(worktree, "c"), 0o755);
  mkdirSync(join(worktree, "new"));
  write("new/empty", "");
  write("new/ü \u{1f680}\n", "\0\r\n");
  symlinkSync("../elsewhere", join(worktree, "link"));
  const before = await worktreeOf(box, project, "fix");

  await box.fleet(["kill", "fix"], at).expect(ended("fix", unsaved(7)));
  expect(existsSync(worktree)).toBe(false);
  await expectNothingLeft(box, project, { branches: ["main", "fix"] });
  await box.fleet(["restore", "fix"], at).expect(running("fix"));
  expect(await worktreeOf(box, project, "fix")).toEqual(before);
  await untilDemo(box, "fix", "idle");
  expect(receivedBy(box, "fix")).toEqual(["task"]);
  expect(await box.tmux.sessions()).toMatchObject([{ name: "ai_fix" }]);
  await box.fleet(["prompt", "fix", "go on"], at).expect({ stdout: "  fix  submitted\n" });
  await untilDemo(box, "fix", "idle", 2);

  await box.fleet(["kill", "fix"], at).expect(ended("fix", unsaved(7)));
  expect(await project.git("for-each-ref", "--format=%(refname)", "refs/fleet")).toBe(`refs/fleet/saved/${id}`);
  await box.fleet(["restore", "fix"], at).expect(running("fix"));
  expect((await worktreeOf(box, project, "fix")).status).toBe(
    before.status.replace(/^# branch.oid .*$/m, `# branch.oid ${await project.git("rev-parse", "fix")}`),
  );
});

test("restore --last undoes one kill command after the other, and says when there is none left", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["restore", "--last"], at).expect({
    code: 1,
    stderr: "✗ no killed agent is kept here\n  to see the agents that are there, run fleet list\n",
  });
  await box.fleet(["multi", "a:one", "b:two", "c:three"], at);
  for (const branch of ["a", "b", "c"]) await untilDemo(box, branch, "idle", 1);
  await box.fleet(["stop", "b"], at);
  await box.fleet(["kill", "a", "b"], at).expect(endedAll(2));
  await box.fleet(["kill", "c"], at).expect(ended("c", "branch kept  1 commit of its own"));
  await box.fleet(["restore", "--last"], at).expect(running("c"));
  await box.fleet(["restore", "--last"], at).expect({
    stdout: /^ {2}[ab] {2}restored .*\n {2}[ab] {2}restored .*\n$/,
  });
  expect(
    registered(box)
      .map(({ branch }) => branch)
      .sort(),
  ).toEqual(["a", "b", "c"]);
  await box.fleet(["list", "--status", "stopped", "-q"], at).expect({ stdout: "b\n" });
  await box.fleet(["restore", "--last"], at).expect({ code: 1, stderr: /^✗ no killed agent is kept here\n/ });
  for (const words of [
    ["a", "--last"],
    ["--last", "--as", "b"],
    ["--as", "b"],
  ])
    await box.fleet(["restore", ...words], at).expect({ code: 2, stderr: /^✗ .*\n {2}see fleet restore --help\n$/ });
});

test("with --as and --no-resume an agent comes back on another branch and at rest", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "task"], at);
  await untilDemo(box, "fix", "idle", 1);
  const tip = await project.git("rev-parse", "fix");
  writeFileSync(join(agentOn(box, "fix").worktree, "new"), "new\n");
  await box.fleet(["kill", "fix"], at).expect(ended("fix", unsaved(1)));
  await project.git("branch", "taken");
  await box.fleet(["restore", "fix", "--as", "taken"], at).expect({
    code: 1,
    stderr:
      "✗ the branch taken exists already\n  to bring it back on another branch, run fleet restore fix --as NAME\n",
  });
  await box
    .fleet(["restore", "fix", "--as", "a..b"], at)
    .expect({ code: 2, stderr: /^✗ git does not accept "a\.\.b" as a branch name: / });
  await box.fleet(["restore", "fix", "--as", "other", "--no-resume"], at).expect(atRest("other"));
  expect(await project.git("rev-parse", "fix", "other")).toBe(`${tip}\n${tip}`);
  expect(readFileSync(join(agentOn(box, "other").worktree, "new"), "utf8")).toBe("new\n");
  expect(await project.git("-C", agentOn(box, "other").worktree, "branch", "--show-current")).toBe("other");
  expect(await box.tmux.sessions()).toEqual([]);
  await box.fleet(["resume", "other"], at).expect({ stdout: "  other  resumed  started anew\n" });
  await untilDemo(box, "other", "idle");
  await box.fleet(["kill", "other"], at).expect(ended("other", unsaved(1)));
  await expectNothingLeft(box, project, { branches: ["main", "fix", "other", "taken"] });
});

test("restore refuses a branch that has moved, is in use or has an agent, and changes nothing", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "task"], at);
  await untilDemo(box, "fix", "idle", 1);
  const { worktree } = agentOn(box, "fix");
  writeFileSync(join(worktree, "new"), "new\n");
  await box.fleet(["kill", "fix"], at).expect(ended("fix", unsaved(1)));
  const as = "  to bring it back on another branch, run fleet restore fix --as NAME\n";

  await project.git("checkout", "--quiet", "fix");
  await box.fleet(["restore", "fix"], at).expect({
    code: 1,
    stderr: `✗ the branch fix is checked out in [ROOT]/home/code/project\n${as}`,
  });
  await project.git("commit", "--quiet", "--allow-empty", "--message=moved");
  await project.git("checkout", "--quiet", "main");
  await box
    .fleet(["restore", "fix"], at)
    .expect({ code: 1, stderr: `✗ the branch fix has moved since the agent was killed\n${as}` });
  await box.fleet(["create", "fix"], at).expect({ stdout: "fix\n", stderr: /./ });
  await box.fleet(["restore", "fix"], at).expect({ code: 1, stderr: `✗ fix has an agent\n${as}` });
  await box
    .fleet(["restore", "fix", "--json"], at)
    .expect({ code: 1, stdout: /"failures": \[\n {4}\{\n {6}"branch": "fix",\n {6}"kind": "failed",\n/ });
  await box.fleet(["kill", "fix"], at).expect(ended("fix", "branch kept  it was there before the agent"));
  await expectNothingLeft(box, project, { branches: ["main", "fix"] });
});

test("of several kills of one name the last is undone first, and the others can still be", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  for (const round of ["one", "two"]) {
    await box.fleet(["create", "fix"], at);
    writeFileSync(join(agentOn(box, "fix").worktree, round), `${round}\n`);
    await box.fleet(["kill", "fix"], at).expect(ended("fix", unsaved(1)));
  }
  await box.fleet(["restore", "fix", "--no-resume"], at).expect(atRest("fix"));
  await box.fleet(["restore", "fix", "--as", "older", "--no-resume"], at).expect(atRest("older"));
  expect(Object.keys(filesIn(agentOn(box, "fix").worktree)).sort()).toEqual(["README.md", "two"]);
  expect(Object.keys(filesIn(agentOn(box, "older").worktree)).sort()).toEqual(["README.md", "one"]);
});

test("a repository inside the worktree is kept as it is and comes back with the worktree", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { worktree, id } = agentOn(box, "fix");
  const inner = join(worktree, "inner");
  await box.run(["git", "init", "--quiet", inner]).expect();
  writeFileSync(join(inner, "file"), "inner\n");
  await project.git("-C", inner, "add", "file");
  await project.git("-C", inner, "commit", "--quiet", "--message=within");
  writeFileSync(join(inner, "file"), "not committed\n");
  writeFileSync(join(worktree, "README.md"), "changed\n");
  const before = await worktreeOf(box, project, "fix");
  await box.fleet(["kill", "fix"], at).expect(ended("fix", unsaved(2)));
  expect(existsSync(join(fleetHome(box), `worktrees/.trash-${id}`, "inner/.git"))).toBe(true);
  await box.fleet(["create", "other"], at);
  await box.fleet(["kill", "other"], at).expect(ended("other"));
  await box.fleet(["restore", "fix"], at).expect(running("fix"));
  expect(await worktreeOf(box, project, "fix")).toEqual(before);
  expect(await project.git("-C", inner, "log", "--format=%s")).toBe("within");
  expect(await project.git("-C", inner, "status", "--porcelain")).toBe(" M file");
});

test("an agent that had left its branch comes back where it was", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["multi", "detached:one", "switched:two"], at);
  const branches = ["detached", "switched"];
  for (const branch of branches) await untilDemo(box, branch, "idle", 1);
  for (const [branch, ...words] of [
    ["detached", "checkout", "--detach"],
    ["switched", "checkout", "-b", "mine"],
  ]) {
    const { worktree } = agentOn(box, branch ?? "");
    await project.git("-C", worktree, ...words, "--quiet");
    await project.git("-C", worktree, "commit", "--quiet", "--allow-empty", `--message=on ${branch}`);
    writeFileSync(join(worktree, "new"), "new\n");
  }
  const before = await Promise.all(branches.map((branch) => worktreeOf(box, project, branch)));
  const apart = "ended  branch kept  1 unsaved file saved apart, NOT on the branch";
  await box.fleet(["kill", ...branches], at).expect({
    stdout: `  detached  ${apart}\n  switched  ${apart}\n`,
    stderr: "2 of 2 ended. Undo: fleet restore --last\n",
  });
  await box.fleet(["restore", "--last"], at).expect({ stdout: /^(?: {2}\S+ +restored {2}running again\n){2}$/ });
  expect(await Promise.all(branches.map((branch) => worktreeOf(box, project, branch)))).toEqual(before);
});

test("an agent before its first commit comes back as it was, also when its worktree is gone", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project", { files: { a: "a\n" } });
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { worktree } = agentOn(box, "fix");
  await project.git("-C", worktree, "switch", "--quiet", "--orphan", "anew");
  writeFileSync(join(worktree, "staged"), "staged\n");
  await project.git("-C", worktree, "add", "staged");
  writeFileSync(join(worktree, "new"), "new\n");
  const status = () => project.git("-C", worktree, "status", "--porcelain", "--branch");
  const before = await status();
  await box.fleet(["kill", "fix", "--now"], at).expect({ stdout: /fix +ended/, stderr: /Undo/ });
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(await status()).toBe(before);
});

test("copies of credential files that an agent changed come back changed, and only those", async () => {
  await using box = await demoSandbox('credential_files = [".env", "config/key", "same"]\n');
  box.env.AI_FLEET_KEEP_TREES = "0";
  const project = await box.repository("project", { files: { ".gitignore": ".env\nconfig/\nsame\nother\n" } });
  const at = { cwd: project.path };
  for (const name of [".env", "config/key", "same"]) project.write(name, "original\n");
  await box.fleet(["create", "fix"], at);
  const { worktree } = agentOn(box, "fix");
  for (const name of [".env", "config/key", "other"]) writeFileSync(join(worktree, name), "changed\n");
  await box.fleet(["kill", "fix"], at).expect({
    ...ended("fix"),
    stderr: "fix: gone with it: 1 ignored file, 8 B\n1 of 1 ended. Undo: fleet restore fix\n",
  });
  project.write("same", "newer\n");
  await box.fleet(["restore", "fix"], at).expect(running("fix"));
  const name = (file: string) => readFileSync(join(worktree, file), "utf8");
  expect([".env", "config/key", "same"].map(name)).toEqual(["changed\n", "changed\n", "newer\n"]);
  expect(existsSync(join(worktree, "other"))).toBe(false);
});

test("what lies behind a link that an agent made is neither kept nor written to", async () => {
  await using box = await demoSandbox('credential_files = ["config/.env"]\n');
  box.env.AI_FLEET_KEEP_TREES = "0";
  const project = await box.repository("project", { files: { ".gitignore": "config/\n" } });
  const at = { cwd: project.path };
  project.write("config/.env", "original\n");
  await box.fleet(["create", "fix"], at);
  const { worktree, id } = agentOn(box, "fix");
  const shared = join(box.home, "shared");
  mkdirSync(shared);
  writeFileSync(join(shared, ".env"), "shared\n");
  rmSync(join(worktree, "config"), { recursive: true });
  symlinkSync(shared, join(worktree, "config"));
  await box.fleet(["kill", "fix"], at).expect(ended("fix", unsaved(1)));
  const directory = join(fleetHome(box), "agents", id);
  const ending = JSON.parse(readFileSync(join(directory, "ending.json"), "utf8"));
  expect(ending.files).toEqual([]);
  // As it would be had the link been made by something else.
  writeFileSync(join(directory, "ending.json"), JSON.stringify({ ...ending, files: ["config/.env"] }));
  mkdirSync(join(directory, "files/config"), { recursive: true });
  writeFileSync(join(directory, "files/config/.env"), "kept\n");
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({
    ...atRest("fix"),
    stderr: "  ! fix: not copied: config/.env is a link now\n",
  });
  expect(lstatSync(join(worktree, "config")).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(shared, ".env"), "utf8")).toBe("shared\n");
});

test("a rebase in conflict survives kill and restore, and goes on", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project", { files: { a: "a\n" } });
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "task"], at);
  await untilDemo(box, "fix", "idle", 1);
  const { worktree } = agentOn(box, "fix");
  const git = (...args: readonly string[]) => project.git("-C", worktree, ...args);
  writeFileSync(join(worktree, "a"), "ours\n");
  await git("commit", "--quiet", "--all", "--message=ours");
  project.write("a", "theirs\n");
  await project.commit("theirs");
  await git("rebase", "main").catch(() => undefined);
  const before = await git("status");
  expect(before).toContain("rebase in progress");
  const rebasing = "in the middle of a rebase";
  await box.fleet(["kill", "fix"], at).expect(ended("fix", `${unsaved(1)}; ${rebasing}`));
  await box.fleet(["restore", "fix"], at).expect({ stdout: `  fix  restored  ${rebasing}, running again\n` });
  expect(await git("status")).toBe(before);
  writeFileSync(join(worktree, "a"), "both\n");
  await git("add", "a");
  await git("-c", "core.editor=true", "rebase", "--continue");
  expect(await git("log", "--format=%s")).toBe("ours\ndemo: task\ntheirs\nfirst");
  expect(await git("branch", "--show-current")).toBe("fix");
});

test("an agent whose program is gone is brought back at rest", async () => {
  await using box = await demoSandbox('[agents.mine]\ncommand = "mine"\n');
  const project = await box.repository();
  const at = { cwd: project.path };
  box.executable("mine", "#!/bin/sh\nread -r line\n");
  await box.fleet(["create", "fix", "--agent", "mine"], at);
  writeFileSync(join(agentOn(box, "fix").worktree, "new"), "new\n");
  await box.fleet(["kill", "fix"], at).expect(ended("fix", unsaved(1)));
  rmSync(join(box.bin, "mine"));
  await box.fleet(["restore", "fix"], at).expect({
    code: 1,
    stdout: [
      "  fix  restored  not running: mine is not installed: there is no mine on the PATH; ",
      "to start it, run fleet resume fix\n",
    ].join(""),
  });
  expect(readFileSync(join(agentOn(box, "fix").worktree, "new"), "utf8")).toBe("new\n");
  await box.fleet(["list", "-q", "--status", "stopped"], at).expect({ stdout: "fix\n" });
});

test("an agent can be killed again while the files of the last kill are still being deleted", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  box.executable("nice", '#!/bin/sh\nuntil [ -e ~/go ]; do sleep 0.02; done\nshift 2\nexec "$@"\n');
  await box.fleet(["create", "fix"], at);
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await box.fleet(["restore", "fix"], at).expect(running("fix"));
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  writeFileSync(join(box.home, "go"), "");
  await expectNothingLeft(box, project);
});

test("a restore that died when the agent was in the registry is finished by the next command", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix"], at);
  await box.fleet(["kill", "fix"], at);
  const [id = ""] = readdirSync(join(fleetHome(box), "agents")).filter((name) => /^[0-9a-f]{8}$/.test(name));
  const ending = join(fleetHome(box), "agents", id, "ending.json");
  const text = readFileSync(ending, "utf8");
  await box.fleet(["restore", "fix"], at).expect(running("fix"));
  writeFileSync(ending, text);
  const owner = { pid: 999_999_999, start: "", boot: "", namespace: "" };
  const died = { v: 1, id: "0badcafe", kind: "restore", owner, agents: registered(box), new_branches: ["fix"] };
  writeFileSync(join(fleetHome(box), "journal/0badcafe.json"), JSON.stringify(died));
  await box.fleet(["list", "--repair"], at).expect({ stdout: /\n {2}fix {2}idle /, stderr: /./ });
  rmSync(join(fleetHome(box), "state.json"));
  await box.fleet(["list", "--repair"], at).expect({ stdout: /\n {2}fix {2}idle /, stderr: /./ });
  expect([existsSync(ending), readdirSync(join(fleetHome(box), "journal"))]).toEqual([false, []]);
});
