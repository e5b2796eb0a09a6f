import { expect, test } from "bun:test";
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentOn, demoSandbox } from "./agents.ts";

test("compare shows attempts best first and says why", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files: { "a.txt": "a\nb\nc\n", old: "1\n2\n3\n4\n" } });
  const at = { cwd: repository.path };
  const names = ["big", "small", "broken", "clash", "empty", "gone"];
  for (const name of names) await box.fleet(["create", name], at);
  const write = (name: string, file: string, text: string | Uint8Array) =>
    writeFileSync(join(agentOn(box, name).worktree, file), text);
  write("big", "new.txt", "1\n2\n3\n4\n5\n");
  write("big", "picture", Buffer.from([0, 1, 2]));
  write("small", "new.txt", "1\n");
  write("broken", "bad", "bad\n");
  write("clash", "a.txt", "A\nb\nc\n");
  write("gone", "old", "1\n2\n3\n4\n5\n");
  await repository.git("-C", agentOn(box, "small").worktree, "add", "--all");
  await repository.git("-C", agentOn(box, "small").worktree, "commit", "--quiet", "-m", "small");
  repository.write("a.txt", "x\nb\nc\n");
  await repository.commit("moved on");
  await box.fleet(["kill", "gone", "--keep-branch"], at);
  const killed = await box.fleet(["compare", "gone", "small"], at);
  expect(killed.stdout).toContain("gone (killed)*  -      clean      1  +1 -0\n");
  const { stdout, stderr } = await box.fleet(["compare", "--all", "--test", "test ! -e bad"], at);
  expect(stdout).toBe(
    [
      "   BRANCH   TESTS   MERGE     FILES  LINES",
      "1  small    passed  clean         1  +1 -0",
      "2  big*     passed  clean         2  +5 -0",
      "3  clash*   passed  conflict      1  +1 -1",
      "4  broken*  failed  clean         1  +1 -0",
      "5  empty    passed  clean         0      -",
      "",
    ].join("\n"),
  );
  expect(stderr).toContain("Best first: tests passed > not run > failed; ");
  expect(stderr).toContain("small before big: its change is smaller, 1 line to 6.\n");
  write("small", "new.txt", "1\n2\n");
  const stale = await box.fleet(["compare", "small", "big"], at);
  expect(stale.stdout).toMatch(/^1 {2}big\* +passed .*\n2 {2}small\* +passed \(stale\) /m);
  const scored = await box.fleet(["compare", "small", "big", "--json", "--score", "grep -c . new.txt"], at);
  expect(JSON.parse(scored.stdout)).toMatchObject({
    version: 1,
    agents: [
      {
        branch: "big",
        score: 5,
        target: "main",
        files: [
          { path: "new.txt", added: 5 },
          { path: "picture", added: null },
        ],
      },
      { branch: "small", score: 2, unsaved: 1, test: { outcome: "passed", stale: true } },
    ],
    failures: [],
  });
  await box.fleet(["compare", "small", "--into", "nobody"], at).expect({
    code: 1,
    stderr: "✗ there is no branch nobody in [ROOT]/home/code/project\n  to see the branches, run git branch\n",
  });
  await box.fleet(["compare", "small", "--score", "echo so so"], at).expect({
    code: 1,
    stderr:
      "✗ small: the score command printed no number\n  │ so so\n" +
      "  to see what it does there, run fleet exec small -- sh -c 'echo so so'\n",
  });
  await box.fleet(["compare", "small", "big", "--files"], at).expect({
    stdout: ["FILE        big  small", "new.txt   +5 -0  +2 -0", "picture  binary", ""].join("\n"),
  });
  // A narrow terminal shows what the order depends on, whole; a pipe has all of it.
  const line = "fleet compare small big 2>&1; fleet compare small big | sed s/^/piped/; echo end; read -r end";
  const narrow = await box.terminal(["sh", "-c", line], { ...at, columns: 44 });
  const screen = await narrow.waitFor("\nend");
  expect(screen).toMatch(/^ {3}BRANCH {2}TESTS {11}MERGE {2}LINES$/m);
  expect(screen).toMatch(/^piped {3}BRANCH {2}TESTS {11}MERGE {2}FILES$/m);
  rmSync(agentOn(box, "clash").worktree, { recursive: true });
  await box
    .fleet(["compare", "clash"], at)
    .expect({ code: 1, stdout: /^ +BRANCH/, stderr: /! clash: its worktree is gone/ });
});

test("compare says between which attempts nothing decides", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository("project");
  const at = { cwd: path };
  await box.fleet(["compare"], at).expect({ code: 1, stderr: /^✗ there is no agent here to compare\n/ });
  for (const name of ["a", "b", "c"]) {
    await box.fleet(["create", name], at);
    writeFileSync(join(agentOn(box, name).worktree, "new"), name === "c" ? "1\n2\n" : `${name}\n`);
  }
  await box.fleet(["compare"], at).expect({ stdout: /./, stderr: /\nNothing decides between a and b\.\n$/ });
  for (const name of ["d", "e", "f"]) {
    await box.fleet(["create", name], at);
    writeFileSync(join(agentOn(box, name).worktree, "new"), `${name}\n`);
  }
  await box.fleet(["compare"], at).expect({ stdout: /./, stderr: /\nNothing decides between a, b, d and 2 more\.\n$/ });
});

test("attempts that start at different commits are compared from where each left the branch, and that is said", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files: { shared: "1\n" } });
  const at = { cwd: repository.path };
  const work = async (branch: string) => {
    await box.fleet(["create", branch], at);
    writeFileSync(join(agentOn(box, branch).worktree, branch), "1\n");
  };
  await work("early");
  await work("beside");
  const before = await box.fleet(["compare"], at);
  expect(before.stderr).not.toContain("Not all start");
  repository.write("shared", "1\n2\n3\n");
  await repository.commit("moved on");
  await work("late");
  const { stdout, stderr } = await box.fleet(["compare", "early", "late", "--files"], at);
  expect(stdout).toBe(["FILE   early   late", "early  +1 -0", "late          +1 -0", ""].join("\n"));
  expect(stderr).toBe("");
  await box.fleet(["compare"], at).expect({
    stdout: /./,
    stderr: /^Not all start at the same commit: each is compared from where it left its branch\.\nBest first/,
  });
});

test("two attempts are compared with each other, unsaved work included, whatever their order in the list", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository("project", { files: { shared: "1\n" } });
  const at = { cwd: path };
  for (const branch of ["one", "two"]) await box.fleet(["create", branch], at);
  const write = (branch: string, file: string, text: string) =>
    writeFileSync(join(agentOn(box, branch).worktree, file), text);
  write("one", "mine", "1\n");
  write("two", "shared", "2\n");
  await git("-C", agentOn(box, "two").worktree, "commit", "--quiet", "--all", "-m", "two");
  await box.fleet(["diff", "one", "two", "--name-only"], at).expect({ stdout: "mine\nshared\n" });
  const { stdout: there } = await box.fleet(["diff", "two", "one"], at);
  expect(there).toContain("\n-2\n+1\n");
  const { stdout } = await box.fleet(["diff", "two", "one", "--json"], at);
  expect(JSON.parse(stdout)).toMatchObject({ agents: [], between: { from: "two", to: "one", added: 2, deleted: 1 } });
  // Not two names, but all that a pattern matches: each by itself.
  await box
    .fleet(["diff", "o*", "two", "--name-only"], at)
    .expect({ stdout: "mine\nshared\n", stderr: "one:\ntwo:\n" });
  await git("status").then((status) => expect(status).toContain("nothing to commit"));
});

test("compare -p shows the diffs side by side, of odd files too, unsaved work included", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository("project", {
    files: { "a.txt": "1\n", kind: "file\n", "old name": "same\n" },
  });
  const at = { cwd: path };
  for (const branch of ["one", "two", "three"]) await box.fleet(["create", branch], at);
  const file = (branch: string, name: string) => join(agentOn(box, branch).worktree, name);
  writeFileSync(file("one", "a.txt"), "2\n");
  writeFileSync(file("two", "a.txt"), "3\n");
  writeFileSync(file("two", 'ü "q"'), Buffer.from([0, 1]));
  await git("-C", agentOn(box, "two").worktree, "mv", "old name", "name");
  rmSync(file("three", "kind"));
  symlinkSync("a.txt", file("three", "kind"));
  await box.fleet(["compare", "one", "two", "three", "-p"], at).expect({
    stdout: [
      "a.txt  changed by 2 of 3 attempts",
      `${"1 one".padEnd(78)} │ 3 two`,
      `${"@@ -1 +1 @@".padEnd(78)} │ @@ -1 +1 @@`,
      `${"-1".padEnd(78)} │ -1`,
      `${"+2".padEnd(78)} │ +3`,
      "",
      "kind  changed by 1 of 3 attempts",
      ...["2 three", "deleted file mode 100644", "@@ -1 +0,0 @@", "-file", "new file mode 120000", "@@ -0,0 +1 @@"],
      ...["+a.txt", "\\ No newline at end of file", ""],
      "name  changed by 1 of 3 attempts",
      ...["3 two", "rename from old name", "rename to name", ""],
      'ü "q"  changed by 1 of 3 attempts',
      ...["3 two", "new file mode 100644", 'Binary files /dev/null and "b/\\303\\274 \\"q\\"" differ', ""],
    ].join("\n"),
  });
  box.executable("my-pager", "#!/bin/sh\nsed 's/^/my pager: /'\n");
  const terminal = await box.terminal(["fleet", "compare", "one", "two", "-p"], {
    ...at,
    env: { PAGER: "my-pager" },
    rows: 5,
  });
  await terminal.waitFor(/my pager: 2 two/);
  await box.fleet(["compare", "one", "-p", "--json"], at).expect({ code: 2, stdout: /cannot be combined/ });
});

test("two attempts are opened side by side in the difftool of git's configuration, which cannot change their files", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository("project", { files: { shared: "1\n", "below/other": "1\n" } });
  const at = { cwd: path };
  for (const branch of ["one", "two"]) {
    await box.fleet(["create", branch], at);
    writeFileSync(join(agentOn(box, branch).worktree, "below/other"), `of ${branch}\n`);
  }
  writeFileSync(join(agentOn(box, "two").worktree, "new"), "by two\n");
  const seen = join(box.home, "seen");
  const sides = '"$LOCAL" "$REMOTE"';
  await git("config", "difftool.prompt", "false");
  await git("config", "diff.tool", "files");
  await git("config", "difftool.files.cmd", `cat ${sides} >>'${seen}'; echo changed | tee ${sides}`);
  await git(
    "config",
    "difftool.trees.cmd",
    `(cd "$REMOTE" && find . -type f | sort && cat below/other && cat "$LOCAL/below/other") >'${seen}'; echo changed >"$REMOTE/below/other"`,
  );
  const looks = async (...words: readonly string[]) => {
    writeFileSync(seen, "");
    const { code, stderr } = await box.fleet(["diff", ...words], at);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return readFileSync(seen, "utf8");
  };
  expect(await looks("one", "two", "--difftool")).toBe("of one\nof two\nby two\n");
  expect(await looks("one", "--difftool")).toBe("1\nof one\n");
  expect(await looks("one", "two", "--tool", "trees", "--dir-diff")).toBe("./below/other\n./new\nof two\nof one\n");
  for (const branch of ["one", "two"]) {
    expect(readFileSync(join(agentOn(box, branch).worktree, "below/other"), "utf8")).toBe(`of ${branch}\n`);
  }
  expect(await git("status", "--porcelain")).toBe("");
  await box.fleet(["diff", "one", "--tool", "none"], at).expect({ code: 1, stderr: /none/ });
  await box.fleet(["diff", "one", "--difftool", "--stat"], at).expect({ code: 2, stderr: /--stat/ });
});

test("a difference on a terminal has git's colours and pager, and nothing else that a terminal would act on", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository("project");
  const at = { cwd: path };
  for (const branch of ["one", "two"]) await box.fleet(["create", branch], at);
  const text = "title\x1b]0;x\x07 \x9b2J \u202e\t\x1b[1mbold\x1b[m\r\n";
  writeFileSync(join(agentOn(box, "two").worktree, "new"), text);
  const seen = join(box.home, "seen");
  const shownWith = async (pager: string, ...words: readonly string[]) => {
    writeFileSync(seen, "");
    await git("config", "pager.diff", pager);
    const terminal = await box.terminal(["fleet", "diff", ...words], { ...at, columns: 120 });
    expect(await terminal.exitCode()).toBe(0);
    return terminal.screen();
  };
  const line = "title\\x1b]0;x\\x07 \\x9b2J \\u202e\t\x1b[1mbold\x1b[m";
  expect(await shownWith(`tee '${seen}'`, "one", "two")).toContain("\\x1b]0;x\\x07");
  expect(readFileSync(seen, "utf8")).toContain(`\x1b[32m${line}`);
  expect(await shownWith("head -n 1", "two")).toBe("diff --git a/new b/new");
  expect(await shownWith("false", "two", "--stat")).toContain("1 file changed");
  const { stdout } = await box.fleet(["diff", "two"], at);
  expect(stdout).toContain(`+${text}`);
});
