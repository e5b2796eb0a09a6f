import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanAway } from "../helpers/clean-away.ts";
import { whenAsked } from "../helpers/cut-link.ts";
import { killProcesses, processesIn } from "../helpers/processes.ts";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox, textOf } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";

test("two users of one host see their own agents alone, and cannot take each other's names", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await project.git("remote", "add", "origin", "https://git.example/acme/shop.git");
  await using far = await demoHosts(box, ["far1"]);
  const home = join(box.root, "other");
  mkdirSync(home, { mode: 0o700 });
  writeFileSync(join(home, "config.toml"), far.far1.table, { mode: 0o600 });
  const one = { cwd: project.path, timeoutMs: 60_000 };
  const other = { ...one, env: { AI_FLEET_HOME: home } };
  await box.fleet(["create", "mine", "-p", "note", "--host", "far1"], one);
  await box.fleet(["create", "theirs", "-p", "note", "--host", "far1"], other);
  expect((await box.fleet(["create", "mine", "-p", "note", "--host", "far1"], other)).stderr).toMatch(
    /the name is taken, so nothing was made\n.*mine/,
  );
  expect((await box.fleet(["list", "-q"], one)).stdout).toBe("mine\n");
  expect((await box.fleet(["list", "-q"], other)).stdout).toBe("theirs\n");
});

test("a command that is killed leaves nothing of its connection", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 60_000 };
  await box.fleet(["create", "fix", "-p", "work 60", "--host", "far1"], at);
  const running = async (words: RegExp) => (await box.processes()).filter(({ command }) => words.test(command)).length;
  const nothingIsLeft = async () => (await running(/^ssh | api$/)) === 0;
  const waiting = box.start(["wait", "fix"], { cwd: project.path });
  const masters = () => readdirSync(box.temporary).filter((name) => name.startsWith("fleet-ssh-"));
  await eventually(() => masters().length === 1, { what: "a link" });
  await eventually(() => readdirSync(join(box.temporary, masters()[0] ?? "")).includes("s"), { what: "its socket" });
  waiting.signal("SIGKILL");
  await eventually(nothingIsLeft, { what: "the link and what it began there to end" });

  const asked = whenAsked(far.far1, '"call":"wait"');
  const again = box.start(["wait", "fix"], { cwd: project.path });
  await eventually(() => existsSync(asked), { what: "the host to be asked" });
  again.signal("SIGKILL");
  await eventually(nothingIsLeft, { what: "the link and the wait on the host to end" });
});

test("an interrupted wait ends at once, and the agent on the host goes on", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using _ = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 60_000 };
  await box.fleet(["create", "fix", "-p", "work 60", "--host", "far1"], at);
  const waiting = box.start(["wait", "fix"], { cwd: project.path });
  await eventually(() => readdirSync(box.temporary).some((name) => name.startsWith("fleet-ssh-")), { what: "a link" });
  waiting.signal("SIGINT");
  await waiting.ended().expect({ code: 130, stderr: /interrupted/ });
  expect(readdirSync(box.temporary).filter((name) => name.startsWith("fleet-ssh-"))).toEqual([]);
  expect((await box.fleet(["list", "--format", "{{status}}"], at)).stdout).toBe("working\n");
});

test("a host that is started anew has its agents as it left them, and resume brings each back once", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1", "far2"]);
  const at = { cwd: project.path, timeoutMs: 60_000 };
  await box.fleet(["create", "fix", "-p", "note", "--host", "far1"], at);
  await box.fleet(["create", "busy", "-p", "work 60", "--host", "far1"], at);
  await box.fleet(["create", "other", "-p", "note", "--host", "far2"], at);
  await box.fleet(["wait", "fix", "other"], at);
  const unsaved = join(far.far1.home, ".ai_fleet/worktrees/fix/unsaved.txt");
  writeFileSync(unsaved, "in no commit\n");
  const list = ["list", "--format", "{{branch}} {{status}}", "--sort", "branch"];

  await far.far1.stop("connections");
  const machine = join(box.root, "hosts/far1");
  killProcesses(processesIn(machine));
  cleanAway(join(machine, "tmp"));
  mkdirSync(join(machine, "tmp"), { mode: 0o700 });
  await box.fleet(list, at).expect({
    stdout: "busy unknown\nfix unknown\nother idle\n",
    stderr: /^ {2}! far1 is unreachable since .*Connection refused\n$/,
  });
  await far.far1.start();
  await box.fleet(list, at).expect({ stdout: "busy stopped\nfix stopped\nother idle\n" });
  await box.fleet(["resume", "fix", "busy"], at).expect({
    stdout: /^ {2}fix +resumed .*\n {2}busy +resumed .*its last turn was cut off {2}fleet prompt busy "go on"\n$/,
  });
  await box.fleet(list, at).expect({ stdout: /^busy \w+\nfix \w+\nother idle\n$/ });
  await box.fleet(["resume", "fix"], at).expect({ code: 1, stderr: /^✗ fix still runs: / });
  expect(textOf(unsaved)).toBe("in no commit\n");
});
