import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import { agentOn, created, demoSandbox, ended, fleetHome, registered, untilDemo } from "./agents.ts";

test("a repository that was moved keeps its agents: git mends their worktrees, list --repair the rest", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  await box.fleet(["create", "fix"], { cwd: project.path });
  const { worktree } = agentOn(box, "fix");
  writeFileSync(join(worktree, "new"), "new\n");
  const moved = join(box.home, "moved");
  renameSync(project.path, moved);
  const goneBecause = "its repository is gone: [ROOT]/home/code/project";
  await box.fleet(["kill", "-A", "fix"]).expect({
    code: 1,
    stdout: `  fix  kept  ${goneBecause}  ls -ld [ROOT]/home/code/project\n`,
    stderr: "0 of 1 ended.\n",
  });
  await box.fleet(["list", "--repair"]).expect({
    stdout: /\n {2}fix {2}idle .* its repository is not at \[ROOT\]\/home\/code\/project /,
    stderr:
      "fix: left as it is, its repository is not at [ROOT]/home/code/project; if it was moved, run fleet -C NEW-PLACE list --repair\n1 agent\n",
  });
  await box.run(["git", "worktree", "repair"], { cwd: moved }).expect({ stderr: /./, stdout: /.?/ });
  await box.fleet(["list", "--repair"], { cwd: moved }).expect({
    stdout: /\n {2}fix {2}idle /,
    stderr: "fix: its repository is at [ROOT]/home/moved now\n1 agent\n",
  });
  await box
    .fleet(["kill", "fix"], { cwd: moved })
    .expect(ended("fix", "branch kept  1 unsaved file saved apart, NOT on the branch"));
  renameSync(moved, project.path);
  await expectNothingLeft(box, project, { branches: ["main", "fix"] });
});

test("an agent of a repository that was deleted goes when its worktree has gone", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  await box.fleet(["create", "fix"], { cwd: project.path });
  const { worktree } = agentOn(box, "fix");
  rmSync(project.path, { recursive: true });
  const gone = "its repository is gone: [ROOT]/home/code/project";
  await box.fleet(["kill", "-A", "fix"]).expect({
    code: 1,
    stdout: `  fix  kept  ${gone}  ls -ld [ROOT]/home/code/project\n`,
    stderr: "0 of 1 ended.\n",
  });
  expect(existsSync(worktree)).toBe(true);
  rmSync(worktree, { recursive: true });
  await box.fleet(["kill", "-A", "fix"]).expect(ended("fix", `branch kept  ${gone}`));
  expect([registered(box), await box.tmux.sessions()]).toEqual([[], []]);
  await box.untilNothingRuns();
});

test("an index that is locked in the main checkout is in nobody's way, one in the worktree only in that of --commit", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const locks = [".git/index.lock", ".git/worktrees/fix/index.lock"].map((name) => join(project.path, name));
  writeFileSync(locks[0] ?? "", "");
  await box.fleet(["create", "fix"], at).expect(created("fix"));
  writeFileSync(locks[1] ?? "", "");
  writeFileSync(join(agentOn(box, "fix").worktree, "new"), "new\n");
  await box.fleet(["kill", "fix", "--commit"], at).expect({
    code: 1,
    stdout:
      /^ {2}fix {2}kept {2}git add failed: fatal: Unable to create '.*index\.lock': File exists\. {2}if no git is at work there any more, run rm \S+index\.lock\n$/,
    stderr: "0 of 1 ended.\n",
  });
  await box
    .fleet(["kill", "fix"], at)
    .expect(ended("fix", "branch kept  1 unsaved file saved apart, NOT on the branch"));
  rmSync(locks[0] ?? "");
  await expectNothingLeft(box, project, { branches: ["main", "fix"] });
});

test("what has taken the place of a worktree is neither run in nor removed", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { worktree } = agentOn(box, "fix");
  await box.fleet(["stop", "fix"], at);
  const aside = join(box.home, "aside");
  renameSync(worktree, aside);
  const place = "[ROOT]/home/.ai_fleet/worktrees/fix";
  const refused = async (why: string) => {
    await box.fleet(["resume", "fix"], at).expect({ code: 1, stderr: `✗ ${place} ${why}\n  ls -ld ${place}\n` });
    await box.fleet(["kill", "fix"], at).expect({
      code: 1,
      stdout: `  fix  kept  ${place} ${why}  ls -ld ${place}\n`,
      stderr: "0 of 1 ended.\n",
    });
  };
  symlinkSync(aside, worktree);
  await refused("is not a directory any more");
  rmSync(worktree);
  mkdirSync(worktree);
  writeFileSync(join(worktree, "mine"), "mine\n");
  await refused("is not a worktree of git any more");
  expect(readFileSync(join(worktree, "mine"), "utf8")).toBe("mine\n");
  rmSync(worktree, { recursive: true });
  renameSync(aside, worktree);
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await expectNothingLeft(box, project);
});

test("a worktree with a repository of its own is called that, and the line that is named connects it again", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "one"], at);
  await untilDemo(box, "fix", "idle", 1);
  const { worktree } = agentOn(box, "fix");
  rmSync(join(worktree, ".git"));
  await box.run(["git", "init", "--quiet"], { cwd: worktree }).expect();
  const why =
    "[ROOT]/home/.ai_fleet/worktrees/fix has a repository of its own in place of its link to [ROOT]/home/code/project";
  const own = "[ROOT]/home/.ai_fleet/worktrees/fix/.git";
  const mend = `mv ${own} ${own}.own && git -C [ROOT]/home/code/project worktree repair`;
  const connect = `to connect it again, run ${mend}`;
  await box.fleet(["list"], at).expect({ stdout: /its worktree has a repository of its own/, stderr: /./ });
  await box
    .fleet(["list", "--repair"], at)
    .expect({ stdout: /its worktree has/, stderr: `fix: left as it is, ${why}; ${connect}\n1 agent\n` });
  await box.fleet(["diff", "fix"], at).expect({ code: 1, stderr: `✗ fix: ${why}\n  ${connect}\n` });
  await box.fleet(["merge", "fix"], at).expect({ code: 1, stderr: /fix: .*\/fix has a repository of its own/ });
  await box.fleet(["exec", "fix", "--", "touch", "made"], at).expect({ code: 1, stderr: `fix: ${why}; ${connect}\n` });
  expect(existsSync(join(worktree, "made"))).toBe(false);
  const kept = { code: 1, stdout: `  fix  kept  ${why}  ${mend}\n`, stderr: "0 of 1 ended.\n" };
  await box.fleet(["kill", "fix"], at).expect(kept);
  await box.run(["sh", "-c", mend.replaceAll("[ROOT]", box.root)], at).expect({ stderr: /./ });
  await box.fleet(["diff", "fix", "--name-only"], at).expect({ stdout: /demo-notes\.md/ });
  await box.fleet(["kill", "fix"], at).expect({ stdout: /^ {2}fix {2}ended/, stderr: /1 of 1 ended/ });
});

test("an agent whose worktree cannot be moved away is kept, and is no killed agent", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const trash = join(fleetHome(box), `worktrees/.trash-${agentOn(box, "fix").id}`);
  writeFileSync(trash, "");
  await box
    .fleet(["kill", "fix"], at)
    .expect({ code: 1, stdout: /^ {2}fix {2}kept {2}something is in the way at /, stderr: "0 of 1 ended.\n" });
  writeFileSync(join(fleetHome(box), "state.json"), "[]\n");
  await box.fleet(["list", "--repair"], at).expect({
    stdout: /\n {2}fix {2}stopped {2}\[TIME\] {2}by you /,
    stderr: [
      "fix: put back into the registry; it was not in the registry, but its worktree is there\n",
      "1 agent\n",
    ].join(""),
  });
  rmSync(trash);
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await expectNothingLeft(box, project);
});

for (const [operation, begin] of [
  ["rebase", [["-c", "sequence.editor=sed -i '1i break'", "rebase", "--quiet", "--interactive", "--root"]]],
  [
    "bisect",
    [
      ["bisect", "start"],
      ["checkout", "--quiet", "--detach"],
    ],
  ],
] as const) {
  test(`a branch in the middle of a ${operation} elsewhere is neither deleted nor taken, though git lists it nowhere`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository();
    const at = { cwd: project.path };
    await box.fleet(["create", "fix"], at);
    const other = join(box.home, "other");
    await project.git("-C", agentOn(box, "fix").worktree, "switch", "--quiet", "--detach");
    await project.git("worktree", "add", "--quiet", other, "fix");
    for (const words of begin) await project.git("-C", other, ...words);
    expect(await project.git("for-each-ref", "--format=%(worktreepath)", "refs/heads/fix")).toBe("");
    await box.fleet(["kill", "fix", "--delete-branch"], at).expect({
      ...ended("fix", "branch kept  it is checked out in [ROOT]/home/other"),
      stderr: /./,
    });
    await box.fleet(["restore", "fix"], at).expect({
      code: 1,
      stderr: [
        "✗ the branch fix is checked out in [ROOT]/home/other\n",
        "  to bring it back on another branch, run fleet restore fix --as NAME\n",
      ].join(""),
    });
    await box.fleet(["create", "fix"], at).expect({
      code: 1,
      stderr: [
        "✗ the branch fix is in the middle of a rebase or a bisect in [ROOT]/home/other\n",
        "  to start from it, run fleet create BRANCH --from fix; to see how to end that, run git -C [ROOT]/home/other status\n",
      ].join(""),
    });
  });
}

test("a branch that was checked out elsewhere in the meantime stays, and its agent comes back under another name", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const other = join(box.home, "other");
  await project.git("-C", agentOn(box, "fix").worktree, "switch", "--quiet", "--detach");
  await project.git("worktree", "add", "--quiet", other, "fix");
  await box.fleet(["kill", "fix"], at).expect({
    ...ended("fix", "branch kept  it is checked out in [ROOT]/home/other"),
    stderr: /left alone: the worktree \[ROOT\]\/home\/other, on the branch fix; .*\n1 of 1 ended/,
  });
  const taken = "✗ the branch fix is checked out in [ROOT]/home/other\n";
  await box.fleet(["restore", "fix"], at).expect({
    code: 1,
    stderr: `${taken}  to bring it back on another branch, run fleet restore fix --as NAME\n`,
  });
  await box.fleet(["create", "fix"], at).expect({
    code: 1,
    stderr: `${taken}  to start from it, run fleet create BRANCH --from fix; to free it, run git -C [ROOT]/home/other switch --detach\n`,
  });
  await box.fleet(["restore", "fix", "--as", "again", "--no-resume"], at).expect({ stdout: /^ {2}again {2}restored/ });
});
