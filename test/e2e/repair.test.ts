import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox, ended, endedAll, fleetHome, registered, textOf, untilDemo } from "./agents.ts";

async function twoAgents(box: Sandbox) {
  const project = await box.repository();
  await box.fleet(["multi", "a:one", "b:two"], { cwd: project.path });
  for (const branch of ["a", "b"]) await untilDemo(box, branch, "idle", 1);
  return { project, at: { cwd: project.path } };
}

const stateFile = (box: Sandbox) => join(fleetHome(box), "state.json");
/** Agents that were made in the same second may have changed places. */
const listed = /^ {2}BRANCH .*\n(?: {2}[ab] +idle .*\n){2}$/;

/** The registry without process ids, which are found anew at every look. */
function byBranch(box: Sandbox): object[] {
  const entries = registered(box).map((entry) => ({ ...entry, pid: null }));
  return entries.sort((one, other) => one.branch.localeCompare(other.branch));
}

const damages: Readonly<Record<string, (text: string) => string | undefined>> = {
  deleted: () => undefined,
  empty: () => "",
  "an empty list": () => "[]\n",
  truncated: (text) => text.slice(0, text.length - 200),
  garbage: () => "\0\u00ff no json",
  "another type": () => '{"agents": []}',
  "one bad entry": (text) =>
    JSON.stringify(
      (JSON.parse(text) as object[]).map((entry, index) => (index === 0 ? { ...entry, branch: 7 } : entry)),
    ),
};

test("a registry that is damaged or gone is brought back whole by list --repair, and nothing of it is thrown away", async () => {
  await using box = await demoSandbox();
  const { project, at } = await twoAgents(box);
  const before = byBranch(box);
  for (const [damage, change] of Object.entries(damages)) {
    const text = change(readFileSync(stateFile(box), "utf8"));
    rmSync(stateFile(box));
    if (text !== undefined) writeFileSync(stateFile(box), text);
    await box.fleet(["list", "--repair", "--dry-run"], at);
    expect({ damage, left: textOf(stateFile(box)) }).toEqual({ damage, left: text ?? "" });
    const { stdout, stderr } = await box.fleet(["list", "--repair"], at);
    expect({ damage, stdout, agents: byBranch(box) }).toMatchObject({
      damage,
      stdout: expect.stringMatching(listed),
      agents: before,
    });
    const aside = /what was there is in (.*)/.exec(stderr)?.[1];
    if (aside !== undefined) expect({ damage, aside: textOf(aside) }).toEqual({ damage, aside: text ?? "" });
    expect({ damage, aside: aside !== undefined }).toEqual({
      damage,
      aside: !["deleted", "an empty list"].includes(damage),
    });
  }
  await box.fleet(["list", "--repair"], at).expect({
    stdout: listed,
    stderr: "everything agrees; nothing to repair\n2 agents\n",
  });
  await box.fleet(["kill", "--all"], at).expect(endedAll(2));
  await expectNothingLeft(box, project, { branches: ["main", "a", "b"] });
});

test("a registry of a newer fleet is refused and left as it is", async () => {
  await using box = await demoSandbox();
  const { at } = await twoAgents(box);
  const newer = readFileSync(stateFile(box), "utf8").replace('"v": 1', '"v": 2');
  writeFileSync(stateFile(box), newer);
  for (const words of [["list"], ["list", "--repair"], ["create", "c"], ["kill", "a"]])
    await box.fleet(words, at).expect({
      code: 1,
      stderr: [
        "✗ [ROOT]/home/.ai_fleet/state.json was written by a newer fleet (version 2 of its entries)\n",
        "  to see the version of this one, run fleet --version\n",
      ].join(""),
    });
  expect(readFileSync(stateFile(box), "utf8")).toBe(newer);
  expect((await box.tmux.sessions()).length).toBe(2);
});

test("what was renamed or moved is found again", async () => {
  await using box = await demoSandbox();
  const { project, at } = await twoAgents(box);
  const moved = join(box.home, "moved here");
  const before = agentOn(box, "b").worktree;
  await box.tmux.run(["rename-session", "-t", "ai_a", "my name"]);
  await project.git("worktree", "move", agentOn(box, "b").worktree, moved);
  await box.fleet(["kill", "b"], at).expect({
    code: 1,
    stdout: "  b  kept  its worktree was moved to [ROOT]/home/moved here  fleet list --repair\n",
    stderr: "0 of 1 ended.\n",
  });
  const found = ["a: its session is called my name now\n", "b: its worktree is at [ROOT]/home/moved here now\n"].join(
    "",
  );
  await box.fleet(["list", "--repair", "--dry-run"], at).expect({
    stdout: listed,
    stderr: `${found}nothing was changed; to do it, run fleet list --repair\n2 agents\n`,
  });
  expect(agentOn(box, "a").session).toBe("ai_a");
  await box.fleet(["list", "--repair"], at).expect({ stdout: listed, stderr: `${found}2 agents\n` });
  await box.fleet(["path", "b"], at).expect({ stdout: "[ROOT]/home/moved here\n" });
  // What it said where it was before is found by that.
  expect(agentOn(box, "b")).toMatchObject({ earlier_worktrees: [{ path: before, until: expect.any(String) }] });
  await box.fleet(["prompt", "*", "go on"], at).expect({
    stdout: "  a  submitted\n  b  submitted\n",
    stderr: "2 of 2 have it.\n",
  });
  for (const branch of ["a", "b"]) await untilDemo(box, branch, "idle", 2);
  await box.fleet(["kill", "--all"], at).expect(endedAll(2));
  await expectNothingLeft(box, project, { branches: ["main", "a", "b"] });
});

test("what git was stopped while making, and what a killed agent left, goes", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "note"], at);
  await untilDemo(box, "fix", "idle", 1);
  const entry = agentOn(box, "fix");
  const unfinished = (name: string, path: string) => {
    const admin = join(project.path, ".git/worktrees", name);
    mkdirSync(admin, { recursive: true });
    const files = { gitdir: `${path}/.git\n`, locked: "initializing", commondir: "../..\n", HEAD: `${entry.base}\n` };
    for (const [file, text] of Object.entries(files)) writeFileSync(join(admin, file), text);
    return admin;
  };
  const half = unfinished("half", join(fleetHome(box), "worktrees/half"));
  const foreign = unfinished("foreign", join(box.home, "foreign"));
  await box.fleet(["kill", "fix"], at);
  // As if it had come back from the dead.
  await box.tmux.run(["new-session", "-d", "-s", "ghost", "env", `AI_FLEET_ID=${entry.id}`, "sleep", "100"]);
  const [pane] = await box.tmux.panes();
  await box.tmux.run([
    "set-option",
    "-t",
    "ghost",
    "@fleet_id",
    entry.id,
    ";",
    "set-option",
    "-t",
    "ghost",
    "@fleet_pane",
    pane?.id ?? "",
  ]);
  await box.fleet(["list", "--repair"], at).expect({
    stderr: new RegExp(
      [
        "^ghost: session ended; its agent was killed\n",
        "processes \\d+ ended; their agent was killed\n",
        "\\[ROOT\\]/home/\\.ai_fleet/worktrees/half: its registration cleared; git was stopped while making it\n",
        "no agents here; .*\n$",
      ].join(""),
    ),
  });
  expect([existsSync(half), existsSync(foreign)]).toEqual([false, true]);
  rmSync(foreign, { recursive: true });
  await expectNothingLeft(box, project, { branches: ["main", "fix"] });
});

test("a repository that was moved away from its worktrees is named, and connected with them from its new place", async () => {
  await using box = await demoSandbox();
  const { project } = await twoAgents(box);
  const other = await box.repository("other");
  const moved = join(box.home, "moved here");
  renameSync(project.path, moved);
  const linesOf = (stderr: string) => stderr.replaceAll(box.root, "[ROOT]").trimEnd().split("\n").toSorted();
  const elsewhere = await box.fleet(["list", "--repair", "-A"], { cwd: other.path });
  expect(elsewhere.stdout.match(/its repository is not at /g)).toHaveLength(2);
  const gone = "left as it is, its repository is not at [ROOT]/home/code/project";
  const hint = "if it was moved, run fleet -C NEW-PLACE list --repair";
  expect(linesOf(elsewhere.stderr)).toEqual(["2 agents", `a: ${gone}; ${hint}`, `b: ${gone}; ${hint}`]);
  const lines = ["a", "b"].flatMap((name) => [
    `${name}: its repository is at [ROOT]/home/moved here now`,
    `${name}: its worktree is connected with its repository again`,
  ]);
  const { stderr } = await box.fleet(["-C", moved, "list", "--repair"]);
  expect(linesOf(stderr)).toEqual([...lines, "2 agents"].toSorted());
  for (const name of ["a", "b"])
    await box.run(["git", "status"], { cwd: agentOn(box, name).worktree }).expect({ stdout: /./ });
  await box.fleet(["-C", moved, "list", "--repair"]).expect({
    stdout: listed,
    stderr: "everything agrees; nothing to repair\n2 agents\n",
  });
  await box.fleet(["-C", moved, "kill", "--all"]).expect(endedAll(2));
  await box.fleet(["-C", moved, "restore", "a"]);
  expect(agentOn(box, "a").repo).toBe(moved);
});

test("a repository that was moved, with a new clone in its place, is connected from its new place, and the clone is not taken for it", async () => {
  await using box = await demoSandbox();
  const { project, at } = await twoAgents(box);
  await box.fleet(["kill", "b"], at).expect(ended("b", "branch kept  1 commit of its own"));
  const moved = join(box.home, "moved");
  renameSync(project.path, moved);
  await box.run(["git", "clone", "--quiet", moved, project.path]).expect();
  const unknown = "left as it is, the repository at [ROOT]/home/code/project does not know its worktree";
  await box.fleet(["list", "--repair"], at).expect({
    stdout: /^ {2}BRANCH/m,
    stderr: `a: ${unknown}; if its own was moved, run fleet -C NEW-PLACE list --repair\n1 agent\n`,
  });
  await box.fleet(["kill", "a"], at).expect({
    code: 1,
    stdout: /^ {2}a {2}kept {2}the repository at .* does not know .*worktrees\/a {2}fleet list --repair\n$/,
    stderr: "0 of 1 ended.\n",
  });
  await box.fleet(["-C", moved, "list", "--repair"]).expect({
    stdout: /^ {2}a /m,
    stderr:
      /^a: its repository is at \[ROOT\]\/home\/moved now\na: its worktree is connected with its repository again\n/,
  });
  await box.run(["git", "status"], { cwd: agentOn(box, "a").worktree }).expect({ stdout: /./ });
  await box.fleet(["-C", moved, "restore", "b"]).expect({ stdout: /restored/ });
  await box.fleet(["-C", moved, "kill", "--all"]).expect(endedAll(2));
});

test("a worktree that was moved without git is named with the line that makes it found again", async () => {
  await using box = await demoSandbox();
  const { project, at } = await twoAgents(box);
  const moved = join(box.home, "moved here");
  const { worktree } = agentOn(box, "b");
  renameSync(worktree, moved);
  const { stderr } = await box.fleet(["list", "--repair", "--dry-run"], at);
  expect(stderr).toStartWith(`b: left as it is, its worktree is not at ${worktree}; if it was moved, run git -C `);
  const [, line = ""] = /run (git .*) NEW-PLACE/.exec(stderr) ?? [];
  await box.run(["sh", "-c", `${line} "$1"`, "sh", moved], { cwd: project.path });
  await box.fleet(["list", "--repair"], at).expect({
    stdout: listed,
    stderr: "b: its worktree is at [ROOT]/home/moved here now\n2 agents\n",
  });
});

test("nothing is taken away because git or tmux cannot be asked", async () => {
  await using box = await demoSandbox();
  const { project, at } = await twoAgents(box);
  const before = readFileSync(stateFile(box), "utf8");
  const broken = (tool: string) => box.executable(tool, "#!/bin/sh\necho out of order >&2\nexit 1\n");
  const repair = () => box.fleet(["list", "--repair"], at);
  const agrees = {
    stdout: /\n {2}[ab] +stopped .*\n {2}[ab] +stopped .*\n$/,
    stderr: "everything agrees; nothing to repair\n2 agents\n",
  };
  const sessions = await box.tmux.sessions();

  broken("git");
  // Where worktrees and their marks are is in files; how far the agents came is what git is asked.
  await repair().expect({
    stdout: /\n {2}[ab] .* git rev-list failed: out of order .*\n {2}[ab] .* git rev-list failed: out of order .*\n$/,
    stderr: "everything agrees; nothing to repair\n2 agents\n",
  });
  rmSync(join(box.bin, "git"));
  broken("tmux");
  await repair().expect({
    code: 1,
    stdout: /\n {2}[ab] +unknown .*\n {2}[ab] +unknown .*\n$/,
    stderr: [
      "[ROOT]/tmux/tmux-[UID]/[SOCKET]: left as it is, with a, b: ",
      "tmux exited with 1 (socket [ROOT]/tmux/tmux-[UID]/[SOCKET]): out of order; ",
      "to check tmux and its server, run fleet doctor\n2 agents\n",
    ].join(""),
  });
  rmSync(join(box.bin, "tmux"));
  expect(readFileSync(stateFile(box), "utf8")).toBe(before);
  expect(await box.tmux.sessions()).toEqual(sessions);

  // A machine that has just booted, without the disks of the repository and of the worktrees.
  await box.tmux.kill();
  const worktrees = join(fleetHome(box), "worktrees");
  const disks = [project.path, worktrees];
  for (const disk of disks) renameSync(disk, `${disk} elsewhere`);
  const leftAlone = (why: (branch: string) => string) => ({
    stdout: agrees.stdout,
    stderr: `${["a", "b"].map((branch) => `${branch}: left as it is, its worktree ${why(branch)}\n`).join("")}2 agents\n`,
  });
  const repairAtHome = () => box.fleet(["list", "--repair"], { cwd: box.home });
  const placeOf = (branch: string) => agentOn(box, branch).worktree.replace(box.root, "[ROOT]");
  const look = "to see whether they were moved or are not mounted, run ls -ld [ROOT]/home/code/project";
  await repairAtHome().expect(leftAlone((branch) => `${placeOf(branch)} and its repository are not there; ${look}`));
  renameSync(`${project.path} elsewhere`, project.path);
  const mend = "run git -C [ROOT]/home/code/project worktree repair NEW-PLACE, then fleet list --repair";
  await repairAtHome().expect(leftAlone((branch) => `is not at ${placeOf(branch)}; if it was moved, ${mend}`));
  renameSync(`${worktrees} elsewhere`, worktrees);
  await repairAtHome().expect(agrees);
  expect(readFileSync(stateFile(box), "utf8")).toBe(before);
  await box
    .fleet(["resume", "--all"], at)
    .expect({ stdout: "  a  resumed  started anew\n  b  resumed  started anew\n" });
});

test("an agent of which nothing is left is forgotten", async () => {
  await using box = await demoSandbox();
  const { project, at } = await twoAgents(box);
  await box.tmux.run(["kill-session", "-t", "ai_a"]);
  await project.git("worktree", "remove", agentOn(box, "a").worktree);
  await box.fleet(["list", "--repair"], at).expect({
    stdout: /^ {2}BRANCH .*\n {2}b {2}idle .*\n$/,
    stderr: "a: taken out of the registry; neither its worktree nor its session is there any more\n1 agent\n",
  });
  expect(registered(box).map(({ branch }) => branch)).toEqual(["b"]);
});

test("an agent that is gone does not come back in the place that another repository's agent has now", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "a"], at);
  await untilDemo(box, "a", "idle");
  const { worktree, session } = agentOn(box, "a");
  await box.tmux.run(["kill-session", "-t", session]);
  rmSync(worktree, { recursive: true });
  rmSync(stateFile(box));
  const other = await box.repository("other");
  await box.fleet(["create", "a"], { cwd: other.path });
  await untilDemo(box, "a", "idle");
  expect(agentOn(box, "a").worktree).toBe(worktree);
  await box.fleet(["list", "-q", "--repair"], { cwd: other.path }).expect({
    stdout: "a\n",
    stderr: "everything agrees; nothing to repair\n",
  });
});
