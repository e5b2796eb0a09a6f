import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox } from "./agents.ts";

/** An agent on the branch `fix` with one unsaved file. */
async function withUnsaved(box: Sandbox, project: Repository): Promise<{ cwd: string }> {
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at).expect({ stdout: "fix\n", stderr: /./ });
  writeFileSync(join(agentOn(box, "fix").worktree, "unsaved"), "unsaved\n");
  return at;
}

/** Makes the user one who signs every commit, with a key of theirs that needs no passphrase. */
async function signing(box: Sandbox, project: Repository): Promise<string> {
  const key = join(box.home, "key");
  await box.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key]).expect();
  await project.git("config", "commit.gpgSign", "true");
  await project.git("config", "gpg.format", "ssh");
  await project.git("config", "user.signingKey", key);
  return key;
}

const isSigned = async (project: Repository, revision: string) =>
  (await project.git("cat-file", "commit", revision)).includes("\ngpgsig ");

test("a user who signs their commits gets signed ones from kill --commit, merge, merge --rebase and pick", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  await signing(box, project);
  const at = await withUnsaved(box, project);
  await box
    .fleet(["kill", "fix", "--commit"], at)
    .expect({ stdout: /branch kept +1 commit of its own/, stderr: /Undo/ });
  const signed = [await isSigned(project, "fix")];
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  for (const way of [
    ["merge", "fix"],
    ["merge", "fix", "--rebase"],
    ["pick", "fix"],
  ]) {
    // Something to build on, so that a commit has to be made.
    await project.git("commit", "--quiet", "--allow-empty", "--message", "base");
    const before = await project.git("rev-parse", "HEAD");
    await box.fleet(way, at).expect({ stdout: /merged|taken/, stderr: /./ });
    signed.push(await isSigned(project, "HEAD"));
    await project.git("reset", "--quiet", "--hard", before);
  }
  expect(signed).toEqual([true, true, true, true]);
}, 30_000);

test("a key that cannot be used keeps no work from being committed, and that it is not signed is said", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  await signing(box, project);
  await project.git("config", "user.signingKey", join(box.home, "nowhere"));
  const at = await withUnsaved(box, project);
  await box.fleet(["kill", "fix", "--commit"], at).expect({
    stdout: /branch kept +1 commit of its own/,
    stderr:
      /! fix: the commit is not signed: .*nowhere.*; to sign it, check the branch out and run git commit --amend --no-edit -S/,
  });
  expect([await project.git("show", "fix:unsaved"), await isSigned(project, "fix")]).toEqual(["unsaved", false]);
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  await box.fleet(["merge", "fix"], at).expect({
    code: 1,
    stderr:
      /the commit could not be signed\n[\s\S]*nowhere[\s\S]*to try your key, run git commit-tree -S -m try HEAD\^\{tree\}\n/,
  });
});

test("hooks that hang keep no unsaved work from being committed by a kill, and none from being restored", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = await withUnsaved(box, project);
  const hooks = [
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "post-index-change",
    "reference-transaction",
  ];
  for (const hook of hooks) box.executable(hook, "exec sleep 600");
  await project.git("config", "core.hooksPath", box.bin);
  await box
    .fleet(["kill", "fix", "--commit"], at)
    .expect({ stdout: /branch kept +1 commit of its own/, stderr: /Undo/ });
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  await box.fleet(["kill", "fix", "--now", "--keep-branch"], at).expect({ stdout: /fix +ended/, stderr: /./ });
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
});

test("a sparse checkout shows and commits what its agent has written outside of it, and takes nothing away", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project", { files: { "near/a": "a\n", "far/b": "b\n" } });
  const at = await withUnsaved(box, project);
  const { worktree } = agentOn(box, "fix");
  await project.git("-C", worktree, "sparse-checkout", "set", "near");
  mkdirSync(join(worktree, "far"));
  writeFileSync(join(worktree, "far/new"), "new\n");
  await box.fleet(["diff", "fix", "--name-only"], at).expect({ stdout: "far/new\nunsaved\n" });
  await box.fleet(["compare", "fix"], at).expect({ stdout: /fix.* 2 +\+2 -0\n/, stderr: /./ });
  await box
    .fleet(["kill", "fix", "--commit"], at)
    .expect({ stdout: /branch kept +1 commit of its own/, stderr: /Undo/ });
  expect((await project.git("diff", "--name-status", "main", "fix")).split("\n")).toEqual(["A\tfar/new", "A\tunsaved"]);
});

test("kill --commit puts work on the branch that an agent renamed, and no marks of a conflict on any", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project", { files: { a: "a\n" } });
  const at = await withUnsaved(box, project);
  const { worktree } = agentOn(box, "fix");
  const git = (...args: string[]) => project.git("-C", worktree, ...args);
  await git("branch", "--move", "better");
  await git("branch", "--move", "best");
  await box
    .fleet(["kill", "fix", "--commit"], at)
    .expect({ stdout: "  fix  ended  branch kept  its work is on the branch best\n", stderr: /Undo/ });
  expect(await project.git("show", "best:unsaved")).toBe("unsaved");
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  writeFileSync(join(worktree, "a"), "stashed\n");
  await git("stash", "--quiet");
  writeFileSync(join(worktree, "a"), "committed\n");
  await git("commit", "--quiet", "--all", "--message", "committed");
  await git("stash", "pop", "--quiet").catch(() => undefined);
  const before = await git("status", "--porcelain");
  expect(before).toBe("UU a");
  await box
    .fleet(["kill", "fix", "--commit"], at)
    .expect({ stdout: /its work is on the branch best; 1 unsaved file saved apart\n/, stderr: /Undo/ });
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(await git("status", "--porcelain")).toBe(before);
});

test("a program that leaves out what has changed hides nothing from kill --commit", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project", { files: { a: "a\n" } });
  const at = await withUnsaved(box, project);
  const { worktree } = agentOn(box, "fix");
  await project.git("config", "core.fsmonitor", box.executable("watcher", "printf 'seen\\0'"));
  await project.git("-C", worktree, "status");
  writeFileSync(join(worktree, "a"), "changed\n");
  expect(await project.git("-C", worktree, "diff", "--name-only")).toBe("");
  await box
    .fleet(["kill", "fix", "--commit"], at)
    .expect({ stdout: /branch kept +1 commit of its own/, stderr: /Undo/ });
  expect(await project.git("show", "fix:a")).toBe("changed");
});

test("a user whom git does not know is told how to say who they are", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = await withUnsaved(box, project);
  box.env.GIT_CONFIG_GLOBAL = "/dev/null";
  await project.git("config", "user.useConfigOnly", "true");
  await box.fleet(["kill", "fix", "--commit"], at).expect({
    code: 1,
    stdout: /kept .* run git config --global user.name NAME && git config --global user.email ADDRESS\n$/,
    stderr: "0 of 1 ended.\n",
  });
});
