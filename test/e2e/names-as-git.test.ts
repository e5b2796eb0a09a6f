import { expect, test } from "bun:test";
import { agentOn, demoSandbox } from "./agents.ts";

test("an agent that another one was started from keeps its own commits in the list and at its kill", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "lower"], at).expect({ stdout: "lower\n", stderr: /./ });
  const commit = ["git", "commit", "--quiet", "--allow-empty", "--message", "one"];
  await box.run(commit, { cwd: agentOn(box, "lower").worktree }).expect();
  await box.fleet(["create", "upper", "--from", "lower"], at).expect({ stdout: "upper\n", stderr: /./ });
  const ahead = async () => {
    const { stdout } = await box.fleet(["list", "--json"], at).expect({ stdout: /./ });
    const { agents } = JSON.parse(stdout) as { agents: { branch: string; ahead: number }[] };
    return Object.fromEntries(agents.map((agent) => [agent.branch, agent.ahead]));
  };
  expect(await ahead()).toEqual({ lower: 1, upper: 0 });
  await box.run(commit, { cwd: agentOn(box, "upper").worktree }).expect();
  expect(await ahead()).toEqual({ lower: 1, upper: 1 });
  await box.fleet(["kill", "lower", "upper"], at).expect({
    stdout: /lower +ended +branch kept +1 commit of its own\n +upper +ended +branch kept +1 commit of its own/,
    stderr: /./,
  });
});

test("an agent that renamed its branch is found under the new name, and counts from there", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix"], at).expect({ stdout: "fix\n", stderr: /./ });
  const { worktree } = agentOn(box, "fix");
  await box.run(["git", "branch", "--move", "better"], { cwd: worktree }).expect();
  await box.run(["git", "commit", "--quiet", "--allow-empty", "--message", "one"], { cwd: worktree }).expect();
  await box.fleet(["path", "better"], at).expect({ stdout: /worktrees\/fix\n$/ });
  const { stdout } = await box.fleet(["list", "--json"], at).expect({ stdout: /./ });
  expect(JSON.parse(stdout).agents[0].ahead).toBe(1);
  await box.fleet(["kill", "better"], at).expect({ stdout: /fix +ended/, stderr: /./ });
  expect(await git("log", "-1", "--format=%s", "better")).toBe("one");
  await box.fleet(["restore", "better", "--no-resume"], at).expect({ stdout: /fix +restored/ });
  await box.run(["git", "symbolic-ref", "--short", "HEAD"], { cwd: worktree }).expect({ stdout: "better\n" });
  expect(await git("for-each-ref", "--format=%(refname:short)", "refs/heads")).toBe("better\nmain");
});

test("an agent comes back on a branch that it renamed into a folder of the old name, also when its worktree is gone", async () => {
  await using box = await demoSandbox("keep_trees = 0\n");
  const { path, git } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix"], at).expect({ stdout: "fix\n", stderr: /./ });
  const { worktree } = agentOn(box, "fix");
  await box.run(["git", "branch", "--move", "fix/better"], { cwd: worktree }).expect();
  await box.run(["git", "commit", "--quiet", "--allow-empty", "--message", "one"], { cwd: worktree }).expect();
  await box.fleet(["kill", "fix"], at).expect({ stdout: /fix +ended/, stderr: /./ });
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /fix +restored/ });
  const { worktree: now } = agentOn(box, "fix");
  await box.run(["git", "symbolic-ref", "--short", "HEAD"], { cwd: now }).expect({ stdout: "fix/better\n" });
  await box.run(["git", "status", "--porcelain"], { cwd: now }).expect();
  expect(await git("for-each-ref", "--format=%(refname:short)", "refs/heads")).toBe("fix/better\nmain");
});

test("a branch that is only on the remote is taken from there, with its upstream, and said", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  await git("branch", "fix");
  const tip = await git("commit-tree", "-m", "theirs", "-p", "HEAD", "HEAD^{tree}");
  await git("update-ref", "refs/heads/fix", tip);
  const clone = `${box.home}/code/clone`;
  await box.run(["git", "clone", "--quiet", path, clone]).expect();
  const at = { cwd: clone };
  await box.fleet(["create", "origin/fix"], at).expect({
    code: 1,
    stderr:
      "✗ origin/fix is the branch fix of a remote, and no name for a branch of your own\n  to work on it, run fleet create fix\n",
  });
  await box.fleet(["create", "fix"], at).expect({
    stdout: "fix\n",
    stderr: /branch {2}fix, new, from origin\/fix@/,
  });
  const { worktree, base } = agentOn(box, "fix");
  expect(base).toBe(tip);
  await box.run(["git", "rev-parse", "--abbrev-ref", "fix@{upstream}"], { cwd: worktree }).expect({
    stdout: "origin/fix\n",
  });
  await box.fleet(["kill", "fix"], at).expect({ stdout: /branch deleted +nothing of its own/, stderr: /./ });
  // Who wants a branch of their own under this name says so.
  await box.fleet(["create", "fix", "--new"], at).expect({ stdout: "fix\n", stderr: /new, from main@/ });
});

test("a name that several remotes have is refused with the line that says which", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  for (const remote of ["one", "two"]) await git("update-ref", `refs/remotes/${remote}/fix`, "HEAD");
  await box.fleet(["create", "fix"], { cwd: path }).expect({
    code: 1,
    stderr: "✗ several remotes have a branch fix: one/fix, two/fix\n  to say which, add --from one/fix\n",
  });
});

test("a remote may have slashes in its name, and of several the one that the user prefers is taken", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  const at = { cwd: path };
  for (const remote of ["team/one", "origin"]) await git("remote", "add", remote, "https://nowhere.invalid/x.git");
  const refs = ["team/one/fix", "team/one/both", "origin/both", "origin/users/deep"];
  for (const ref of refs) await git("update-ref", `refs/remotes/${ref}`, "HEAD");
  await box.fleet(["create", "team/one/fix"], at).expect({
    code: 1,
    stderr:
      "✗ team/one/fix is the branch fix of a remote, and no name for a branch of your own\n  to work on it, run fleet create fix\n",
  });
  await box.fleet(["create", "both"], at).expect({ code: 1, stderr: /several remotes have a branch both/ });
  await git("config", "checkout.defaultRemote", "team/one");
  const wanted = ["fix", "both", "deep", "users/deep"];
  await box.fleet(["multi", ...wanted.map((branch) => `${branch}:work 30`)], at).expect({ stdout: /./, stderr: /./ });
  const upstream = "%(refname:short) %(upstream:short)";
  expect((await git("for-each-ref", `--format=${upstream}`, "refs/heads")).split("\n")).toEqual([
    "both team/one/both",
    "deep ",
    "fix team/one/fix",
    "main ",
    "users/deep origin/users/deep",
  ]);
});

test("a base that is behind its upstream is said, with the way to start there", async () => {
  await using box = await demoSandbox();
  const { path, commit, write } = await box.repository();
  const clone = `${box.home}/code/clone`;
  await box.run(["git", "clone", "--quiet", path, clone]).expect();
  write("more.txt", "more\n");
  await commit("second");
  await box.run(["git", "fetch", "--quiet"], { cwd: clone }).expect();
  await box.fleet(["create", "fix"], { cwd: clone }).expect({
    stdout: "fix\n",
    stderr: /! main is 1 commit behind origin\/main; to start there, add --from origin\/main\n/,
  });
});

test("a name that would turn what a terminal shows around is spelled out by what answers there", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  await box.fleet(["create", "fix\u202exif"], { cwd: path }).expect({ stdout: "fix\u202exif\n", stderr: /./ });
  const { worktree } = agentOn(box, "fix\u202exif");
  await git("worktree", "lock", "--reason", "by \u009b31m \u202e me", worktree);
  const kill = async () => box.terminal(["fleet", "kill", "fix\u202exif"], { cwd: path, columns: 200 });
  await (await kill()).waitFor('  fix\\u202exif  kept  worktree is locked: "by \\x9b31m \\u202e me"');
  const { stdout } = await box.fleet(["list", "--json"], { cwd: path }).expect({ stdout: /"fix\\u202exif"/ });
  expect(JSON.parse(stdout).agents[0].branch).toBe("fix\u202exif");
  await git("worktree", "unlock", worktree);
  await (await kill()).waitFor("  fix\\u202exif  ended  branch deleted  nothing of its own");
});

test("a start that is a branch and a tag is refused with the line that says which, and one may be found by its message", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  const at = { cwd: path };
  await git("tag", "both");
  await git("branch", "both", await git("commit-tree", "-m", "the one", "-p", "HEAD", "HEAD^{tree}"));
  await box.fleet(["create", "fix", "--from", "both"], at).expect({
    code: 1,
    stderr:
      "✗ both is a branch and a tag, which are at different commits\n  to say which, add --from heads/both or --from tags/both\n",
  });
  await box.fleet(["create", "fix", "--from", "heads/both"], at).expect({ stdout: "fix\n", stderr: /./ });
  expect(agentOn(box, "fix")).toMatchObject({ base: await git("rev-parse", "heads/both"), base_branch: "both" });
  await box.fleet(["create", "found", "--from", ":/the one"], at).expect({ stdout: "found\n", stderr: /./ });
  expect(agentOn(box, "found").base).toBe(await git("rev-parse", "heads/both"));
});
