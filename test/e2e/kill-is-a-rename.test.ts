import { expect, onTestFinished, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { identityOf } from "../../src/system/processes/identity.ts";
import { expectNothingLeft } from "../helpers/audit.ts";
import { cleanAway } from "../helpers/clean-away.ts";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentDirectory, agentOn, demoSandbox, ended, everythingIn, fleetHome, sorted, untilDemo } from "./agents.ts";

/** An agent on the branch `fix`, and git in its worktree. */
async function agent(box: Sandbox, files?: Readonly<Record<string, string>>) {
  const project = await box.repository("project", files === undefined ? {} : { files });
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { worktree, id } = agentOn(box, "fix");
  const git = (...args: readonly string[]) => project.git("-C", worktree, ...args);
  return { project, at, worktree, id, git };
}

/** Every path below a folder with its kind, mode and content, time of change included: what a rename does not touch. */
function bytes(folder: string): Record<string, string> {
  return Object.fromEntries(
    everythingIn(folder)
      .sort()
      .map((path) => {
        const stat = lstatSync(path);
        const content = stat.isFile() ? readFileSync(path, "latin1") : "";
        return [path.slice(folder.length), `${stat.mode.toString(8)} ${stat.mtimeMs} ${content}`];
      })
      .filter(([path]) => !/\/\.git(?:\/|$)/.test(path ?? "")),
  );
}

async function collectGarbage({ git }: Repository): Promise<void> {
  await git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all");
  await git("gc", "--quiet", "--prune=now");
}

test("a killed worktree comes back byte for byte, with ignored files, empty folders, modes and times", async () => {
  await using box = await demoSandbox();
  const { project, at, worktree } = await agent(box, { ".gitignore": "build/\n.env.local\n", a: "a\n" });
  mkdirSync(join(worktree, "build/empty"), { recursive: true });
  writeFileSync(join(worktree, "build/out"), "made");
  writeFileSync(join(worktree, ".env.local"), "secret", { mode: 0o600 });
  symlinkSync("nowhere", join(worktree, "link"));
  writeFileSync(join(worktree, "a"), "changed\n");
  mkdirSync(join(worktree, "closed"));
  writeFileSync(join(worktree, "closed/in"), "in");
  chmodSync(join(worktree, "closed"), 0o500);
  const before = bytes(worktree);
  await box.fleet(["kill", "fix"], at).expect({ stdout: /ended/, stderr: /Undo: fleet restore fix/ });
  expect(existsSync(worktree)).toBe(false);
  await expectNothingLeft(box, project, { branches: ["main", "fix"] });
  await collectGarbage(project);
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(bytes(worktree)).toEqual(before);
  expect(await project.git("-C", worktree, "status", "--porcelain")).toBe(" M a\n?? closed/\n?? link");
});

test("commits that only a reflog knows survive the kill and a gc, and the reflogs come back", async () => {
  await using box = await demoSandbox();
  const { project, at, git } = await agent(box);
  await git("commit", "--quiet", "--allow-empty", "--message=reset away");
  const lost = await git("rev-parse", "HEAD");
  await git("reset", "--quiet", "--hard", "HEAD~1");
  await git("checkout", "--quiet", "--detach");
  await git("commit", "--quiet", "--allow-empty", "--message=left behind");
  const detached = await git("rev-parse", "HEAD");
  await git("checkout", "--quiet", "fix");
  const reflog = await git("reflog", "--format=%H %gs");
  const branchLog = await git("reflog", "fix", "--format=%H %gs");
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await collectGarbage(project);
  for (const commit of [lost, detached]) expect(await project.git("cat-file", "-t", commit)).toBe("commit");
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(await git("reflog", "--format=%H %gs")).toBe(reflog);
  expect(await git("reflog", "fix", "--format=%H %gs")).toBe(branchLog);
});

test("commits, branches and stashes of a submodule come back, also where the worktree has another name then", async () => {
  await using box = await demoSandbox();
  const library = await box.repository("library");
  const project = await box.repository("project");
  const at = { cwd: project.path };
  await box.run(["git", "config", "--global", "protocol.file.allow", "always"]);
  await project.git("submodule", "--quiet", "add", library.path, "deep/sub");
  await project.git("commit", "--quiet", "--message=with a submodule");
  await box.fleet(["create", "fix"], at);
  const { worktree } = agentOn(box, "fix");
  const git = (...args: readonly string[]) => project.git("-C", worktree, ...args);
  await git("submodule", "--quiet", "update", "--init");
  const sub = (...args: readonly string[]) => project.git("-C", join(worktree, "deep/sub"), ...args);
  await sub("checkout", "--quiet", "-b", "feature");
  await sub("commit", "--quiet", "--allow-empty", "--message=precious");
  const precious = await sub("rev-parse", "HEAD");
  await git("add", "deep/sub");
  await git("commit", "--quiet", "--message=use it");
  writeFileSync(join(worktree, "deep/sub/unsaved"), "unsaved");
  await box.fleet(["kill", "fix"], at).expect({ stdout: /ended/, stderr: /Undo/ });
  // The old name and place are taken meanwhile.
  await project.git("worktree", "add", "--quiet", "-b", "other", worktree);
  await collectGarbage(project);
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  const now = agentOn(box, "fix").worktree;
  expect(now).not.toBe(worktree);
  const restored = (...args: readonly string[]) => project.git("-C", join(now, "deep/sub"), ...args);
  expect(await restored("rev-parse", "feature")).toBe(precious);
  expect(await restored("status", "--porcelain")).toBe("?? unsaved");
  expect(await project.git("-C", now, "submodule", "status")).toContain(precious);
  expect(await project.git("-C", worktree, "status", "--porcelain")).toBe("");
});

test("clones and worktrees of the agent's own in an ignored folder, and a clone it committed, come back as they were", async () => {
  await using box = await demoSandbox();
  const { project, at, worktree, git } = await agent(box, { ".gitignore": ".wt/\n", a: "a\n" });
  await git("worktree", "add", "--quiet", "-b", "inner", ".wt/inner");
  writeFileSync(join(worktree, ".wt/inner/unsaved"), "unsaved");
  for (const clone of [".wt/clone", "library"]) {
    await box.run(["git", "init", "--quiet", join(worktree, clone)]).expect();
    await project.git("-C", join(worktree, clone), "commit", "--quiet", "--allow-empty", `--message=in ${clone}`);
  }
  await git("-c", "advice.addEmbeddedRepo=false", "add", "library");
  await git("commit", "--quiet", "--message=a clone as a submodule");
  await box.fleet(["kill", "fix"], at).expect({
    ...ended("fix", "branch kept  1 commit of its own"),
    stderr: /left alone: the branch inner; .*\n1 of 1 ended/,
  });
  expect(await project.git("worktree", "list", "--porcelain")).not.toContain("prunable");
  await project.git("worktree", "prune");
  await collectGarbage(project);
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(await project.git("-C", join(worktree, ".wt/inner"), "status", "--porcelain")).toBe("?? unsaved");
  for (const clone of [".wt/clone", "library"]) {
    expect(await project.git("-C", join(worktree, clone), "log", "--format=%s")).toBe(`in ${clone}`);
  }
});

test("an agent in whose worktree that of another agent lies is kept until that one has ended", async () => {
  await using box = await demoSandbox();
  const { project, at, worktree } = await agent(box);
  await box.fleet(["create", "other"], at);
  const inner = join(worktree, "inner");
  await project.git("worktree", "move", agentOn(box, "other").worktree, inner);
  writeFileSync(join(inner, "note"), "precious");
  const kept = {
    code: 1,
    stdout:
      "  fix  kept  the worktree of the agent other lies in it: [ROOT]/home/.ai_fleet/worktrees/fix/inner  to end that one first, run fleet -C [ROOT]/home/code/project kill other\n",
    stderr: "0 of 1 ended.\n",
  };
  await box.fleet(["list", "--repair"], at);
  await box.fleet(["kill", "fix"], at).expect(kept);
  expect(readFileSync(join(inner, "note"), "utf8")).toBe("precious");
  await box
    .fleet(["kill", "other"], at)
    .expect(ended("other", "branch kept  1 unsaved file saved apart, NOT on the branch"));
  await box.fleet(["restore", "other", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(readFileSync(join(agentOn(box, "other").worktree, "note"), "utf8")).toBe("precious");
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
});

test("an agent whose worktree lay in that of another comes back whole after the other has ended, too", async () => {
  await using box = await demoSandbox();
  const { project, at, worktree } = await agent(box, { ".gitignore": "ignored\n" });
  await box.fleet(["create", "other"], at);
  const inner = join(worktree, "deep/inner");
  mkdirSync(join(worktree, "deep"));
  await project.git("worktree", "move", agentOn(box, "other").worktree, inner);
  writeFileSync(join(inner, "ignored"), "precious");
  await box.fleet(["list", "--repair"], at);
  await box.fleet(["kill", "other"], at).expect(ended("other"));
  await box.fleet(["kill", "fix", "--now"], at).expect(ended("fix"));
  await box.fleet(["restore", "other", "--no-resume"], at).expect({ stdout: /other +restored/ });
  expect(readFileSync(join(agentOn(box, "other").worktree, "ignored"), "utf8")).toBe("precious");
});

test("a clone lives on when the time of the trees is over, and what git can save is let go", async () => {
  await using box = await demoSandbox("keep_trees = 0\n");
  const { project, at, worktree, id } = await agent(box, { ".gitignore": "clone/\n" });
  await box.run(["git", "init", "--quiet", join(worktree, "clone")]).expect();
  await box.fleet(["kill", "fix"], at).expect({
    stdout: "  fix  ended  branch deleted  nothing of its own\n",
    stderr:
      "  ! fix: its worktree lives on, for nothing else holds clone, a repository\n" +
      "1 of 1 ended. Undo: fleet restore fix\n",
  });
  expect(existsSync(join(fleetHome(box), `worktrees/.trash-${id}`, "clone/.git"))).toBe(true);
  await box.fleet(["create", "plain"], at);
  await box.fleet(["kill", "plain"], at);
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(existsSync(join(worktree, "clone/.git"))).toBe(true);
  await box.fleet(["kill", "fix"], at);
  await expectNothingLeft(box, project);
});

test("a submodule that lives on is named once", async () => {
  await using box = await demoSandbox("keep_trees = 0\n");
  const library = await box.repository("library");
  const { project, at, git } = await agent(box);
  await box.run(["git", "config", "--global", "protocol.file.allow", "always"]);
  await git("submodule", "--quiet", "add", library.path, "sub");
  await git("commit", "--quiet", "--message=with a submodule");
  await box.fleet(["kill", "fix"], at).expect({
    ...ended("fix", "branch kept  1 commit of its own"),
    stderr:
      "  ! fix: its worktree lives on, for nothing else holds sub, a submodule\n" +
      "1 of 1 ended. Undo: fleet restore fix\n",
  });
  await expectNothingLeft(box, project, { branches: ["main", "fix"] });
});

test("a directory that git cannot open keeps the agent and is named", async () => {
  await using box = await demoSandbox();
  const { project, at, worktree } = await agent(box);
  // Git as an ordinary user who may not open it: for root every directory is open.
  writeFileSync(join(box.bin, "git"), refusing("secret"), { mode: 0o755 });
  mkdirSync(join(worktree, "secret"));
  writeFileSync(join(worktree, "secret/f"), "precious");
  await box.fleet(["kill", "fix"], at).expect({
    code: 1,
    stdout:
      "  fix  kept  git cannot open secret: warning: could not open directory 'secret/': Permission denied  chmod u+rwx secret\n",
    stderr: "0 of 1 ended.\n",
  });
  expect(readFileSync(join(worktree, "secret/f"), "utf8")).toBe("precious");
  expect(await project.git("branch", "--list", "fix")).toContain("fix");
});

function refusing(directory: string): string {
  return `#!/bin/sh
case " $* " in *" status "*) echo "warning: could not open directory '${directory}/': Permission denied" >&2 ;; esac
exec /usr/bin/git "$@"
`;
}

test("a worktree that is not where it was keeps the agent and its branch, until git is told where it is", async () => {
  await using box = await demoSandbox();
  const { project, at, worktree } = await agent(box);
  writeFileSync(join(worktree, "unsaved"), "unsaved");
  const elsewhere = join(box.home, "elsewhere");
  renameSync(worktree, elsewhere);
  await box.fleet(["kill", "fix"], at).expect({
    code: 1,
    stdout:
      "  fix  kept  its worktree is not at [ROOT]/home/.ai_fleet/worktrees/fix, and may be elsewhere  if it was moved, git -C [ROOT]/home/code/project worktree repair NEW-PATH; if it is gone for good, git -C [ROOT]/home/code/project worktree prune\n",
    stderr: "0 of 1 ended.\n",
  });
  await project.git("worktree", "repair", elsewhere);
  await box.fleet(["list", "--repair"], at);
  await box
    .fleet(["kill", "fix"], at)
    .expect(ended("fix", "branch kept  1 unsaved file saved apart, NOT on the branch"));
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(readFileSync(join(agentOn(box, "fix").worktree, "unsaved"), "utf8")).toBe("unsaved");
});

test("what our own block hides is saved when it is the agent's own, and committed with --commit", async () => {
  await using box = await demoSandbox('keep_trees = 0\ncredential_files = [".env.local"]\n');
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["multi", "early:sleep", "committed:sleep"], at);
  project.write(".env.local", "main\n");
  await box.fleet(["create", "late"], at);
  for (const branch of ["early", "committed"]) {
    writeFileSync(join(agentOn(box, branch).worktree, ".env.local"), "precious\n");
  }
  await box.fleet(["kill", "committed", "--commit"], at).expect({ stdout: /commits of its own/, stderr: /Undo/ });
  expect(await project.git("show", "committed:.env.local")).toBe("precious");
  await box
    .fleet(["kill", "early"], at)
    .expect({ ...ended("early", "branch kept  1 unsaved file saved apart, NOT on the branch"), stderr: /Undo/ });
  await box.fleet(["restore", "early", "--no-resume"], at);
  expect(readFileSync(join(agentOn(box, "early").worktree, ".env.local"), "utf8")).toBe("precious\n");
});

test("a killed agent comes back on another branch with what it was in the middle of", async () => {
  await using box = await demoSandbox();
  const { project, at, git } = await agent(box, { a: "a\n" });
  await git("bisect", "start");
  await project.git("commit", "--quiet", "--allow-empty", "--message=on");
  await box.fleet(["kill", "fix"], at).expect({ stdout: /ended/, stderr: /Undo/ });
  await box.fleet(["restore", "fix", "--as", "again", "--no-resume"], at).expect({ stdout: /again {2}restored/ });
  const { worktree } = agentOn(box, "again");
  expect(await project.git("-C", worktree, "symbolic-ref", "HEAD")).toBe("refs/heads/again");
  await project.git("-C", worktree, "bisect", "reset");
  expect(await project.git("-C", worktree, "symbolic-ref", "HEAD")).toBe("refs/heads/again");
});

test("an ignored path that is too long to be looked at keeps its worktree, and no other agent from its end", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project", { files: { ".gitignore": "deep/\n" } });
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  await box.fleet(["create", "other"], at);
  const half = Array.from({ length: 10 }, () => "d".repeat(200)).join("/");
  const deep = join(agentOn(box, "fix").worktree, "deep");
  mkdirSync(join(deep, half), { recursive: true });
  mkdirSync(join(box.home, "rest", half, half.slice(0, 1000)), { recursive: true });
  renameSync(join(box.home, "rest"), join(deep, half, "rest"));
  await box.fleet(["kill", "fix", "other", "--now"], at).expect({
    stdout: /^ {2}fix {4}ended.*\n {2}other {2}ended.*\n$/,
    stderr: /^ {2}! fix: its worktree lives on, for nothing else holds deep\//m,
  });
});

test("ignored files that would go for good are named with number and size, caches and copies are not", async () => {
  await using box = await demoSandbox('credential_files = [".env"]\n');
  const project = await box.repository("project", {
    files: { ".gitignore": "*.db\nnode_modules/\n.env\n", "package.json": "{}" },
  });
  project.write(".env", "copied\n");
  const at = { cwd: project.path };
  const make = async (branch: string) => {
    await box.fleet(["create", branch], at);
    const { worktree } = agentOn(box, branch);
    mkdirSync(join(worktree, "node_modules/x"), { recursive: true });
    writeFileSync(join(worktree, "node_modules/x/index.js"), "made again");
    writeFileSync(join(worktree, "a.db"), "x".repeat(2000));
    writeFileSync(join(worktree, "b.db"), "x".repeat(1000));
  };
  await make("fix");
  await box
    .fleet(["kill", "fix", "--dry-run"], at)
    .expect({ stdout: "fix\n", stderr: "fix: goes: 2 ignored files, 3 kB\n" });
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await box.fleet(["prune"], at).expect({ stderr: "nothing to prune\n" });
  const kept = /^ {2}fix {2}its worktree, killed .* ago; goes for good: 2 ignored files, 3 kB\n$/;
  await box.fleet(["prune", "--trash"], at).expect({ stdout: kept, stderr: /run fleet prune --trash -y\n$/ });
  await box.fleet(["prune", "--trash", "-y"], at).expect({ stdout: kept });
  await expectNothingLeft(box, project);
  await make("now");
  await box.run(["mkfifo", join(agentOn(box, "now").worktree, "pipe")]).expect();
  await box.fleet(["kill", "now", "--now"], at).expect({
    ...ended("now"),
    stderr:
      "now: gone with it: 2 ignored files, 3 kB, 1 special file (FIFOs, sockets, devices)\n1 of 1 ended. Undo: fleet restore now\n",
  });
  box.env.AI_FLEET_KEEP_IGNORED = "a.db";
  await make("kept");
  await box
    .fleet(["kill", "kept", "--now"], at)
    .expect({ ...ended("kept"), stderr: /nothing else holds a\.db, which keep_ignored names\n/ });
  await box.fleet(["restore", "kept", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(existsSync(join(agentOn(box, "kept").worktree, "a.db"))).toBe(true);
});

test("an agent whose own files were cleaned away comes back, before the kill and after it", async () => {
  await using box = await demoSandbox();
  const { at, worktree } = await agent(box);
  writeFileSync(join(worktree, "note"), "precious");
  cleanAway(agentDirectory(box, "fix"));
  await box
    .fleet(["kill", "fix"], at)
    .expect(ended("fix", "branch kept  1 unsaved file saved apart, NOT on the branch"));
  rmSync(join(fleetHome(box), "agents"), { recursive: true });
  await box.fleet(["restore"], at).expect({
    stdout: /^ {2}fix {2}killed \[TIME\] ago {2}with all its files {2}1 unsaved file\n$/,
    stderr: "to bring one back, run fleet restore BRANCH\n",
  });
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(readFileSync(join(worktree, "note"), "utf8")).toBe("precious");
});

test("an agent comes back in a repository that was moved since", async () => {
  await using box = await demoSandbox();
  const { project, at, worktree, id } = await agent(box);
  writeFileSync(join(worktree, "note"), "precious");
  await box.fleet(["kill", "fix"], at).expect({ stdout: /ended/, stderr: /Undo/ });
  const moved = join(box.home, "moved");
  renameSync(project.path, moved);
  const other = { cwd: (await box.repository("other")).path };
  await box.fleet(["restore", "--last"], other).expect({
    code: 1,
    stderr:
      "✗ the repository of fix is gone: [ROOT]/home/code/project\n  if its repository was moved, run fleet -C NEW-PLACE restore fix\n",
  });
  await box.fleet(["create", "plain"], other);
  const plain = join(fleetHome(box), `worktrees/.trash-${agentOn(box, "plain").id}`);
  await box.fleet(["kill", "plain"], other);
  await box.fleet(["prune", "--trash", "-y"], other).expect({
    code: 1,
    stdout: /fix {2}.*; stays, git cannot look into it: git ls-files failed: /,
    stderr: /kept: fix: nothing else holds its files \(git ls-files failed: fatal: not a git repository: /,
  });
  expect([existsSync(join(fleetHome(box), `worktrees/.trash-${id}`)), existsSync(plain)]).toEqual([true, false]);
  await box.run(["git", "init", "--quiet", project.path]).expect();
  await box.fleet(["restore", "fix"], at).expect({
    code: 1,
    stderr:
      "✗ [ROOT]/home/code/project has no commit [SHA], which fix was at; its files are in [ROOT]/home/.ai_fleet/worktrees/.trash-[ID1]\n  if its repository was moved, run fleet -C NEW-PLACE restore fix\n",
  });
  await box.fleet(["restore", "fix", "--no-resume"], { cwd: moved }).expect({ stdout: /restored/ });
  expect(readFileSync(join(agentOn(box, "fix").worktree, "note"), "utf8")).toBe("precious");
  const status = await box.run(["git", "-C", worktree, "status", "--porcelain"]);
  expect(status.stdout).toBe("?? note\n");
});

test("worktrees that were moved with all that is kept there come back whole, from another file system as well", async () => {
  await using box = await demoSandbox();
  const { project, at, worktree } = await agent(box, { ".gitignore": "own\n" });
  writeFileSync(join(worktree, "own"), "ignored\n");
  await box.fleet(["kill", "fix"], at);
  const moved = join(box.home, "moved");
  renameSync(join(fleetHome(box), "worktrees"), moved);
  box.env.AI_FLEET_WORKTREE_ROOT = moved;
  await box.fleet(["restore"], at).expect({ stdout: /fix {2}killed .* ago {2}with all its files\n/, stderr: /.*/ });
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(readFileSync(join(moved, "fix/own"), "utf8")).toBe("ignored\n");
  await box.fleet(["kill", "fix"], at);
  const elsewhere = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : box.root, "fleet-elsewhere-"));
  onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }));
  box.env.AI_FLEET_WORKTREE_ROOT = elsewhere;
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(readFileSync(join(agentOn(box, "fix").worktree, "own"), "utf8")).toBe("ignored\n");
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  expect(await project.git("worktree", "list")).not.toContain("fix");
});

test("a worktree and its registration that name each other by relative paths do so when it is back", async () => {
  await using box = await demoSandbox();
  const { project, at, worktree, git } = await agent(box);
  const pointers = {
    [join(worktree, ".git")]: "gitdir: ../../../code/project/.git/worktrees/fix\n",
    [join(project.path, ".git/worktrees/fix/gitdir")]: "../../../../../.ai_fleet/worktrees/fix/.git\n",
  };
  for (const [file, content] of Object.entries(pointers)) writeFileSync(file, content);
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  const now = Object.keys(pointers).map((file) => [file, readFileSync(file, "utf8")]);
  expect(Object.fromEntries(now)).toEqual(pointers);
  expect(await git("status", "--porcelain", "--branch")).toBe("## fix");
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
});

test("worktrees that are away are named by a restore of what git had saved, and hold up no later kill", async () => {
  await using box = await demoSandbox();
  const { at, worktree } = await agent(box);
  writeFileSync(join(worktree, "note"), "precious");
  await box.fleet(["kill", "fix"], at);
  renameSync(join(fleetHome(box), "worktrees"), join(box.home, "away"));
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({
    stdout: /restored/,
    stderr:
      "  ! fix: its worktree is not at [ROOT]/home/.ai_fleet/worktrees/.trash-[ID1], where it was kept: what git had saved is back, what git ignores is not\n",
  });
  expect(readFileSync(join(worktree, "note"), "utf8")).toBe("precious");
  const apart = ended("fix", "branch kept  1 unsaved file saved apart, NOT on the branch");
  await box.fleet(["kill", "fix"], at).expect(apart);
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(readFileSync(join(worktree, "note"), "utf8")).toBe("precious");
});

test("the files of an agent come back in a new clone of its repository, which has nothing of what was saved", async () => {
  await using box = await demoSandbox();
  const { project, at, worktree, id } = await agent(box, { ".gitignore": "own\n", a: "a\n" });
  writeFileSync(join(worktree, "own"), "ignored\n");
  writeFileSync(join(worktree, "a"), "changed\n");
  await box.fleet(["kill", "fix", "--keep-branch"], at);
  const before = join(box.home, "before");
  renameSync(project.path, before);
  await box.run(["git", "clone", "--quiet", "--no-local", before, project.path]).expect();
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({
    stdout: /restored/,
    stderr:
      "  ! fix: [ROOT]/home/code/project has nothing of what git had saved of it: its files are as they were, what was staged is not\n",
  });
  expect(readFileSync(join(worktree, "own"), "utf8")).toBe("ignored\n");
  expect(await project.git("-C", worktree, "status", "--porcelain", "--branch")).toBe("## fix\n M a");
  await box.fleet(["kill", "fix"], at);
  rmSync(project.path, { recursive: true });
  await box.run(["git", "clone", "--quiet", "--no-local", before, project.path]).expect();
  rmSync(join(fleetHome(box), `worktrees/.trash-${id}`), { recursive: true });
  await box.fleet(["restore", "fix"], at).expect({
    code: 1,
    stderr:
      "✗ [ROOT]/home/code/project has nothing of what was saved of fix\n  if its repository was moved, run fleet -C NEW-PLACE restore fix\n",
  });
});

const lostPower: Readonly<
  Record<string, { readonly file: (worktree: string, admin: string) => string; readonly hint: string }>
> = {
  "lost-A1": { file: (worktree) => join(worktree, ".git"), hint: "git -C [REPO] worktree repair" },
  "lost-A2": {
    file: (_, admin) => join(admin, "gitdir"),
    hint: "git -C [REPO] worktree repair [HOME]/worktrees/lost-A2",
  },
  "lost-A3": {
    file: (_, admin) => join(admin, "HEAD"),
    hint: `printf '%s\\n' 'ref: refs/heads/lost-A3' > [REPO]/.git/worktrees/lost-A3/HEAD`,
  },
  "lost-A4": {
    file: (_, admin) => join(admin, "index"),
    hint: "to make the index anew, which leaves all files as they are, run git -C [HOME]/worktrees/lost-A4 read-tree HEAD",
  },
};

test("a file of git that was left empty when the power went keeps its agent alone, is named with the line that mends it, and leads nowhere", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const at = { cwd: project.path };
  await box.fleet(["fanout", "4", "lost", "-p", "note"], at);
  const names = Object.keys(lostPower);
  for (const name of names) await untilDemo(box, name, "idle", 1);
  const shown = (text: string) => text.replaceAll(project.path, "[REPO]").replaceAll(fleetHome(box), "[HOME]");
  for (const name of names) {
    const { worktree } = agentOn(box, name);
    writeFileSync(join(worktree, "unsaved"), "unsaved");
    const admin = join(project.path, ".git/worktrees", name);
    writeFileSync(lostPower[name]?.file(worktree, admin) ?? "", "");
  }
  const placed = () => names.map((name) => agentOn(box, name).worktree);
  const before = placed();
  await box.fleet(["list", "--repair"], at);
  expect(placed()).toEqual(before);
  const kept = await box.fleet(["kill", "lost", "-y"], at);
  const rows = kept.stdout
    .trimEnd()
    .split("\n")
    .map((row) => row.trim().split(/ {2,}/));
  expect(rows.map(([name, word, , hint = ""]) => [name, word, shown(hint)])).toEqual(
    names.map((name) => [name, "kept", lostPower[name]?.hint ?? ""]),
  );
  for (const [, , , hint = ""] of rows)
    await box.run(["sh", "-c", hint.replace(/^.*, run /, "")]).expect({ stderr: /^(?:repair: .*\n)*$/ });
  await box
    .fleet(["kill", "lost", "-y"], at)
    .expect({ stdout: /ended/, stderr: "4 of 4 ended. Undo: fleet restore --last\n" });
  await box.fleet(["restore", "--last", "--no-resume"], at);
  for (const name of names) {
    expect(await project.git("-C", agentOn(box, name).worktree, "status", "-s", "--branch")).toBe(
      `## ${name}\n?? unsaved`,
    );
  }
});

test("restore --last undoes the whole last kill, over all repositories", async () => {
  await using box = await demoSandbox();
  const one = await box.repository("one");
  const two = await box.repository("two");
  await box.fleet(["create", "first"], { cwd: one.path });
  await box.fleet(["create", "second"], { cwd: two.path });
  await box
    .fleet(["kill", "-A", "--all", "-y"], { cwd: one.path })
    .expect({ stdout: /first.*\n.*second/, stderr: /--last/ });
  const back = await box.fleet(["restore", "--last", "--no-resume"], { cwd: one.path });
  expect(back.code).toBe(0);
  expect(sorted(back.stdout).map((line) => line.trim().split(/ +/)[0])).toEqual(["first", "second"]);
});

test("what comes back at the path is named by the kill and goes with a prune", async () => {
  await using box = await demoSandbox();
  const { project, at, worktree, git } = await agent(box);
  // A hook of the repository stands for the server that writes: it makes the path anew while the branch is judged.
  const hook = join(project.path, ".git/hooks/reference-transaction");
  writeFileSync(hook, `#!/bin/sh\n[ -d "${worktree}" ] || mkdir -p "${worktree}/tmp"\n`, { mode: 0o755 });
  await git("status");
  await box.fleet(["kill", "fix"], at).expect({
    stdout: "  fix  ended  branch deleted  nothing of its own\n",
    stderr:
      /left alone: the file \S+\/hooks\/reference-transaction; .*\n {2}! fix: something outside of it has made \[ROOT\]\/home\/\.ai_fleet\/worktrees\/fix anew; it was left alone\n1 of 1 ended\. Undo: fleet restore fix\n$/,
  });
  rmSync(hook);
  await box.fleet(["prune", "-y"], at).expect({
    stdout: "  [ROOT]/home/.ai_fleet/worktrees/fix  made anew where the killed fix had been\n",
  });
  await expectNothingLeft(box, project);
});

test("something that makes the path anew takes nothing from what was killed", async () => {
  await using box = await demoSandbox();
  const { at, worktree } = await agent(box);
  writeFileSync(join(worktree, "note.txt"), "precious");
  await box.fleet(["kill", "fix"], at);
  mkdirSync(join(worktree, "tmp"), { recursive: true });
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(readFileSync(join(agentOn(box, "fix").worktree, "note.txt"), "utf8")).toBe("precious");
  expect(existsSync(join(worktree, "tmp"))).toBe(true);
  expect(agentDirectory(box, "fix")).toContain("agents");
});

test("above save_limit the largest unsaved files stay in the worktree, which lives on until somebody gives it up", async () => {
  await using box = await demoSandbox('save_limit = "5M"\n');
  const { project, at, worktree } = await agent(box);
  writeFileSync(join(worktree, "large"), Buffer.alloc(6 * 2 ** 20, "x"));
  writeFileSync(join(worktree, "small"), "small\n");
  // At once, too, which gives up nothing that nothing else has.
  await box.fleet(["kill", "fix", "--now"], at).expect({
    stdout: "  fix  ended  branch kept  2 unsaved files saved apart, NOT on the branch\n",
    stderr: [
      "  ! fix: its worktree lives on, for nothing else holds 1 unsaved file, 6 MB",
      "  ! fix: 1 unsaved file, 6 MB, is only in its worktree, which lives on; to give that up, run fleet prune --trash (save_limit is 5M)",
      "1 of 1 ended. Undo: fleet restore fix",
      "",
    ].join("\n"),
  });
  const saved = (await project.git("for-each-ref", "--format=%(refname)", "refs/fleet/saved")).trim();
  expect(await project.git("ls-tree", "--name-only", saved)).toBe("README.md\nsmall");
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /fix +restored/ });
  expect(readFileSync(join(worktree, "large")).length).toBe(6 * 2 ** 20);
  await box.fleet(["kill", "fix"], at);
  await box.fleet(["prune", "--trash"], at).expect({ stdout: /goes for good: 1 unsaved file, 6 MB/, stderr: /./ });
  await box.fleet(["prune", "--trash", "-y"], at).expect({ stdout: /./ });
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /fix +restored/ });
  expect([existsSync(join(worktree, "large")), readFileSync(join(worktree, "small"), "utf8")]).toEqual([
    false,
    "small\n",
  ]);
});

test("a file whose name git cannot read back is not given up at once, and other unsaved files are in the snapshot all the same", async () => {
  await using box = await demoSandbox();
  const { project, at, worktree } = await agent(box);
  writeFileSync(
    Buffer.concat([Buffer.from(`${worktree}/not-`), Buffer.from([0xff]), Buffer.from("-utf8")]),
    "precious\n",
  );
  writeFileSync(join(worktree, "plain"), "plain\n");
  await box.fleet(["kill", "fix", "--now"], at).expect({
    stdout: /2 unsaved files/,
    stderr: /its worktree lives on, for nothing else holds 1 unsaved file.*\n.* \(its name is not UTF-8\)\n/,
  });
  const saved = (await project.git("for-each-ref", "--format=%(refname)", "refs/fleet/saved")).trim();
  expect(await project.git("ls-tree", "--name-only", saved)).toBe("README.md\nplain");
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /fix +restored/ });
  expect((await project.git("-C", worktree, "status", "--porcelain")).split("\n").length).toBe(2);
});

test("a kill --commit says that a repository inside is no more than named by the commit", async () => {
  await using box = await demoSandbox();
  const { project, at, worktree } = await agent(box);
  await box.run(["git", "init", "--quiet", join(worktree, "library")]).expect();
  await project.git("-C", join(worktree, "library"), "commit", "--quiet", "--allow-empty", "--message=inside");
  await box.fleet(["kill", "fix", "--commit"], at).expect({
    ...ended("fix", "branch kept  1 commit of its own"),
    stderr:
      "  ! fix: the commit has only the name of a commit of library, a repository of its own; the files are in its worktree, which lives on\n1 of 1 ended. Undo: fleet restore fix\n",
  });
});

test("files of Git LFS that only a killed agent's commits name outlive what Git LFS deletes", async () => {
  await using box = await demoSandbox();
  const { project, at, worktree, git } = await agent(box);
  const store = join(project.path, ".git/lfs/objects");
  const put = (oid: string) => {
    const file = join(store, oid.slice(0, 2), oid.slice(2, 4), oid);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `content of ${oid}\n`);
    return file;
  };
  const point = (oid: string) => `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize 12\n`;
  const [committed, staged, others] = ["a", "b", "c"].map((letter) => letter.repeat(64)) as [string, string, string];
  const files = [committed, staged, others].map(put);
  project.write("model", point(others));
  await project.commit("a model");
  writeFileSync(join(worktree, "large"), point(committed));
  await git("add", "--all");
  await git("commit", "--quiet", "-m", "large");
  writeFileSync(join(worktree, "large"), point(staged));
  await git("add", "--all");
  await box
    .fleet(["kill", "fix", "--delete-branch", "--now"], at)
    .expect({ stdout: /fix +ended +branch deleted/, stderr: /./ });
  for (const file of files) rmSync(file);
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /fix +restored/ });
  expect(files.map((file) => existsSync(file))).toEqual([true, true, false]);
  await box.fleet(["kill", "fix"], at);
  expect(readdirSync(join(project.path, ".git/fleet-trash")).some((name) => name.endsWith(".lfs"))).toBe(true);
});

test("a user who stands in a worktree ends its agent from there, and brings it back from where the directory was", async () => {
  await using box = await demoSandbox();
  const { worktree, at } = await agent(box);
  writeFileSync(join(worktree, "unsaved"), "unsaved\n");
  await box
    .fleet(["kill", "fix", "--now"], { cwd: worktree })
    .expect({ stdout: /fix +ended +branch kept +1 unsaved file/, stderr: /./ });
  expect(existsSync(worktree)).toBe(false);
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /fix +restored/ });
  expect(readFileSync(join(worktree, "unsaved"), "utf8")).toBe("unsaved\n");
});

test("a kill that waited while a restore was at the same agent leaves it alone", async () => {
  await using box = await demoSandbox();
  const { at, worktree } = await agent(box);
  const entry = JSON.parse(readFileSync(join(fleetHome(box), "state.json"), "utf8"))[0];
  const operation = { v: 1, id: "0a1b2c3d", kind: "restore", agents: [entry], new_branches: [] };
  const file = join(fleetHome(box), "journal", `${operation.id}.json`);
  mkdirSync(dirname(file), { recursive: true });
  // As of a command that runs: this one.
  writeFileSync(file, JSON.stringify({ ...operation, owner: await identityOf(process.pid) }));
  await box.fleet(["kill", "fix", "-y"], at).expect({
    code: 1,
    stdout: "  fix  kept  another fleet command is bringing it back  fleet list\n",
    stderr: "0 of 1 ended.\n",
  });
  rmSync(file);
  expect(existsSync(worktree)).toBe(true);
  expect(existsSync(join(agentDirectory(box, "fix"), "ending.json"))).toBe(false);
  await box.fleet(["kill", "fix", "-y"], at).expect(ended("fix"));
});
