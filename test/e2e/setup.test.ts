import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import { eventually } from "../helpers/wait.ts";
import { agentDirectory, agentFile, agentOn, demoSandbox, ended, fleetHome } from "./agents.ts";

function withCommands(...commands: readonly string[]): string {
  return `setup_commands = ${JSON.stringify(commands)}\n`;
}

test("a setup that hangs is stopped with all that it started, when its time is over", async () => {
  const hang = "trap '' TERM; (sleep 1000; true) & wait";
  await using box = await demoSandbox(`setup_timeout = "1s"\n${withCommands("true", hang, "touch third")}`);
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "go"], at).expect({
    code: 1,
    stderr: [
      "  branch  fix, new, from main@[SHA]\n",
      "  setup   true  [TIME]\n",
      `✗ fix: a setup command was stopped because setup_timeout was over, so the agent was not started: ${hang}\n`,
      "  it is kept for a look: fleet logs fix; to remove it, run fleet kill fix\n",
    ].join(""),
  });
  const lines = (await box.fleet(["logs", "fix"], at)).stdout.trimEnd().split("\n");
  expect(lines.at(-1)).toBe(`setup command 2 was stopped, since the setup took longer than 1 s: ${hang}`);
  expect((await box.fleet(["list", "fix"], at)).stdout).toContain("setup command 2 took too long");
  expect(existsSync(join(agentOn(box, "fix").worktree, "third"))).toBe(false);
  const left = async () => (await box.processes()).filter(({ command }) => command.includes("sleep 1000"));
  await eventually(async () => (await left()).length === 0, { what: "the hanging command to be gone" });
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await expectNothingLeft(box, project);
});

test("a setup that asks finds nobody, and one that prints without end does not fill the disk", async () => {
  await using box = await demoSandbox(
    withCommands(
      "read answer || echo nobody answered",
      'head -c 100000000 /dev/zero | tr "\\0" "x" | fold -w 100; echo; sleep 1.5; echo the end',
    ),
  );
  const { path } = await box.repository();
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /fix is ready/ });
  const log = join(agentDirectory(box, "fix"), "setup.log");
  expect(statSync(log).size).toBeLessThan(11_000_000);
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  expect([lines[0], lines.at(-1)]).toEqual(["... what was printed before is not kept", "the end"]);
});

test("a server that a setup command leaves behind holds nothing up, and ends with its agent", async () => {
  await using box = await demoSandbox(withCommands("sleep 1000 & echo $! >server", "sh -c 'setsid sleep 2000 &'"));
  const project = await box.repository("project", { files: { ".gitignore": "server\n" } });
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at).expect({ stdout: "fix\n", stderr: /fix is ready/ });
  const server = Number(readFileSync(join(agentOn(box, "fix").worktree, "server"), "utf8"));
  expect((await box.processes()).some(({ pid }) => pid === server)).toBe(true);
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await expectNothingLeft(box, project);
});

test("Ctrl-C in the pane ends the setup command, and resume starts it again with the prompt", async () => {
  await using box = await demoSandbox(withCommands("test -e ~/go && exit; touch ~/started; exec sleep 1000"));
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "the task", "--detach"], at);
  await eventually(() => existsSync(join(box.home, "started")), { what: "the setup to have begun" });
  const [pane] = await box.tmux.panes();
  await box.tmux.run(["send-keys", "-t", pane?.id ?? "", "C-c"]);
  await eventually(() => agentFile(box, "fix", "phase") === "failed 1 130\n", { what: "the setup to have failed" });
  await box.run(["touch", join(box.home, "go")]);
  await box.fleet(["resume", "fix"], at).expect({ stdout: "  fix  resumed  started anew\n", stderr: /./ });
  await eventually(() => agentFile(box, "fix", "received") === "the task\0", { what: "the prompt to arrive" });
});

test("a setup that was slow to queue comes behind those that have their turn already", async () => {
  await using box = await demoSandbox();
  const setup = join(import.meta.dir, "../../src/fleet/life/launcher/setup.sh");
  // Between the writing of its ticket and its place in the queue two others come and go on.
  const script = `. ${setup}
    ai_fleet_queue=$HOME/queue ai_fleet_ticket=own ai_fleet_setup_parallel=2
    ai_fleet_note() { :; }
    command() {
      shift
      case $1 in
        mv) sleep 0.05; for other in one two; do printf '%s\\n' $$ "$ai_fleet_boot" >"$ai_fleet_queue/$other"; done; sleep 0.05 ;;
        sleep) echo waits; exit ;;
      esac
      "$@"
    }
    ai_fleet_take_turn
    echo goes on`;
  await box.run(["sh", "-c", script]).expect({ stdout: "waits\n" });
});

test("no more worktrees than setup_parallel are set up at the same time, and those that wait say so", async () => {
  const count =
    "ls ~/now >>~/seen; mkdir -p ~/now/$AI_FLEET_ID; ls ~/now | wc -l >>~/most; until [ -e ~/go ]; do sleep 0.02; done; rmdir ~/now/$AI_FLEET_ID";
  await using box = await demoSandbox(`setup_parallel = 2\n${withCommands(count)}`);
  const { path } = await box.repository();
  const fanout = box.start(["fanout", "5", "a", "-p", "task"], { cwd: path });
  await eventually(async () => (await box.fleet(["list"], { cwd: path })).stdout.includes("waits for other setups"), {
    what: "an agent that waits for its turn",
  });
  writeFileSync(join(box.home, "go"), "");
  await fanout.ended().expect({ stdout: /a-A5/, stderr: /./ });
  const most = readFileSync(join(box.home, "most"), "utf8").trim().split("\n").map(Number);
  expect(most).toHaveLength(5);
  expect(Math.max(...most)).toBeLessThanOrEqual(2);
  expect(readdirSync(join(fleetHome(box), "agents/setup-queue"))).toEqual([]);
});

test("a setup command does not outlive the session", async () => {
  await using box = await demoSandbox(withCommands("touch ~/started; sleep 1000; true"));
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "--detach"], { cwd: path });
  await eventually(() => existsSync(join(box.home, "started")), { what: "the setup to have begun" });
  await box.tmux.run(["kill-server"]);
  await eventually(async () => (await box.processes()).length === 0, { what: "all processes to be gone" });
});

test("a launcher that was killed gives its turn up", async () => {
  await using box = await demoSandbox(`setup_parallel = 1\n${withCommands("test -e ~/go || exec sleep 1000")}`);
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "one", "--detach"], at);
  await eventually(() => agentFile(box, "one", "phase") === "setup 1\n", { what: "the first setup to have begun" });
  const [pane] = await box.tmux.panes();
  process.kill(pane?.pid ?? 0, "SIGKILL");
  await box.run(["touch", join(box.home, "go")]);
  await box.fleet(["create", "two"], at).expect({ stdout: "two\n", stderr: /two is ready/ });
  await box.fleet(["kill", "one"], at).expect(ended("one"));
});

test("on a terminal the setup command that runs is shown with a clock and its last line, until it is over", async () => {
  await using box = await demoSandbox(withCommands("echo fetching 3 of 9; until test -e go; do sleep 0.05; done"));
  const { path } = await box.repository();
  const terminal = await box.terminal(["fleet", "create", "fix"], { cwd: path, columns: 120 });
  await terminal.waitFor(/ {2}setup {3}echo fetching .* [1-9]s {2}fetching 3 of 9/);
  writeFileSync(join(agentOn(box, "fix").worktree, "go"), "");
  await terminal.waitFor("fix is ready for a prompt.");
  expect(await terminal.exitCode()).toBe(0);
});
