import { expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { withLock } from "../../src/system/lock.ts";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { PendingResult } from "../helpers/run.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { agentDirectory, agentOn, demoSandbox, ended, fleetHome, registered, untilDemo } from "./agents.ts";

const created = (branch: string) => ({
  stdout: `${branch}\n`,
  stderr: [
    `  branch  ${branch}, new, from main@[SHA]\n`,
    "  agent   demo, never asks  [TIME]\n",
    `${branch} is ready for a prompt.\n`,
    `  fleet attach ${branch}     fleet logs -f ${branch}     fleet kill ${branch}\n`,
  ].join(""),
});

/** Runs fleet with a limit on the size of files, which fails as a full disk does. A block has 512 bytes. */
function withFullDisk(box: Sandbox, blocks: number, words: readonly string[], cwd: string): PendingResult {
  const script = `trap '' XFSZ; ulimit -f ${blocks}; exec fleet "$@"`;
  return box.run(["/bin/sh", "-c", script, "sh", ...words], { cwd });
}

test("a disk that is full while a worktree is made: nothing is left", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project", { files: { big: "x".repeat(200_000) } });
  const at = { cwd: project.path };
  await box.fleet(["create", "first"], at);
  await withFullDisk(box, 200, ["create", "fix", "-p", "go"], project.path).expect({
    code: 1,
    stderr: "✗ git reset failed with exit code 153\n",
  });
  await withFullDisk(box, 1, ["create", "fix", "-p", "go"], project.path).expect({
    code: 1,
    stderr:
      /^✗ \[ROOT\]\/home\/\.ai_fleet\/journal\/[^ ]+\.json cannot be written: file too large\n {2}to see how full the disk is, run df -h \[ROOT\]\/home\/\.ai_fleet\/journal\n$/,
  });
  await box.fleet(["kill", "first"], at).expect(ended("first"));
  await expectNothingLeft(box, project);
});

test("a disk that is full while work is saved: agent and worktree are kept as they are", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { worktree } = agentOn(box, "fix");
  const work = crypto.getRandomValues(new Uint8Array(60_000));
  writeFileSync(join(worktree, "new"), work);
  await withFullDisk(box, 100, ["kill", "fix"], project.path).expect({
    code: 1,
    stdout:
      "  fix  kept  git hash-object failed with exit code 153  git -C [ROOT]/home/.ai_fleet/worktrees/fix status\n",
    stderr: "0 of 1 ended.\n",
  });
  expect(new Uint8Array(readFileSync(join(worktree, "new")))).toEqual(work);
  await box
    .fleet(["kill", "fix"], at)
    .expect(ended("fix", "branch kept  1 unsaved file saved apart, NOT on the branch"));
  await expectNothingLeft(box, project, { branches: ["main", "fix"] });
});

test("a disk that is full keeps nobody from looking", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: project.path });
  await untilDemo(box, "fix", "idle", 1);
  for (const words of [["list", "--cost"], ["list", "--fresh"], ["logs", "fix"], ["compare"], ["cost"], ["doctor"]]) {
    const { code, stderr } = await withFullDisk(box, 0, words, project.path);
    expect({ words, code, stderr: stderr.includes("cannot be written") }).toEqual({ words, code: 0, stderr: false });
  }
});

test("a disk that is full does not keep an agent from being stopped", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  await withFullDisk(box, 0, ["stop", "fix"], project.path).expect({
    stdout: "  fix  stopped\n",
    stderr:
      "  ! the last screen of fix is not kept: [ROOT]/home/.ai_fleet/agents/[ID1]/screen cannot be written: file too large\n",
  });
  expect(await box.tmux.sessions()).toEqual([]);
  await withFullDisk(box, 0, ["create", "other"], project.path).expect({
    code: 1,
    stderr:
      /^✗ the lock \[ROOT\]\/home\/\.ai_fleet\/state\.json\.lock cannot be taken: .* cannot be written: file too large\n {2}to see how full the disk is, run df -h \[ROOT\]\/home\/\.ai_fleet\n$/,
  });
  expect(readdirSync(fleetHome(box)).sort()).toEqual(["agents", "config.toml", "journal", "state.json", "worktrees"]);
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await expectNothingLeft(box, project);
});

/** Makes the registry so large that it does not fit on a disk with 500 blocks. */
function swellRegistry(box: Sandbox): string {
  const file = join(fleetHome(box), "state.json");
  writeFileSync(file, JSON.stringify(registered(box).map((entry) => ({ ...entry, note: "x".repeat(300_000) }))));
  return file;
}

test("a disk that is full while the registry is written: the next command completes what was done", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "first"], at);
  const before = readFileSync(swellRegistry(box), "utf8");
  const full = [
    "✗ [ROOT]/home/.ai_fleet/state.json cannot be written: file too large\n",
    "  to see how full the disk is, run df -h [ROOT]/home/.ai_fleet\n",
  ].join("");
  await withFullDisk(box, 500, ["create", "fix"], project.path).expect({
    code: 1,
    stderr: `  branch  fix, new, from main@[SHA]\n  agent   demo, never asks  [TIME]\n${full}`,
  });
  expect(readFileSync(join(fleetHome(box), "state.json"), "utf8")).toBe(before);
  await box.fleet(["list", "--repair"], at).expect({
    stdout: /\n {2}fix {2}idle .*\n/,
    stderr: [
      "fix: its creation was interrupted after it had started; it is in the list now\n",
      "everything agrees; nothing to repair\n2 agents\n",
    ].join(""),
  });
  await withFullDisk(box, 500, ["kill", "fix"], project.path).expect({ code: 1, stderr: full });
  await box.fleet(["kill", "first"], at).expect({
    ...ended("first"),
    stderr: "fix: ending it was interrupted; it is gone now\n1 of 1 ended. Undo: fleet restore first\n",
  });
  await expectNothingLeft(box, project);
});

test("an AI_FLEET_HOME that cannot be used is named before anything is made", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const file = join(box.home, "file");
  writeFileSync(file, "");
  const places = [
    [file, "file already exists"],
    [join(file, "below"), "not a directory"],
    ["/proc/nothing", "no such file or directory"],
  ] as const;
  for (const [AI_FLEET_HOME, why] of places) {
    for (const words of [["create", "fix"], ["list"], ["kill", "fix"]])
      await box.fleet(words, { cwd: project.path, env: { AI_FLEET_HOME } }).expect({
        code: 2,
        stderr: [
          `✗ cannot write ${AI_FLEET_HOME.replace(box.root, "[ROOT]")}: ${why}\n`,
          "  to keep everything of fleet in another place, run export AI_FLEET_HOME=DIRECTORY\n",
        ].join(""),
      });
  }
  const journal = join(fleetHome(box), "journal");
  writeFileSync(journal, "");
  await box.fleet(["create", "fix"], { cwd: project.path }).expect({
    code: 1,
    stderr:
      "✗ [ROOT]/home/.ai_fleet/journal: file already exists\n  to see which paths are used, run fleet config show\n",
  });
  rmSync(journal);
  await expectNothingLeft(box, project);
});

test("a repository of somebody else, or one that cannot be written to, is left alone", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], { ...at, env: { GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" } }).expect({
    code: 1,
    stderr:
      /^✗ git rev-parse failed\n {2}│ fatal: detected dubious ownership in repository at '\[ROOT\]\/home\/code\/project'\n(?: {2}│.*\n)*$/,
  });
  const registrations = join(project.path, ".git/worktrees");
  writeFileSync(registrations, "");
  await box.fleet(["create", "fix"], at).expect({ code: 1, stderr: /^✗ git worktree failed\n(?: {2}│.*\n)+$/ });
  rmSync(registrations);
  await expectNothingLeft(box, project);
});

test("a registry that may only be read is replaced all the same, one that is a folder is not", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const file = join(fleetHome(box), "state.json");
  await box.run(["chmod", "400", file]).expect();
  await box.fleet(["create", "other"], at).expect(created("other"));
  expect(registered(box).map(({ branch }) => branch)).toEqual(["fix", "other"]);
  renameSync(file, `${file}.aside`);
  mkdirSync(file);
  for (const words of [["list"], ["create", "more"], ["kill", "fix"]])
    await box.fleet(words, at).expect({
      code: 1,
      stderr:
        "✗ [ROOT]/home/.ai_fleet/state.json is not a file\n  to see what it is, run ls -l [ROOT]/home/.ai_fleet/state.json\n",
    });
  rmSync(file, { recursive: true });
  renameSync(`${file}.aside`, file);
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
});

test("a clock that was set back neither hides an agent nor makes anybody wait", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "note"], at);
  await untilDemo(box, "fix", "idle", 1);
  const future = new Date("2099-01-01T00:00:00Z");
  const state = join(fleetHome(box), "state.json");
  writeFileSync(
    state,
    readFileSync(state, "utf8").replace(/"created_at": ".*"/, '"created_at": "2099-01-01T00:00:00Z"'),
  );
  // The answer came after the clock was set back.
  for (const name of readdirSync(agentDirectory(box, "fix")).filter((file) => file !== "reply")) {
    utimesSync(join(agentDirectory(box, "fix"), name), future, future);
  }
  await box.fleet(["list", "--fresh"], at).expect({
    stdout:
      "  BRANCH  STATUS  FOR  WHY  AGENT  CPU  MEM  AHEAD  CHANGES  AGE  TASK\n  fix  idle  [TIME]  I noted that in demo-notes.md and committed it as [SHA].  demo  [CPU]  [MEM]  +1  1 file +1 -0  [TIME]  note\n",
    stderr: "1 agent\n",
  });
  await box.fleet(["wait", "fix", "--timeout", "60s"], at).expect({ stdout: "  fix  idle\n" });
  await box.fleet(["prompt", "fix", "again", "--wait", "--timeout", "60s"], at).expect({ stdout: /^I noted that in / });
  await box.fleet(["kill", "fix"], at).expect(ended("fix", "branch kept  2 commits of its own"));
  await box.fleet(["prune", "-y"], at).expect({ stderr: "nothing to prune\n" });
});

test("between two commands the tmux server may end, and another one with other sessions take its place", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "note"], at);
  await untilDemo(box, "fix", "idle", 1);
  await box.tmux.kill();
  await eventually(async () => (await box.processes()).length === 0, { what: "the agent to end" });
  const gone = async () => {
    await box.fleet(["prompt", "fix", "more"], at).expect({
      code: 1,
      stdout: "  fix  refused  has ended: stopped (its tmux session is gone)  fleet logs fix\n",
    });
    await box.fleet(["attach", "fix"], at).expect({
      code: 1,
      stderr: "✗ fix has no session: stopped (its tmux session is gone)\n  to see what it did, run fleet logs fix\n",
    });
  };
  await gone();
  await box.tmux.run(["new-session", "-d", "-s", "mine", "sleep", "100"]);
  await gone();
  await box.fleet(["kill", "fix"], at).expect(ended("fix", "branch kept  1 commit of its own"));
  await expectNothingLeft(box, project, { branches: ["main", "fix"], sessions: ["mine"] });
});

test("a git that is too old is named as such", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  // An ordinary repository is known without git, one in another form is not.
  const { path: other } = await box.repository("other");
  writeFileSync(join(other, ".git/config.worktree"), "");
  // As git 2.30 does: it prints the option it does not know.
  box.executable(
    "git",
    "#!/bin/sh\ncase $1 in --version) echo git version 2.30.2 ;; *) echo --path-format=absolute; echo false; echo .git ;; esac\n",
  );
  for (const [words, cwd] of [
    [["create", "fix"], path],
    [["list"], other],
  ] as const)
    await box.fleet([...words], { cwd }).expect({
      code: 3,
      stderr: "✗ this git is too old\n  to see which version is needed, run fleet doctor\n",
    });
  await box.fleet(["doctor"], { cwd: path }).expect({
    code: 1,
    stdout: /^✗ +git +git \[VERSION\] .* update git to 2\.31 or newer$/m,
    stderr: "1 problem found.\n",
  });
});

test("a tmux that is too old is shown with its words, and doctor says so", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  box.executable(
    "tmux",
    '#!/bin/sh\ncase $1 in -V) echo tmux 2.9a ;; *) echo "unknown option -- q" >&2; exit 1 ;; esac\n',
  );
  for (const words of [
    ["create", "fix"],
    ["list", "--repair"],
  ])
    await box.fleet(words, { cwd: project.path }).expect({
      code: 1,
      stderr: [
        "✗ tmux exited with 1 (socket [ROOT]/tmux/tmux-[UID]/[SOCKET])\n  │ unknown option -- q\n",
        "  to check tmux and its server, run fleet doctor\n",
      ].join(""),
    });
  await box.fleet(["doctor"], { cwd: project.path }).expect({
    code: 1,
    stdout: /^✗ +tmux +tmux \[VERSION\] .* update tmux to 3\.2 or newer$/m,
    stderr: "2 problems found.\n",
  });
  rmSync(join(box.bin, "tmux"));
  await expectNothingLeft(box, project);
});

test("a post-checkout hook that hangs is ended by Ctrl-C, and nothing is left", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const hook = join(project.path, ".git/hooks/post-checkout");
  mkdirSync(join(project.path, ".git/hooks"), { recursive: true });
  writeFileSync(hook, '#!/bin/sh\ntouch "$HOME/hooked"\nsleep 100\n', { mode: 0o755 });
  const program = box.start(["create", "fix", "-p", "go"], { cwd: project.path });
  await eventually(() => existsSync(join(box.home, "hooked")), { what: "the hook to run" });
  program.signal("SIGINT");
  await program.ended(10_000).expect({ code: 130, stderr: "  branch  fix, new, from main@[SHA]\n✗ interrupted\n" });
  await expectNothingLeft(box, project);
});

test("a filter that fails while work is saved keeps the agent, and what it had is still there", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project", {
    files: { ".gitattributes": "*.txt filter=mine\n", "a.txt": "a\n" },
  });
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  const { worktree } = agentOn(box, "fix");
  writeFileSync(join(worktree, "a.txt"), "b\n");
  await project.git("config", "filter.mine.required", "true");
  await project.git("config", "filter.mine.clean", "false");
  await box.fleet(["kill", "fix", "--commit"], at).expect({
    code: 1,
    stdout: /^ {2}fix {2}kept {2}git \w+ failed: .*/,
    stderr: "0 of 1 ended.\n",
  });
  expect(readFileSync(join(worktree, "a.txt"), "utf8")).toBe("b\n");
  await project.git("config", "filter.mine.clean", "cat");
  await box
    .fleet(["kill", "fix"], at)
    .expect(ended("fix", "branch kept  1 unsaved file saved apart, NOT on the branch"));
  expect(await project.git("show", `refs/fleet/saved/${registeredOnce(box)}:a.txt`)).toBe("b");
});

/** The id of the only agent there ever was. */
function registeredOnce(box: Sandbox): string {
  return readdirSync(join(fleetHome(box), "agents")).find((name) => /^[0-9a-f]{8}$/.test(name)) ?? "";
}

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

test("who holds the registry is named after a second of waiting, and one that died is in nobody's way", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const lock = join(fleetHome(box), "state.json.lock");
  const waiting = await withLock(lock, {}, async () => {
    const program = box.start(["create", "fix"], at);
    await eventually(() => program.stderr === `waiting for another fleet command (process ${process.pid})\n`, {
      what: "the wait to be told of",
    });
    return program;
  });
  const { stdout, stderr } = created("fix");
  await waiting
    .ended()
    .expect({ stdout, stderr: `waiting for another fleet command (process ${process.pid})\n${stderr}` });
  writeFileSync(lock, JSON.stringify({ pid: 999_999_999, start: "1", boot: "", namespace: "" }));
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await expectNothingLeft(box, project);
});
