import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readProc } from "../../src/system/processes/proc.ts";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { agentFile, agentOn, demoSandbox, ended, registered, textOf, untilDemo } from "./agents.ts";

test("stop ends agents, keeps their worktrees and screens, and may be said twice", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["multi", "a:one", "b:two", "other:work 60"], at);
  for (const branch of ["a", "b"]) await untilDemo(box, branch, "idle", 1);
  await box.fleet(["stop", "[ab]", "--except", "b"], at).expect({ stdout: "  a  stopped\n" });
  await box.fleet(["stop", "a", "b"], at).expect({ stdout: "  a  stopped  nothing of it was running\n  b  stopped\n" });
  expect((await box.tmux.sessions()).map(({ name }) => name)).toEqual(["ai_other"]);
  await box.fleet(["logs", "a"], at).expect({ stdout: /\n> one\nI noted that in demo-notes\.md/ });
  expect(await project.git("-C", agentOn(box, "b").worktree, "log", "-1", "--format=%s")).toBe("demo: two");
  const { stdout } = await box.fleet(["stop", "--all", "--json"], at).expect({ stdout: /^\{\n/ });
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    agents: [
      { branch: "a", outcome: "stopped", reason: "nothing of it was running" },
      { branch: "b", outcome: "stopped", reason: "nothing of it was running" },
      { branch: "other", outcome: "stopped", reason: null },
    ],
    failures: [],
  });
  expect(await box.tmux.sessions()).toEqual([]);
});

/** It does not end when asked, and what it starts goes where nothing that holds it by its terminal or its parent finds it. */
const stubborn = `#!/bin/sh
trap '' TERM HUP INT QUIT
nohup sleep 61 >/dev/null 2>&1 &
setsid sleep 62 &
(setsid sh -c 'sleep 63 & sleep 64' &) &
sh -c "trap '' TERM HUP; (sleep 65 & exec sleep 66)" &
(env -i sh -c "trap '' TERM HUP; sleep 68" >/dev/null 2>&1 &)
(setsid env -i sh -c "trap '' TERM HUP; sleep 69" >/dev/null 2>&1 &)
touch "$HOME/started-$AI_FLEET_BRANCH"
while :; do sleep 67; done
`;

async function stubbornSandbox(...branches: string[]) {
  const box = await demoSandbox('[agents.stubborn]\ncommand = "stubborn"\n');
  box.executable("stubborn", stubborn);
  const project = await box.repository();
  for (const branch of branches) await box.fleet(["create", branch, "--agent", "stubborn"], { cwd: project.path });
  const started = () => branches.every((branch) => existsSync(join(box.home, `started-${branch}`)));
  await eventually(started, { what: "the agents to start" });
  await eventually(async () => (await sleeping(box)).length === 9 * branches.length, { what: "all that they start" });
  return { box, project, at: { cwd: project.path } };
}

async function sleeping(box: Sandbox): Promise<string[]> {
  return (await box.processes())
    .map(({ command }) => command)
    .filter((command) => /^sleep 6\d$/.test(command))
    .sort();
}

test("kill ends agents that will not end and all that hides from it, and nobody who only stands there", async () => {
  const { box, project, at } = await stubbornSandbox("one", "two");
  await using _ = box;
  const { worktree } = agentOn(box, "one");
  await box.tmux.run(["new-session", "-d", "-s", "mine", "-c", worktree, "sleep", "100"]);
  await box.fleet(["kill", "one", "two"], at).expect({
    stdout: "  one  ended  branch deleted  nothing of its own\n  two  ended  branch deleted  nothing of its own\n",
    stderr: "2 of 2 ended. Undo: fleet restore --last\n",
  });
  expect(await sleeping(box)).toEqual([]);
  expect(await box.tmux.panes()).toMatchObject([{ session: "mine", dead: false }]);
  await expectNothingLeft(box, project, { sessions: ["mine"] });
});

/** It leaves children behind that end at once, a daemon, and a terminal of somebody else; then it waits to be told to end. */
const leaving = `#!/bin/sh
for _ in 1 2 3 4 5 6 7 8 9; do (setsid env -i true &); done
(setsid env -i sleep 71 >/dev/null 2>&1 &)
env -i PATH="$PATH" TMUX_TMPDIR="$HOME" tmux -L theirs -f /dev/null new-session -d 'exec sleep 72'
touch "$HOME/started"
read -r _
`;

test("what leaves an agent ends with it, but no terminal of others, and keeps an agent that ended from nothing", async () => {
  await using box = await demoSandbox('[agents.leaving]\ncommand = "leaving"\n');
  box.executable("leaving", leaving);
  const project = await box.repository();
  const at = { cwd: project.path };
  const left = async () => (await box.processes()).filter(({ command }) => /^sleep 7\d$/.test(command));
  const running = async () => (await left()).map(({ command }) => command);
  const endTheirs = () => box.run(["env", `TMUX_TMPDIR=${box.home}`, "tmux", "-L", "theirs", "kill-server"]).expect({});
  await box.fleet(["create", "fix", "--agent", "leaving"], at);
  await eventually(() => existsSync(join(box.home, "started")), { what: "the agent to start" });
  await eventually(async () => (await running()).length === 2, { what: "what it leaves" });
  const launcher = Number((await box.tmux.run(["list-panes", "-a", "-F", "#{pane_pid}"])).trim());
  const dead = () => [...readProc().values()].filter(({ parent, zombie }) => parent === launcher && zombie);
  await eventually(() => dead().length === 0, { what: "the dead to be collected" });
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  expect(await running()).toEqual(["sleep 72"]);
  await endTheirs();
  await eventually(async () => (await running()).length === 0, { what: "theirs to end" });

  await box.fleet(["create", "over", "--agent", "leaving"], at);
  await eventually(async () => (await running()).length === 2, { what: "what it leaves" });
  await box.tmux.run(["send-keys", "-t", "ai_over", "Enter"]);
  await eventually(async () => / over +exited /.test((await box.fleet(["list"], at)).stdout), { what: "its end" });
  await endTheirs();
  const daemon = (await left()).find(({ command }) => command === "sleep 71")?.pid ?? 0;
  await box
    .fleet(["kill", "over"], at)
    .expect({ stdout: /ended/, stderr: new RegExp(`to end it, run kill ${daemon}\n`) });
  process.kill(daemon);
});

/** When it is asked to end it ends the command that asks, and goes on. */
const revolting = `#!/bin/sh
trap 'kill -9 "$(cat "$HOME/asking")"; touch "$HOME/revolted"' TERM
touch "$HOME/started"
until [ -e "$HOME/enough" ]; do sleep 0.1; done
`;

test("a stop that was killed before its agent ended leaves it running, and is said again", async () => {
  await using box = await demoSandbox('[agents.revolting]\ncommand = "revolting"\n');
  box.executable("revolting", revolting);
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "--agent", "revolting"], at);
  await eventually(() => existsSync(join(box.home, "started")), { what: "the agent to start" });
  const asking = `echo $$ >"${box.home}/asking"; exec fleet stop fix`;
  expect((await box.run(["sh", "-c", asking], at)).signal).toBe("SIGKILL");
  expect(agentFile(box, "fix", "ended-by-us")).toBe("");
  expect(agentFile(box, "fix", "stopped")).toBeUndefined();
  expect((await box.fleet(["list"], at)).stdout).not.toMatch(/ (?:stopped|exited) /);
  expect(agentFile(box, "fix", "ended-by-us")).toBeUndefined();
  writeFileSync(join(box.home, "enough"), "");
  await box.fleet(["stop", "fix"], at).expect({ stdout: /^ {2}fix {2}stopped/ });
  await box.untilNothingRuns();
  await box.fleet(["list"], at).expect({ stdout: / fix +stopped /, stderr: /./ });
});

test("an agent that a stop left running because it was killed has an end of its own, which is news", async () => {
  const notify = `[notify]\ncommand = 'echo "$AI_FLEET_STATUS" >>~/news'\n`;
  await using box = await demoSandbox(`${notify}[agents.revolting]\ncommand = "revolting"\n`);
  box.executable("revolting", revolting);
  const at = { cwd: (await box.repository()).path };
  await box.fleet(["create", "fix", "--agent", "revolting"], at);
  await eventually(() => existsSync(join(box.home, "started")), { what: "the agent to start" });
  const asking = `echo $$ >"${box.home}/asking"; exec fleet stop fix`;
  expect((await box.run(["sh", "-c", asking], at)).signal).toBe("SIGKILL");
  await box.fleet(["list", "-q"], at).expect({ stdout: "fix\n" });
  writeFileSync(join(box.home, "enough"), "");
  const news = join(box.home, "news");
  await eventually(() => textOf(news) !== "", { what: "the news of its end" });
  expect(textOf(news)).toBe("exited\n");
  await box.fleet(["list"], at).expect({ stdout: / fix +exited /, stderr: /./ });
  await box.fleet(["kill", "fix"], at);
});

test("an agent that lost its session is said to run, and stop ends it", async () => {
  await using box = await demoSandbox('[agents.deaf]\ncommand = "deaf"\n');
  box.executable("deaf", "#!/bin/sh\ntrap '' HUP\nsleep 100 &\nwait\nwait\n");
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "--agent", "deaf"], at);
  await eventually(async () => (await box.processes()).some(({ command }) => command === "sleep 100"), {
    what: "the agent",
  });
  await box.tmux.run(["kill-session", "-t", "ai_fix"]);
  await eventually(async () => (await box.tmux.sessions()).length === 0, { what: "the session to go" });
  await box.fleet(["list"], at).expect({
    stdout: /\n! fix {2}error {2}its tmux session is gone, but it still runs {2}deaf {2}/,
    stderr: /./,
  });
  await box.fleet(["resume", "fix"], at).expect({ code: 1, stderr: /^✗ fix still runs: error\n/ });
  await box.fleet(["stop", "fix"], at).expect({ stdout: "  fix  stopped\n" });
  await box.untilNothingRuns();
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await expectNothingLeft(box, project);
});

test("an agent that kills itself is gone afterwards, and one that stops itself is told that it cannot", async () => {
  await using box = await demoSandbox(
    '[agents.weary]\ncommand = "weary"\nflags = ["kill"]\n[agents.tired]\ncommand = "weary"\nflags = ["stop"]\n',
  );
  box.executable(
    "weary",
    '#!/bin/sh\nfleet "$1" "$AI_FLEET_BRANCH" >"$HOME/$1.new" 2>&1\nmv "$HOME/$1.new" "$HOME/$1"\nread -r _\n',
  );
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "--agent", "weary"], at);
  await eventually(() => existsSync(join(box.home, "kill")), { what: "fleet kill to end" });
  expect(readFileSync(join(box.home, "kill"), "utf8")).toBe(
    "  fix  ending  from outside  as soon as this command, which runs inside of it, is gone\n1 of 1 ended. Undo: fleet restore fix\n",
  );
  await eventually(() => registered(box).length === 0, { what: "the agent to be gone" });
  await expectNothingLeft(box, project);
  await box.fleet(["create", "other", "--agent", "tired"], at);
  await eventually(() => existsSync(join(box.home, "stop")), { what: "fleet stop to end" });
  expect(readFileSync(join(box.home, "stop"), "utf8")).toBe("  other  kept  this command runs inside of it\n");
  writeFileSync(join(agentOn(box, "other").worktree, "new"), "");
  expect(agentFile(box, "other", "stopped")).toBeUndefined();
});
