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
});
