import { expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { withLock } from "../../src/system/lock.ts";
import { expectNothingLeft } from "../helpers/audit.ts";
import { isAlive } from "../helpers/processes.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { agentDirectory, agentOn, created, demoSandbox, ended, fleetHome, registered, untilDemo } from "./agents.ts";

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
      /^✗ git rev-parse failed\n {2}│ fatal: detected dubious ownership in repository at '\[ROOT\]\/home\/code\/project'\n(?: {2}│.*\n)* {2}to trust it, run git config --global --add safe\.directory \[ROOT\]\/home\/code\/project\n$/,
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
  const at = { cwd: project.path };
  const socket = "[ROOT]/tmux/tmux-[UID]/[SOCKET]";
  const hint = "to check tmux and its server, run fleet doctor\n";
  await box.fleet(["create", "fix"], at).expect({
    code: 1,
    stderr: `✗ tmux exited with 1 (socket ${socket})\n  │ unknown option -- q\n  ${hint}`,
  });
  await box.fleet(["list", "--repair", "-q"], at).expect({
    code: 1,
    stderr: `${socket}: left as it is: tmux exited with 1 (socket ${socket}): unknown option -- q; ${hint}`,
  });
  await box.fleet(["doctor"], at).expect({
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
  project.hook("post-checkout", 'touch "$HOME/hooked"; sleep 100');
  const program = box.start(["create", "fix", "-p", "go"], { cwd: project.path });
  await eventually(() => existsSync(join(box.home, "hooked")), { what: "the hook to run" });
  program.signal("SIGINT");
  await program.ended(10_000).expect({ code: 130, stderr: "  branch  fix, new, from main@[SHA]\n✗ interrupted\n" });
  await expectNothingLeft(box, project);
});

test("a filter of a repository that hangs ends with the command that waits for it", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project", {
    files: { ".gitattributes": "*.txt filter=mine\n", "a.txt": "a\n" },
  });
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  await box.fleet(["create", "other"], at);
  for (const branch of ["fix", "other"]) writeFileSync(join(agentOn(box, branch).worktree, "a.txt"), "b\n");
  const reached = join(box.root, "reached");
  await project.git("config", "--global", "filter.mine.clean", `echo $$ >>'${reached}'; exec sleep 600`);
  const begun = async (words: string[]) => {
    rmSync(reached, { force: true });
    const program = box.start(words, at);
    await eventually(() => existsSync(reached) && readFileSync(reached, "utf8").endsWith("\n"), { what: "the filter" });
    return program;
  };
  for (const words of [
    ["diff", "fix"],
    ["diff", "fix", "--json"],
    ["compare", "fix", "other"],
    ["list", "--overlap"],
    ["kill", "fix"],
    ["kill", "fix", "--commit"],
  ]) {
    const program = await begun(words);
    program.signal("SIGTERM");
    const kept = { code: 1, stdout: /^ {2}fix {2}kept {2}terminated /, stderr: "0 of 1 ended.\n" };
    const told = words.includes("--json") ? { stdout: /"kind": "terminated"/ } : { stderr: "✗ terminated\n" };
    await program.ended().expect(words[0] === "kill" ? kept : { code: 143, ...told });
    const filters = readFileSync(reached, "utf8").trim().split("\n").map(Number);
    await eventually(() => !filters.some(isAlive), { what: "the end of the filter", timeoutMs: 20_000 });
    expect(readFileSync(join(agentOn(box, "fix").worktree, "a.txt"), "utf8")).toBe("b\n");
  }
  await project.git("config", "--global", "filter.mine.clean", "cat");
  await box
    .fleet(["kill", "fix"], at)
    .expect(ended("fix", "branch kept  1 unsaved file saved apart, NOT on the branch"));
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
  await project.git("config", "--global", "filter.mine.required", "true");
  await project.git("config", "--global", "filter.mine.clean", "false");
  await box.fleet(["kill", "fix", "--commit"], at).expect({
    code: 1,
    stdout: /^ {2}fix {2}kept {2}git \w+ failed: .*/,
    stderr: "0 of 1 ended.\n",
  });
  expect(readFileSync(join(worktree, "a.txt"), "utf8")).toBe("b\n");
  await project.git("config", "--global", "filter.mine.clean", "cat");
  await box
    .fleet(["kill", "fix"], at)
    .expect(ended("fix", "branch kept  1 unsaved file saved apart, NOT on the branch"));
  expect(await project.git("show", `refs/fleet/saved/${registeredOnce(box)}:a.txt`)).toBe("b");
});

/** The id of the only agent there ever was. */
function registeredOnce(box: Sandbox): string {
  return readdirSync(join(fleetHome(box), "agents")).find((name) => /^[0-9a-f]{8}$/.test(name)) ?? "";
}

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
