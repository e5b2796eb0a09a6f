import { expect, test } from "bun:test";
import { demoSandbox, registered, untilDemo } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";

test("the screen has agents of hosts, shows, prompts, answers, enters and ends them", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using _ = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  await box.fleet(["create", "mine", "-p", "note"], at);
  await untilDemo(box, "mine", "idle", 1);
  await box.fleet(["create", "fix", "-p", "say I am far away", "--host", "far1", "--wait"], at);
  const terminal = await box.terminal(["fleet"], { cwd: project.path, columns: 140 });
  await terminal.waitFor(/ fix +far1 +idle/);
  await terminal.type("/fix");
  await terminal.press("Enter");
  await terminal.waitFor(/^> {3}fix +far1 +idle/m);
  await terminal.type("l");
  await terminal.waitFor("> say I am far away");
  await terminal.type("d");
  await terminal.waitFor(/^\+- say I am far away$/m);
  await terminal.type("p");
  await terminal.waitFor("prompt for fix:");
  await terminal.type("ask which way?");
  await terminal.press("Enter");
  await terminal.waitFor(/^> ! fix +far1 +waiting/m);
  await terminal.type("a");
  await terminal.waitFor(/^fix asks:\nwhich way\?\nanswer:/m);
  await terminal.type("left");
  await terminal.press("Enter");
  await terminal.waitFor("fix answered: left");
  await terminal.press("Enter");
  await terminal.waitFor("You answered: left");
  await terminal.press("C-b");
  await terminal.type("d");
  await terminal.waitFor(/^> {3}fix +far1 +idle/m);
  await terminal.type("x");
  await terminal.waitFor("fix ended, branch kept: on far1: 1 commit");
  expect(registered(box).map(({ branch }) => branch)).toEqual(["mine"]);
  await terminal.type("u");
  await terminal.waitFor("fix is back and running");
  expect(
    registered(box)
      .map(({ branch }) => branch)
      .sort(),
  ).toEqual(["fix", "mine"]);
  await terminal.type("q");
  expect(await terminal.exitCode()).toBe(0);
});

test("a host that hangs is in nobody's way on the screen, and its agents are told as unreachable", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  await box.fleet(["create", "mine", "-p", "note"], at);
  await untilDemo(box, "mine", "idle", 1);
  await box.fleet(["create", "fix", "--host", "far1"], at);
  far.far1.hang();
  const terminal = await box.terminal(["fleet"], { cwd: project.path, columns: 140 });
  await terminal.waitFor("mine");
  await terminal.waitFor(/fix .*unreachable since/);
  await terminal.type("q");
  expect(await terminal.exitCode()).toBe(0);
  far.far1.hang("no more");
});

test("attach alone goes to the agent of a host that has ended with an error", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using _ = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  await box.fleet(["create", "fix", "-p", "fail 3", "--host", "far1"], at);
  await box.fleet(["wait", "fix"], at);
  const terminal = await box.terminal(["fleet", "attach"], { cwd: project.path });
  await terminal.waitFor("fix (has ended)");
  await terminal.press("C-b");
  await terminal.type("d");
  expect(await terminal.exitCode()).toBe(0);
});

test("attach alone goes to the agent of a host that waits for an answer", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using _ = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 120_000 };
  await box.fleet(["create", "mine", "-p", "note"], at);
  await box.fleet(["create", "fix", "-p", "ask which way?", "--host", "far1"], at);
  await box.fleet(["wait", "fix"], at);
  const terminal = await box.terminal(["fleet", "attach"], { cwd: project.path });
  await terminal.waitFor("? which way?");
  await terminal.press("C-b");
  await terminal.type("d");
  expect(await terminal.exitCode()).toBe(0);
});
