import { expect, test } from "bun:test";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentOn, demoSandbox, registered } from "./agents.ts";

const mine = "what the user has not committed\n";

/** With the extension, what all worktrees share of these settings leads git in a linked worktree to another place. */
const misleading = [
  ["core.worktree", (path: string) => path],
  ["core.bare", () => "true"],
] as const;

for (const [key, value] of misleading) {
  test(`a shared ${key} refuses a new agent with the command that mends it, and touches nothing`, async () => {
    await using box = await demoSandbox();
    const { path, git, write } = await box.repository();
    await git("config", "extensions.worktreeConfig", "true");
    await git("config", key, value(path));
    write("README.md", mine);
    const { stderr } = await box
      .fleet(["create", "fix"], { cwd: path })
      .expect({ code: 1, stderr: new RegExp(`^✗ ${key} = .* counts for every worktree`) });
    expect(await Bun.file(join(path, "README.md")).text()).toBe(mine);
    expect(await git("branch", "--format=%(refname:short)")).toBe("main");
    expect(existsSync(join(path, ".git", "worktrees"))).toBe(false);
    expect(registered(box)).toEqual([]);

    const mending = /run (git config .*)$/m.exec(stderr)?.[1] ?? "";
    await box.run(["sh", "-c", mending], { cwd: path }).expect({ stdout: "" });
    await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
    await box.fleet(["exec", "fix", "--", "git", "rev-parse", "--show-toplevel"], { cwd: path }).expect({
      stdout: /worktrees\/fix\n$/,
    });
    expect(await Bun.file(join(path, "README.md")).text()).toBe(mine);
  });
}

test("a core.worktree that began to count later keeps an agent, and no command takes the checkout for its worktree", async () => {
  await using box = await demoSandbox();
  const { path, git, write } = await box.repository();
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  const { worktree } = agentOn(box, "fix");
  writeFileSync(join(worktree, "work.txt"), "work\n");
  await git("config", "extensions.worktreeConfig", "true");
  await git("config", "core.worktree", path);
  write("README.md", mine);
  const refused = /core\.worktree = .* counts for every worktree/;
  await box.fleet(["diff", "fix"], { cwd: path }).expect({ code: 1, stderr: refused });
  await box.fleet(["exec", "fix", "--", "touch", "touched"], { cwd: path }).expect({ code: 1, stderr: refused });
  await box.fleet(["kill", "fix", "--commit"], { cwd: path }).expect({ code: 1, stdout: refused, stderr: /./ });
  await box.fleet(["kill", "fix"], { cwd: path }).expect({ code: 1, stdout: refused, stderr: /./ });
  expect(await git("diff", "--stat", "--format=")).toContain("README.md");
  expect(await git("log", "--all", "--format=%s")).toBe("first");
  expect(existsSync(join(path, "touched"))).toBe(false);

  await git("config", "--unset", "core.worktree");
  await box.fleet(["kill", "fix", "--commit"], { cwd: path }).expect({ stdout: /1 commit of its own/, stderr: /./ });
  expect(await git("show", "fix:work.txt")).toBe("work");
});

test("a command is not run in a worktree without its .git file, where git would mean the checkout around it", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  box.env.AI_FLEET_WORKTREE_ROOT = join(path, "agents");
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  const { worktree } = agentOn(box, "fix");
  rmSync(join(worktree, ".git"));
  await box.fleet(["exec", "fix", "--", "git", "clean", "-fdx"], { cwd: path }).expect({
    code: 1,
    stderr: /^fix: .*\/agents\/fix is not a worktree of git any more\n$/,
  });
});

test("a bare repository and a separate git directory work where safe.bareRepository is explicit", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const layout = join(box.home, "layout");
  await box.run(["git", "clone", "--quiet", "--bare", path, join(layout, ".bare")]).expect({ stdout: "" });
  writeFileSync(join(layout, ".git"), "gitdir: ./.bare\n");
  const apart = join(box.home, "apart");
  await box.run(["git", "clone", "--quiet", "--separate-git-dir", join(box.home, "apart.git"), path, apart]).expect({});
  await box.run(["git", "config", "--global", "safe.bareRepository", "explicit"]).expect({ stdout: "" });
  for (const [cwd, branch] of [
    [layout, "one"],
    [apart, "two"],
  ] as const) {
    await box.fleet(["create", branch], { cwd }).expect({ stdout: `${branch}\n`, stderr: /./ });
    await box.fleet(["list", "-q"], { cwd }).expect({ stdout: `${branch}\n` });
    await box.fleet(["kill", branch], { cwd }).expect({ stdout: /nothing of its own/, stderr: /./ });
    await box.fleet(["restore", branch], { cwd }).expect({ stdout: /restored/ });
  }
});

test("settings of git in the environment count for fleet and its agents", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  Object.assign(box.env, { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "fleet.test", GIT_CONFIG_VALUE_0: "kept" });
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  await box.fleet(["exec", "fix", "--", "git", "config", "fleet.test"], { cwd: path }).expect({ stdout: "kept\n" });
});

test("an agent is made where the hooks of git are turned off by a path that leads nowhere", async () => {
  await using box = await demoSandbox();
  const { path, git } = await box.repository();
  await git("config", "core.hooksPath", "/dev/null");
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /new, from main@/ });
});

test("a worktree that somebody made where that of an agent was is neither read, nor worked in, nor merged", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at).expect({ stdout: "fix\n", stderr: /./ });
  const { worktree } = agentOn(box, "fix");
  await project.git("worktree", "move", worktree, join(box.home, "elsewhere"));
  await project.git("worktree", "add", "--quiet", "-b", "users", worktree);
  writeFileSync(join(worktree, "users"), "unsaved\n");
  const before = [await project.git("rev-parse", "main"), await project.git("-C", worktree, "status", "--porcelain")];
  const why = /fix does not belong to this agent/;
  await box.fleet(["merge", "fix", "--commit"], at).expect({ code: 1, stderr: why });
  await box.fleet(["diff", "fix"], at).expect({ code: 1, stderr: why });
  await box.fleet(["exec", "fix", "--", "touch", "made"], at).expect({ code: 1, stderr: why });
  await box
    .fleet(["kill", "fix"], at)
    .expect({ code: 1, stdout: /does not belong to this agent {2}fleet list --repair\n$/, stderr: "0 of 1 ended.\n" });
  expect([await project.git("rev-parse", "main"), await project.git("-C", worktree, "status", "--porcelain")]).toEqual(
    before,
  );
});
