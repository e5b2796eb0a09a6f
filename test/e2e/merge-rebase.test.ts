import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentOn, demoSandbox } from "./agents.ts";
import { agentsThatWrote, files, lines } from "./merging.ts";

test("merge --rebase makes each commit once more on top of the branch, with its author, and without a checkout", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files });
  const at = { cwd: repository.path };
  await agentsThatWrote(box, repository, { fix: { "a.txt": lines([..."Abcdefgh"]) }, line: { "b.txt": "b\n" } });
  const { worktree } = agentOn(box, "fix");
  const commit = (...words: string[]) => repository.git("-C", worktree, "commit", "--quiet", ...words);
  await commit("--allow-empty", "-m", "empty on purpose");
  writeFileSync(join(worktree, "same"), "same\n");
  await repository.git("-C", worktree, "add", "--all");
  await commit("-m", "is in main already");
  writeFileSync(join(worktree, "last"), "last\n");
  await repository.git("-C", worktree, "add", "--all");
  await commit(
    "--author",
    "Ada Lovelace <ada@example.com>",
    "--date",
    "2020-02-02T02:02:02+0200",
    "-m",
    "last\n\nWith a body.",
  );
  repository.write("same", "same\n");
  await repository.git("add", "same");
  await repository.git("commit", "--quiet", "-m", "main moved");
  repository.write("a.txt", lines([..."abcdefgh"]));
  const main = await repository.git("rev-parse", "main");
  await box.fleet(["merge", "fix", "--rebase"], at).expect({ stdout: /merged/, stderr: /Undo/ });
  // The same as git makes of it.
  const log = ["log", "--format=%s|%b|%an|%ae|%aI|%T", `${main}..`];
  const made = await repository.git(...log);
  await repository.git("worktree", "add", "--quiet", "--detach", join(box.root, "by-git"), "fix");
  await repository.git("-C", join(box.root, "by-git"), "rebase", "--quiet", main);
  expect(made).toBe(await repository.git("-C", join(box.root, "by-git"), ...log));
  expect(
    made
      .split("\n")
      .filter((line) => /^\S.*\|/.test(line) && !line.startsWith("|"))
      .map((line) => line.split("|")[0]),
  ).toEqual(["last", "empty on purpose", "fix: done"]);
  await box.fleet(["merge", "--undo"], at).expect({ stdout: /taken back/ });
  expect(await repository.git("rev-parse", "main")).toBe(main);

  await repository.git("-C", worktree, "merge", "--quiet", "-m", "a merge", "line");
  await box.fleet(["merge", "fix", "--rebase"], at).expect({
    code: 1,
    stderr:
      "✗ fix has merges among its commits, which cannot be rebased\n  to merge it as one commit, run fleet merge fix\n",
  });
  repository.hook("pre-rebase", 'echo "$1 $2"; exit 1');
  await box.fleet(["merge", "line", "--rebase"], at).expect({
    code: 1,
    stderr: /^✗ the hook pre-rebase refuses; nothing was changed\n {2}│ main line\n/,
  });
  expect(await repository.git("rev-parse", "main")).toBe(main);
});

test("merge --rebase names the commit that does not fit, and changes nothing", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files });
  const at = { cwd: repository.path };
  await agentsThatWrote(box, repository, { fix: { "a.txt": lines([..."Abcdefgh"]) } });
  repository.write("a.txt", lines([..."Xbcdefgh"]));
  await repository.git("commit", "--quiet", "--all", "-m", "main moved");
  const main = await repository.git("rev-parse", "main");
  await box.fleet(["merge", "fix", "--rebase"], at).expect({
    code: 1,
    stderr:
      /^✗ fix conflicts with main at \S+; nothing was changed\n {2}│ a.txt\n {2}to let the agent resolve it, run fleet merge --resolve --rebase fix\n$/,
  });
  expect([await repository.git("rev-parse", "main"), await repository.git("status", "--porcelain")]).toEqual([
    main,
    "",
  ]);
});
