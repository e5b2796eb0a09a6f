import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import { meanwhile } from "../helpers/meanwhile.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentDirectory, agentOn, demoSandbox, fleetHome, registered, untilDemo } from "./agents.ts";

/** Makes the kill of an agent one of long ago. */
function age(box: Sandbox, id: string, days: number): void {
  const file = join(fleetHome(box), "agents", id, "ending.json");
  const ended_at = new Date(Date.now() - days * 86_400_000).toISOString();
  const ending = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, JSON.stringify({ ...ending, ended_at, steady: undefined }));
}

/** Git's directory of an agent's worktree. */
async function indexFolder(box: Sandbox, branch: string): Promise<string> {
  const { stdout } = await box.run(["git", "-C", agentOn(box, branch).worktree, "rev-parse", "--absolute-git-dir"]);
  return stdout.trim();
}

test("prune shows what can go, and with -y takes exactly that", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const names = ["merged", "ahead", "dirty", "alive", "ended"];
  await box.fleet(["multi", ...names.map((name) => `${name}:${name === "ended" ? "fail 0" : `note ${name}`}`)], at);
  for (const name of names.slice(0, 4)) await untilDemo(box, name, "idle", 1);
  await box.fleet(["wait", "ended"], at).expect({ stdout: "  ended  exited  code 0\n" });
  await project.git("merge", "--quiet", "merged");
  await project.git("merge", "--quiet", "--strategy=ours", "dirty", "--message=dirty", "alive");
  writeFileSync(join(agentOn(box, "dirty").worktree, "new"), "");
  await box.fleet(["stop", "merged", "ahead", "dirty"], at);
  await box.fleet(["prune"], at).expect({
    stdout: "  merged  stopped, clean and merged\n  ended   exited, clean and merged\n",
    stderr: "nothing was removed; to do it, run fleet prune -y\n",
  });
  expect(registered(box).length).toBe(5);
  await box.fleet(["prune", "-y"], at).expect({
    stdout: "  merged  stopped, clean and merged\n  ended   exited, clean and merged\n",
  });
  expect(registered(box).map(({ branch }) => branch)).toEqual(["ahead", "dirty", "alive"]);
  await box.fleet(["prune", "-y"], at).expect({ stderr: "nothing to prune\n" });
  expect(await project.git("for-each-ref", "--format=%(refname:short)", "refs/heads")).toBe(
    "ahead\nalive\ndirty\nmain",
  );
});

test("prune takes nothing that only a HEAD on no branch has", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["multi", "killed:note killed", "stopped:note stopped"], at);
  for (const name of ["killed", "stopped"]) await untilDemo(box, name, "idle", 1);
  await box.fleet(["stop", "stopped"], at);
  await box.fleet(["kill", "killed"], at);
  await project.git("checkout", "--quiet", "--detach");
  await project.git("merge", "--quiet", "--strategy=ours", "--message=both", "stopped", "killed");
  await box.fleet(["prune"], at).expect({ stderr: "nothing to prune\n" });
  await project.git("checkout", "--quiet", "-B", "main");
  await box.fleet(["prune"], at).expect({
    stdout: "  stopped  stopped, clean and merged\n  killed   branch of a killed agent, merged\n",
    stderr: "nothing was removed; to do it, run fleet prune -y\n",
  });
});

test("prune offers the branch of a killed agent once all of it is merged, unless the user kept it, uses it, or it has moved", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const names = ["kept", "merged", "moved", "open", "used"];
  await box.fleet(["multi", ...names.map((name) => `${name}:note ${name}`)], at);
  for (const name of names) await untilDemo(box, name, "idle", 1);
  await box.fleet(["kill", "kept", "--keep-branch"], at);
  await box.fleet(["kill", "merged", "moved", "open", "used"], at);
  await box.fleet(["prune"], at).expect({ stderr: "nothing to prune\n" });
  for (const name of ["kept", "merged", "moved", "used"])
    await project.git("merge", "--quiet", "--strategy=ours", `--message=${name}`, name);
  await project.git("branch", "--force", "moved", "moved~1");
  await project.git("worktree", "add", "--quiet", join(box.home, "used"), "used");
  await box.fleet(["prune"], at).expect({
    stdout: "  merged  branch of a killed agent, merged\n",
    stderr: "nothing was removed; to do it, run fleet prune -y\n",
  });
  await box.fleet(["prune", "-y"], at).expect({ stdout: "  merged  branch of a killed agent, merged\n" });
  const branches = () => project.git("for-each-ref", "--format=%(refname:short)", "refs/heads");
  expect(await branches()).toBe("kept\nmain\nmoved\nopen\nused");
  await box.fleet(["restore", "merged"], at);
  expect(await branches()).toBe("kept\nmain\nmerged\nmoved\nopen\nused");
  expect(await project.git("diff", "--name-only", "merged", "merged~1")).not.toBe("");
});

test("a branch that gets a commit while prune is at it stays", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "note"], at);
  await untilDemo(box, "fix", "idle", 1);
  await box.fleet(["kill", "fix"], at);
  await project.git("merge", "--quiet", "fix");
  const commit = "git commit-tree -m more -p refs/heads/fix 'refs/heads/fix^{tree}'";
  meanwhile(box, { tool: "git", words: "*update-ref*-d*" }, `git update-ref refs/heads/fix $(${commit})`);
  await box.fleet(["prune", "-y"], at).expect({
    code: 1,
    stdout: "  fix  branch of a killed agent, merged\n",
    stderr: "kept: fix: its branch changed in this moment, or a hook refused\n",
  });
  expect(await project.git("log", "--format=%s", "-1", "fix")).toBe("more");
});

test("an agent that prune cannot look at stays and is named, one that another command ends meanwhile is not, and the others go", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const names = ["broken", "done", "vanishing"];
  await box.fleet(["multi", ...names.map((name) => `${name}:fail 0`)], at);
  await box.fleet(["wait", ...names], at);
  writeFileSync(join(await indexFolder(box, "broken"), "index"), "no index");
  const { worktree: directory } = agentOn(box, "vanishing");
  meanwhile(box, { tool: "git", words: "*status*", directory }, "fleet kill vanishing");
  await box.fleet(["prune", "-y"], at).expect({
    stdout: "  done  exited, clean and merged\n",
    stderr: /^ {2}! broken stays: git status failed: .*index.*\n$/,
  });
  expect(registered(box).map(({ branch }) => branch)).toEqual(["broken"]);
  await box.fleet(["restore", "vanishing"], at);
  expect(registered(box).map(({ branch }) => branch)).toEqual(["broken", "vanishing"]);
});

test("prune forgets what was saved of killed agents after keep_killed, and not before", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["multi", "old:note", "young:note"], at);
  const [old, young] = registered(box);
  for (const name of ["old", "young"]) {
    await untilDemo(box, name, "idle", 1);
    writeFileSync(join(agentOn(box, name).worktree, "new"), name);
    await box.run(["git", "init", "--quiet", join(agentOn(box, name).worktree, "inner")]).expect();
  }
  await box.fleet(["kill", "old", "young"], at);
  if (old === undefined || young === undefined) throw new Error("no agents");
  age(box, old.id, 31);
  age(box, young.id, 29);
  const { stdout } = await box.fleet(["prune", "--json"], at).expect({ stdout: /^\{\n/ });
  expect(JSON.parse(stdout)).toEqual({
    version: 1,
    dry_run: true,
    prunable: [{ kind: "killed", name: "old", reason: "killed 31 days ago" }],
    failures: [],
  });
  await box.fleet(["prune", "-y"], at).expect({ stdout: "  old  killed 31 days ago\n" });
  expect(await project.git("for-each-ref", "--format=%(refname)", "refs/fleet")).toBe(`refs/fleet/saved/${young.id}`);
  expect(existsSync(join(fleetHome(box), `worktrees/.trash-${young.id}`))).toBe(true);
  expect(existsSync(join(fleetHome(box), `worktrees/.trash-${old.id}`))).toBe(false);
  expect(existsSync(join(fleetHome(box), "agents", old.id))).toBe(false);
  await box.fleet(["restore", "old"], at).expect({ code: 1, stderr: /^✗ no killed agent called old is kept here\n/ });
  await box.fleet(["restore", "young", "--no-resume"], at).expect({ stdout: /^ {2}young {2}restored/ });
  expect(readFileSync(join(agentOn(box, "young").worktree, "new"), "utf8")).toBe("young");
  expect(existsSync(agentDirectory(box, "young"))).toBe(true);
});

test("prune forgets the logs of an agent that a repair has forgotten, when they are old", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { id, worktree } = agentOn(box, "fix");
  await box.tmux.run(["kill-server"]);
  await project.git("worktree", "remove", "--force", worktree);
  await box.fleet(["list", "--repair"], at);
  expect(registered(box)).toEqual([]);
  await box.fleet(["prune", "-y"], at).expect({ stderr: "nothing to prune\n" });
  const monthsAgo = new Date(Date.now() - 31.5 * 86_400_000);
  utimesSync(join(fleetHome(box), "agents", id, "forgotten"), monthsAgo, monthsAgo);
  await box.fleet(["prune", "-y"], at).expect({ stdout: "  fix  gone for 31 days, only its logs are left\n" });
  expect(existsSync(join(fleetHome(box), "agents", id))).toBe(false);
});

test("how long killed agents are kept is a setting", async () => {
  await using box = await demoSandbox('keep_killed = "2d"\n');
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { id } = agentOn(box, "fix");
  await box.fleet(["kill", "fix"], at);
  age(box, id, 3);
  await box.fleet(["prune", "-y"], at).expect({ stdout: "  fix  killed 3 days ago\n" });
  await expectNothingLeft(box, project);
});

test("what a prune that died was removing goes with the next command", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { id } = agentOn(box, "fix");
  await box.fleet(["kill", "fix", "--now"], at);
  const agents = join(fleetHome(box), "agents");
  renameSync(join(agents, id), join(agents, `${id}.999999999.0badcafe.tmp`));
  await box.fleet(["restore", "fix"], at).expect({ code: 1, stderr: /^✗ no killed agent called fix is kept here\n/ });
  await box.fleet(["prune", "-y"], at).expect({ stderr: "nothing to prune\n" });
  expect(readdirSync(agents).filter((name) => name.startsWith(id))).toEqual([]);
});

test("a clock that jumps makes no killed agent older: nothing of it goes, and the last kill stays the last", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  for (const branch of ["first", "second"]) {
    await box.fleet(["create", branch], at);
    writeFileSync(join(agentOn(box, branch).worktree, ".git-ignored"), branch);
  }
  const ids = ["first", "second"].map((branch) => agentOn(box, branch).id);
  const times = [new Date(Date.now() - 1000 * 86_400_000), new Date(Date.now() - 2000 * 86_400_000)];
  for (const [index, branch] of ["first", "second"].entries()) {
    await box.fleet(["kill", branch], at);
    // So it looks when the clock was wrong at the kill, and was set back between the two.
    const file = join(fleetHome(box), "agents", ids[index] ?? "", "ending.json");
    const ending = JSON.parse(readFileSync(file, "utf8")) as object;
    expect(ending).toHaveProperty("steady");
    writeFileSync(file, JSON.stringify({ ...ending, ended_at: times[index]?.toISOString() }));
  }
  await box.fleet(["__empty-trash"], at).expect();
  await box.fleet(["prune", "-y"], at).expect({ stderr: "nothing to prune\n" });
  await box.fleet(["restore", "--last"], at).expect({ stdout: /second/ });
  await box.fleet(["restore", "first"], at).expect({ stdout: /first/ });
  for (const branch of ["first", "second"])
    expect(readFileSync(join(agentOn(box, branch).worktree, ".git-ignored"), "utf8")).toBe(branch);
});

/** A home on a small disk of its own, as only this script sees it. The agent is gone at the end, and tmux with it. */
const onSmallDisk = `
mkdir -p "$HOME/small" && mount -t tmpfs -o size=24m none "$HOME/small"
export AI_FLEET_HOME="$HOME/small/fleet"
fleet create fix 2>/dev/null && head -c 2000000 /dev/urandom >"$AI_FLEET_HOME/worktrees/fix/big" || exit 1
fleet kill fix 2>/dev/null || exit 1
cat /dev/zero >"$HOME/small/filler" 2>/dev/null
fleet prune --trash -y || exit 1
fleet restore 2>/dev/null
`;

if (process.platform === "linux") {
  test("the trash can be emptied on the disk that it has filled", async () => {
    await using box = await demoSandbox();
    const { path } = await box.repository();
    const { code, stdout, stderr } = await box.run(["unshare", "-rm", "sh", "-c", onSmallDisk], { cwd: path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^ {2}fix {2}its worktree, killed .* ago/m);
    expect(stdout).toMatch(/^ {2}fix {2}killed .* {2}1 unsaved file$/m);
  });
}
