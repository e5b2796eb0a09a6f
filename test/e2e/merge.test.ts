import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentOn, demoSandbox, fleetHome, textOf } from "./agents.ts";
import { agentsThatWrote, files, lines } from "./merging.ts";

test("merge makes one commit of an agent's work, keeps unsaved work of the checkout, and can be undone", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files: { ...files, "b.txt": "b\n", staged: "s\n" } });
  const at = { cwd: repository.path };
  await agentsThatWrote(box, repository, { fix: { "a.txt": lines([..."Abcdefgh"]), "new/file": "new\n" } });
  repository.write("b.txt", "unsaved\n");
  repository.write("staged", "staged alone\n");
  await repository.git("add", "staged");
  repository.write("staged", "and changed since\n");
  const before = await repository.git("status", "--porcelain");
  const old = await repository.git("rev-parse", "main");
  await box.fleet(["merge", "fix"], at).expect({
    stdout: "  fix  merged  main is at [SHA], was at [SHA]\n",
    stderr: "Undo the last: fleet merge --undo\n",
  });
  expect(await repository.git("log", "--format=%an|%P|%B", "-1")).toBe(
    `Fleet Test|${old}|fix: done\n\nWhy it was done.\n`,
  );
  expect(await repository.git("status", "--porcelain")).toBe(before);
  expect(readFileSync(join(repository.path, "new/file"), "utf8")).toBe("new\n");
  expect(await repository.git("diff", "main", "fix")).toBe("");
  await box.fleet(["merge", "fix"], at).expect({ stdout: "  fix  nothing to merge  all of it is in main\n" });
  await box.fleet(["merge", "--undo"], at).expect({ stdout: "  fix  taken back  main is at [SHA] again\n" });
  expect(await repository.git("rev-parse", "main")).toBe(old);
  expect(await repository.git("status", "--porcelain")).toBe(before);
  expect(await repository.git("show", ":staged")).toBe("staged alone");
  await box.fleet(["merge", "--undo"], at).expect({ code: 1, stderr: /^✗ there is no merge to take back\n/ });
  await box.fleet(["merge", "fix", "--no-ff"], at).expect({ stdout: /merged/, stderr: /Undo/ });
  expect(await repository.git("log", "--format=%P|%s", "-1")).toBe(
    `${old} ${await repository.git("rev-parse", "fix")}|Merge branch 'fix' into main`,
  );
  await repository.git("commit", "--quiet", "--allow-empty", "-m", "built on it");
  await box.fleet(["merge", "--undo"], at).expect({ code: 1, stderr: /^✗ main has moved since fix was merged\n/ });
});

test("merge goes into a branch that is checked out elsewhere, or nowhere", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files });
  const at = { cwd: repository.path };
  await repository.git("branch", "nowhere");
  await repository.git("worktree", "add", "--quiet", "-b", "elsewhere", join(box.root, "elsewhere"));
  await agentsThatWrote(box, repository, { fix: { new: "new\n" } });
  for (const target of ["nowhere", "elsewhere"]) {
    await box.fleet(["merge", "fix", "--into", target], at).expect({ stdout: /^ {2}fix {2}merged/, stderr: /Undo/ });
    expect(await repository.git("show", `${target}:new`)).toBe("new");
  }
  expect(readFileSync(join(box.root, "elsewhere/new"), "utf8")).toBe("new\n");
  expect(await repository.git("-C", join(box.root, "elsewhere"), "status", "--porcelain")).toBe("");
  expect(await repository.git("status", "--porcelain")).toBe("");
  await box
    .fleet(["merge", "fix", "--into", "nobody"], at)
    .expect({ code: 1, stderr: /^✗ there is no branch nobody in / });
  await box.fleet(["create", "later", "--from", "nowhere"], at);
  writeFileSync(join(agentOn(box, "later").worktree, "later"), "later\n");
  await box
    .fleet(["merge", "later", "--commit", "-m", "later work"], at)
    .expect({ stdout: /merged {2}nowhere is at/, stderr: /Undo/ });
  expect(await repository.git("log", "--format=%s", "-1", "nowhere")).toBe("later work");
});

test("of several, those in nobody's way go in, up to the first conflict, which names its files", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files });
  const at = { cwd: repository.path };
  await agentsThatWrote(box, repository, {
    one: { "a.txt": lines([..."Abcdefgh"]) },
    two: { "a.txt": lines([..."Xbcdefgh"]) },
    three: { "a.txt": lines([..."abcdefgH"]) },
    four: { "a.txt": lines([..."Ybcdefgh"]) },
  });
  const { stdout, stderr } = await box.fleet(["merge", "--all"], at);
  expect(stdout).toMatch(/^ {2}three {2}merged .*\n {2}one {4}merged .*\n$/);
  expect(stderr).toContain("✗ two: two conflicts with main; nothing was changed\n  │ a.txt\n");
  expect(stderr).toContain("Not tried: fleet merge four\n");
  expect(textOf(join(repository.path, "a.txt"))).toBe(lines([..."AbcdefgH"]));
  expect(await repository.git("status", "--porcelain")).toBe("");
});

test("a merge that died in the middle of the checkout is put back, unless somebody wrote there meanwhile", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files });
  const at = { cwd: repository.path };
  await agentsThatWrote(box, repository, { fix: { "a.txt": "theirs\n", "b.txt": "theirs\n", "c/d": "theirs\n" } });
  const [old, head] = [await repository.git("rev-parse", "main"), await repository.git("rev-parse", "fix")];
  const journal = join(fleetHome(box), "journal", "0badcafe.json");
  const merge = {
    v: 1,
    target: "main",
    old,
    new: head,
    head,
    at: "2026-01-01T00:00:00.000Z",
    worktree: repository.path,
  };
  const owner = { pid: 1, start: "0", boot: "another", namespace: "" };
  const plan = { v: 1, id: "0badcafe", kind: "merge", owner, agents: [agentOn(box, "fix")], new_branches: [], merge };
  writeFileSync(journal, JSON.stringify(plan));
  repository.write("a.txt", "theirs\n");
  repository.write("c/d", "theirs\n");
  await repository.git("add", "c/d");
  repository.write("b.txt", "by the user\n");
  await box.fleet(["list", "--repair"], at).expect({
    stdout: /fix/,
    stderr:
      /! the interrupted merge of fix in \S+ waits: files in \S+ are neither as before the merge nor as after it: b\.txt; /,
  });
  expect(textOf(join(repository.path, "a.txt"))).toBe("theirs\n");
  repository.write("b.txt", "theirs\n");
  // The git that was at it has died too, and has left its lock.
  repository.write(".git/index.lock", "");
  await box.fleet(["list", "--repair"], at).expect({
    stdout: /fix/,
    stderr: /^fix: its merge was interrupted; main is as before; run fleet merge again\n/,
  });
  expect(await repository.git("status", "--porcelain")).toBe("");
  expect(textOf(join(repository.path, "a.txt"))).toBe(files["a.txt"]);
  await box.fleet(["merge", "fix"], at).expect({ stdout: /merged/, stderr: /Undo/ });
});

test("what would not be merged is named with the command that merges it in the same way", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files });
  const at = { cwd: repository.path };
  await repository.git("branch", "next");
  await agentsThatWrote(box, repository, {
    one: { "a.txt": lines([..."Abcdefgh"]) },
    two: { "a.txt": lines([..."Xbcdefgh"]) },
    three: { "a.txt": lines([..."Ybcdefgh"]) },
  });
  await box.fleet(["merge", "one", "two", "three", "--into", "next", "--no-ff", "-m", "all in"], at).expect({
    code: 1,
    stdout: /^ {2}one {2}merged {2}next/,
    stderr: [
      "✗ two: two conflicts with next; nothing was changed",
      "  │ a.txt",
      "  to let the agent resolve it, run fleet merge --resolve --into next --no-ff -m 'all in' two",
      "Not tried: fleet merge --into next --no-ff -m 'all in' three",
      "Undo the last: fleet merge --undo\n",
    ].join("\n"),
  });
});

test("a merge is not taken back over an ignored file that took the place of one", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files: { ...files, "notes.txt": "theirs\n" } });
  const at = { cwd: repository.path };
  await agentsThatWrote(box, repository, { fix: { "b.txt": "b\n" } });
  await repository.git("-C", agentOn(box, "fix").worktree, "rm", "--quiet", "notes.txt");
  await repository.git("-C", agentOn(box, "fix").worktree, "commit", "--quiet", "-m", "no notes");
  await box.fleet(["merge", "fix"], at);
  writeFileSync(join(repository.path, ".git/info/exclude"), "notes.txt\n");
  repository.write("notes.txt", "mine\n");
  const main = await repository.git("rev-parse", "main");
  await box.fleet(["merge", "--undo"], at).expect({
    code: 1,
    stderr: /^✗ \S+ has unsaved work that this would change\n(.*\n)*? {2}│ .*notes\.txt\n/,
  });
  expect([await repository.git("rev-parse", "main"), textOf(join(repository.path, "notes.txt"))]).toEqual([
    main,
    "mine\n",
  ]);
});

test("an agent whose work went in as one commit holds nothing, and its kill and its merge can be taken back", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files });
  const at = { cwd: repository.path };
  await agentsThatWrote(box, repository, { fix: { new: "new\n" } });
  await box.fleet(["merge", "fix"], at);
  repository.write("later", "later\n");
  await box.fleet(["kill", "fix"], at).expect({
    stdout: "  fix  ended  branch deleted  all of it is in main\n",
    stderr: "1 of 1 ended. Undo: fleet restore fix\n",
  });
  await box.fleet(["merge", "--undo"], at).expect({
    stdout: "  fix  taken back  main is at [SHA] again\n",
    stderr: "fix was killed; to have its work back, run fleet restore fix\n",
  });
  await box.fleet(["restore", "fix"], at);
  expect(await repository.git("show", "fix:new")).toBe("new");
});

test("prune takes a stopped agent whose work went in as one commit, until that is taken back", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files });
  const at = { cwd: repository.path };
  await agentsThatWrote(box, repository, { fix: { new: "new\n" } });
  await box.fleet(["stop", "fix"], at);
  expect((await box.fleet(["prune"], at)).stdout).not.toContain("fix");
  await box.fleet(["merge", "fix"], at);
  expect((await box.fleet(["prune"], at)).stdout).toContain("fix");
  await box.fleet(["merge", "--undo"], at);
  expect((await box.fleet(["prune"], at)).stdout).not.toContain("fix");
});

test("a commit of a submodule that only the agent's worktree has is named with the line that brings or publishes it", async () => {
  await using box = await demoSandbox();
  const library = await box.repository("library");
  const project = await box.repository("project");
  const at = { cwd: project.path };
  const allowed = ["-c", "protocol.file.allow=always", "submodule", "--quiet"];
  await project.git(...allowed, "add", library.path, "inner");
  await project.commit("a submodule");
  for (const branch of ["known", "unpublished", "published"]) await box.fleet(["create", branch], at);
  const moveInner = async (branch: string, publish: boolean) => {
    const { worktree } = agentOn(box, branch);
    const inner = join(worktree, "inner");
    const run = (cwd: string, ...words: string[]) => box.run(["git", ...words], { cwd });
    await run(worktree, ...allowed, "update", "--init");
    await run(inner, "commit", "--quiet", "--allow-empty", "--message", branch);
    if (publish) await run(inner, "push", "--quiet", "origin", `HEAD:refs/heads/${branch}`);
    await run(worktree, "commit", "--quiet", "--all", "--message", branch);
    return { inner, commit: (await run(inner, "rev-parse", "HEAD")).stdout.trim() };
  };

  const known = await moveInner("known", false);
  const here = join(project.path, "inner");
  const line = `git -C ${here} fetch ${known.inner} HEAD`;
  const { stderr } = await box.fleet(["merge", "known"], at);
  expect(stderr).toStartWith(
    `  ! known: inner is at ${known.commit.slice(0, 7)} now, a commit that only its worktree has; to have it here, run ${line}\n`,
  );
  await box.run(["sh", "-c", line]).expect({ stderr: /FETCH_HEAD/ });
  await project.git(...allowed, "update");
  expect(await project.git("status", "--short")).toBe("");

  await project.git("submodule", "--quiet", "deinit", "--force", "inner");
  const unpublished = await moveInner("unpublished", false);
  const merge = (branch: string) => box.fleet(["merge", branch, "--into", `for-${branch}`], at);
  for (const branch of ["unpublished", "published"]) await project.git("branch", `for-${branch}`, "main~1");
  const push = `git -C ${unpublished.inner} push origin ${unpublished.commit}:refs/heads/unpublished`;
  expect((await merge("unpublished")).stderr).toContain(` only its worktree has; to publish it, run ${push}\n`);
  await moveInner("published", true);
  expect((await merge("published")).stderr).toBe("Undo the last: fleet merge --undo\n");
});

test("merge --resolve sends the agent its conflict, waits, and merges what it made of it", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files });
  const at = { cwd: repository.path };
  await agentsThatWrote(box, repository, {
    one: { "a.txt": lines([..."Abcdefgh"]) },
    two: { "a.txt": lines([..."Xbcdefgh"]) },
    three: { "b.txt": "b\n" },
  });
  // What the demo agent commits when it is prompted becomes the merge that it is asked for.
  repository.hook(
    "post-commit",
    "case $(git log -1 --format=%s) in 'demo: The branch main has changed'*) git merge --quiet -X ours -m resolved main ;; esac",
  );
  await box.fleet(["merge", "--all", "--resolve", "--timeout", "60s"], at).expect({
    stdout: /^ {2}three {2}merged .*\n {2}one {4}merged .*\n {2}two {4}merged .*\n$/,
    stderr: "two resolves its conflict with main\nUndo the last: fleet merge --undo\n",
  });
  expect(textOf(join(repository.path, "a.txt"))).toBe(lines([..."Xbcdefgh"]));
  const prompt = textOf(join(fleetHome(box), "agents", agentOn(box, "two").id, "received")).split("\0")[0] ?? "";
  expect(prompt).toContain("Merge main into your branch (git merge main)");
  expect(prompt).toEndWith("Files in conflict:\n- a.txt\n");

  // One that does nothing about it is no better than before, and one that has ended cannot be asked.
  repository.hook("post-commit", "");
  await agentsThatWrote(box, repository, { four: { "a.txt": lines([..."Ybcdefgh"]) } });
  repository.write("a.txt", lines([..."Zbcdefgh"]));
  await repository.git("commit", "--quiet", "--all", "-m", "main moved");
  await box.fleet(["merge", "four", "--resolve"], at).expect({
    code: 1,
    stderr:
      "four resolves its conflict with main\n✗ four still conflicts with main after its turn; nothing was merged\n  │ a.txt\n" +
      "  to see what it did, run fleet logs four; to tell it more, run fleet prompt four MESSAGE\n",
  });
  await box.fleet(["stop", "four"], at);
  await box.fleet(["merge", "four", "--resolve"], at).expect({
    code: 1,
    stderr:
      /^✗ four cannot be asked to resolve its conflict \(.*stopped.*\)\n {2}│ a.txt\n {2}to see what it is at, run fleet logs four\n$/,
  });
});
