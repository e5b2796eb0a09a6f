import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { agentOn, demoSandbox } from "./agents.ts";

test("a kill names the worktrees that were made in the main checkout while the agent lived, and leaves them alone", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  const older = join(path, ".claude/worktrees/older");
  await git("worktree", "add", "--quiet", "-b", "older", older);
  await box.run(["touch", "-d", "2020-01-01", join(path, ".git/worktrees/older/commondir")]).expect();
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  const left = join(path, ".claude/worktrees/inner");
  await box
    .run(["git", "worktree", "add", "--quiet", "-b", "inner", left, "HEAD"], { cwd: agentOn(box, "fix").worktree })
    .expect();
  await git("worktree", "lock", "--reason", "an agent (pid 1)", left);
  const { stderr } = await box.fleet(["kill", "fix"], { cwd: path }).expect({
    stdout: /fix +ended/,
    stderr:
      /made while it lived, and left alone: the worktree .*\/inner, on the branch inner; to see it, run git -C .*\/inner status\n/,
  });
  expect(stderr).not.toContain("older");
  expect(existsSync(left)).toBe(true);
});
