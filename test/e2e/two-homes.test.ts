import { expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { agentOn, demoSandbox, fleetHome, registered } from "./agents.ts";

test("a second home on the same repository says whose an agent is and leaves it alone", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  const { id, worktree } = agentOn(box, "fix");
  const other = { cwd: path, env: { AI_FLEET_HOME: join(box.home, "other") } };

  await box.fleet(["create", "fix"], other).expect({
    code: 1,
    stderr:
      /✗ fix has an agent of another fleet, whose agents are in .*\/\.ai_fleet\/agents\n {2}to see it, run AI_FLEET_HOME=.*\/\.ai_fleet fleet list\n$/,
  });
  await box.fleet(["list", "--repair"], other).expect({
    stderr: /^fix: left alone, it is of another fleet, whose agents are in .*\/\.ai_fleet\/agents\neverything agrees/,
  });
  await box
    .fleet(["kill", "--all", "-y"], other)
    .expect({ stderr: "no agents here; to see those of all repositories, run fleet list -A\n" });
  await box.fleet(["list", "-q"], { cwd: path }).expect({ stdout: "fix\n" });
  await box.run(["git", "status", "--porcelain"], { cwd: worktree }).expect({ stdout: "" });

  // The first home finds its own again, also without its registry.
  rmSync(join(fleetHome(box), "state.json"));
  await box.fleet(["list", "--repair"], { cwd: path }).expect({ stdout: /fix/, stderr: /./ });
  expect(registered(box).map((entry) => entry.id)).toEqual([id]);
});

test("an agent that another home killed is not offered to this one, and its branches go with none of this one's", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  const other = { cwd: path, env: { AI_FLEET_HOME: join(box.home, "other") } };
  await box.fleet(["create", "older"], other).expect({ stdout: "older\n", stderr: /./ });
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  const { worktree } = agentOn(box, "fix");
  await git("-C", worktree, "commit", "--quiet", "--allow-empty", "-m", "work");
  for (const branch of ["side", "fix"]) await git("-C", worktree, "checkout", "--quiet", "-B", branch);
  await box.fleet(["kill", "fix"], { cwd: path }).expect({ stdout: /ended +branch kept/, stderr: /./ });
  await box
    .fleet(["kill", "older", "--with-children"], other)
    .expect({ stdout: /^ +older +ended .*\n$/, stderr: /^1 / });
  expect(await git("branch", "--format=%(refname:short)")).toBe("fix\nmain\nside");
  await box.fleet(["restore", "fix"], { cwd: path }).expect({ stdout: /restored/ });
  await box.fleet(["create", "later"], other).expect({ stdout: "later\n", stderr: /./ });
  await box
    .fleet(["kill", "fix", "-d"], { cwd: path })
    .expect({ stdout: /ended +branch deleted/, stderr: /the branch side;/ });
  await box.fleet(["kill", "later"], other).expect({ stdout: /ended/, stderr: /^1 of 1 / });
  await box.fleet(["restore", "fix"], other).expect({ code: 1, stderr: /no killed agent called fix is kept here/ });
  await box.fleet(["restore", "fix"], { cwd: path }).expect({ stdout: /restored/ });
});

test("the agents of a home that was moved are those of the home at its new place", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  const moved = join(box.home, "moved");
  await box.run([
    "sh",
    "-c",
    `mv "$1" "$2" && git -C "$3" worktree repair "$2"/worktrees/fix`,
    "sh",
    fleetHome(box),
    moved,
    path,
  ]);
  rmSync(join(moved, "state.json"));
  await box.fleet(["list", "--repair"], { cwd: path, env: { AI_FLEET_HOME: moved } }).expect({
    stdout: /fix/,
    stderr: /^fix: put back into the registry/,
  });
});

test("a home that is a link, and was moved behind it, keeps its agents with the line that tells git", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const [link, real, moved] = ["link", "real", "moved"].map((name) => join(box.home, name)) as [string, string, string];
  mkdirSync(real, { mode: 0o700 });
  symlinkSync(real, link);
  const at = { cwd: path, env: { AI_FLEET_HOME: link } };
  await box.fleet(["create", "fix"], at).expect({ stdout: "fix\n", stderr: /./ });
  renameSync(real, moved);
  rmSync(link);
  symlinkSync(moved, link);
  const { code, stdout } = await box.fleet(["kill", "fix"], at);
  const [, line = ""] = /registered at another place {2}(git -C .* worktree repair .*)\n/.exec(stdout) ?? [];
  expect(code).toBe(1);
  const mended = await box.run(["sh", "-c", line.replaceAll("[ROOT]", box.root)]);
  expect([line !== "", mended.code]).toEqual([true, 0]);
  await box.fleet(["kill", "fix"], at).expect({ stdout: /fix +ended/, stderr: /./ });
});
