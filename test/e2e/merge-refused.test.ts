import { expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentOn, demoSandbox, fleetHome, textOf } from "./agents.ts";
import { agentsThatWrote, files, lines } from "./merging.ts";

test("a merge that would touch unsaved work, or a file that git does not know, is refused and changes nothing", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files });
  const at = { cwd: repository.path };
  await agentsThatWrote(box, repository, {
    edits: { "a.txt": lines([..."Abcdefgh"]) },
    adds: { untracked: "theirs\n" },
    forces: { "x.txt": "x\n" },
  });
  const { worktree } = agentOn(box, "forces");
  writeFileSync(join(worktree, "debug.log"), "theirs\n");
  await repository.git("-C", worktree, "add", "--force", "debug.log");
  await repository.git("-C", worktree, "commit", "--quiet", "-m", "log");
  repository.write("a.txt", lines([..."abcdefgX"]));
  repository.write("untracked", "mine\n");
  repository.write("debug.log", "mine\n");
  const state = async () => [
    await repository.git("rev-parse", "HEAD"),
    await repository.git("status", "--porcelain", "--ignored"),
    ...["a.txt", "untracked", "debug.log"].map((file) => readFileSync(join(repository.path, file), "utf8")),
  ];
  const before = await state();
  await box.fleet(["merge", "edits"], at).expect({
    code: 1,
    stderr: /^✗ main in \S+ has unsaved work that this would change\n(.*\n)* {2}to see it, run git -C \S+ status\n$/,
  });
  await box
    .fleet(["merge", "adds"], at)
    .expect({ code: 1, stderr: /^✗ files in \S+ that git does not know are in the way of main\n {2}│ untracked\n/ });
  await box.fleet(["merge", "forces"], at).expect({ code: 1, stderr: /│ debug\.log\n/ });
  expect(await state()).toEqual(before);
  expect(readdirSync(join(fleetHome(box), "journal"))).toEqual([]);
  writeFileSync(join(agentOn(box, "edits").worktree, "rest"), "rest\n");
  await box
    .fleet(["merge", "edits"], at)
    .expect({ code: 1, stderr: /^✗ edits has 1 unsaved file, which would not go in\n/ });
  expect(await state()).toEqual(before);
});

test("hooks run as git would run them, and can refuse", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files });
  const at = { cwd: repository.path };
  await agentsThatWrote(box, repository, { fix: { new: "new\n" } });
  const { hook } = repository;
  hook("pre-merge-commit", "git diff --cached --name-only HEAD; exit 1");
  const old = await repository.git("rev-parse", "main");
  await box
    .fleet(["merge", "fix"], at)
    .expect({ code: 1, stderr: /^✗ the hook pre-merge-commit refuses the merge; nothing was changed\n {2}│ new\n/ });
  expect(await repository.git("rev-parse", "main")).toBe(old);
  hook("pre-merge-commit", "exit 0");
  hook("commit-msg", 'echo "Change-Id: 1" >>"$1"');
  hook("post-merge", `echo ran >${box.root}/post`);
  await box.fleet(["merge", "fix"], at).expect({ stdout: /merged/, stderr: /Undo/ });
  expect(await repository.git("log", "--format=%B", "-1")).toContain("Change-Id: 1");
  expect(textOf(join(box.root, "post"))).toBe("ran\n");
});

test("a merge that a hook does not let into the branch leaves the checkout as it was, with the user's own work", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files });
  const at = { cwd: repository.path };
  await agentsThatWrote(box, repository, {
    fix: { "a.txt": "theirs\n", new: "new\n", same: "as the user has it\n" },
  });
  repository.write("same", "as the user has it\n");
  await repository.git("add", "same");
  repository.write("c/d", "by the user\n");
  const before = await repository.git("status", "--porcelain");
  // Git asks this hook when it has changed the checkout and its index.
  const protects = "if grep -q refs/heads/main; then echo main is protected >&2; exit 1; fi";
  const hook = repository.hook("reference-transaction", protects);
  const old = await repository.git("rev-parse", "main");
  await box
    .fleet(["merge", "fix"], at)
    .expect({ code: 1, stderr: /^✗ main in \S+ was not moved: git refuses it\n {2}│ main is protected\n/ });
  expect(await repository.git("rev-parse", "main")).toBe(old);
  expect(await repository.git("status", "--porcelain")).toBe(before);
  expect(textOf(join(repository.path, "a.txt"))).toBe(files["a.txt"]);
  rmSync(hook);
  await box.fleet(["merge", "fix"], at).expect({ stdout: /merged/, stderr: /Undo/ });
});

test("while git is in the middle of something in its worktree, or has left conflicts there, nothing of an agent is merged", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files });
  const at = { cwd: repository.path };
  await agentsThatWrote(box, repository, { fix: { one: "1\n" } });
  const { worktree } = agentOn(box, "fix");
  const git = (...args: string[]) => repository.git("-C", worktree, ...args);
  writeFileSync(join(worktree, "two"), "2\n");
  await git("add", "two");
  await git("commit", "--quiet", "--message", "two");
  const old = await repository.git("rev-parse", "main");
  const refused = async (why: string) => {
    for (const words of [[], ["--commit"]]) {
      await box.fleet(["merge", "fix", ...words], at).expect({
        code: 1,
        stderr: `✗ fix ${why}, run git -C [ROOT]/home/.ai_fleet/worktrees/fix status\n`,
      });
    }
    expect(await repository.git("rev-parse", "main")).toBe(old);
  };
  await git("-c", "sequence.editor=sed -i 1s/^pick/edit/", "rebase", "--quiet", "--interactive", "main");
  await refused("is in the middle of a rebase\n  to see how to end it");
  await git("rebase", "--continue");
  await git("bisect", "start", "HEAD", "main");
  await refused("is in the middle of a bisect\n  to see how to end it");
  await git("bisect", "reset");
  writeFileSync(join(worktree, "one"), "stashed\n");
  await git("stash", "--quiet");
  writeFileSync(join(worktree, "one"), "committed\n");
  await git("commit", "--quiet", "--all", "--message", "committed");
  await git("stash", "pop", "--quiet").catch(() => undefined);
  await box.fleet(["merge", "fix", "--commit"], at).expect({
    code: 1,
    stderr: "✗ fix has conflicts in one\n  to see them, run git -C [ROOT]/home/.ai_fleet/worktrees/fix status\n",
  });
  expect(await repository.git("rev-parse", "main")).toBe(old);
});

test("unsaved work that cannot be committed is named with the agent, and with what commits it", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project");
  const at = { cwd: repository.path };
  await box.fleet(["create", "fix"], at);
  writeFileSync(join(agentOn(box, "fix").worktree, "new"), "new\n");
  for (const [name, value] of [
    ["commit.gpgsign", "true"],
    ["gpg.program", "false"],
  ] as const) {
    await repository.git("config", name, value);
  }
  const main = await repository.git("rev-parse", "main");
  await box.fleet(["merge", "fix", "--commit"], at).expect({
    code: 1,
    stderr:
      /✗ the unsaved work of fix could not be committed\n {2}│ error: gpg failed [\s\S]* {2}to commit it yourself, run git -C \S+ commit\n$/,
  });
  expect(await repository.git("rev-parse", "main")).toBe(main);
  await box.fleet(["kill", "fix"], at).expect({ stdout: /fix/, stderr: /./ });
  await box.fleet(["merge", "fix"], at).expect({
    code: 1,
    stderr: "✗ fix was killed\n  to bring it back, run fleet restore fix\n",
  });
});
