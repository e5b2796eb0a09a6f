import { expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox } from "./agents.ts";
import { demoHosts, tmuxOf } from "./demo-hosts.ts";

test("agents on hosts are prompted, asked, answered, read, waited for, stopped and brought back as those here are", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const at = { cwd: project.path, timeoutMs: 60_000 };
  await using far = await demoHosts(box, ["far1", "far2"]);
  await box.fleet(["fanout", "2", "x", "-p", "note", "--host", "any"], at);
  await box.fleet(["create", "mine", "-p", "note"], at);

  await box.fleet(["wait", "x", "mine", "--timeout", "50s"], at).expect({
    stdout: /^ {2}x-A1 +idle *\n {2}x-A2 +idle *\n {2}mine +idle *\n$/,
  });
  await box.fleet(["prompt", "far1:x-A1", "mine", "-p", "say hello there"], at).expect({
    stdout: /^ {2}x-A1 +submitted *\n {2}mine +submitted *\n$/,
    stderr: "2 of 2 have it.\n",
  });
  await box.fleet(["wait", "x-A1", "--json"], at).expect({ stdout: /"branch":"x-A1".*"status":"idle"/ });
  expect((await box.fleet(["logs", "x-A1"], at)).stdout).toContain("hello there");

  await box.fleet(["prompt", "x-A2", "ask which way?"], at);
  await box.fleet(["wait", "x-A2"], at).expect({ code: 1, stdout: /^! x-A2 {2}waiting {2}which way\?/ });
  await box.fleet(["answer", "x-A2"], at).expect({ stdout: /^x-A2 asks:\n {2}which way\?/, stderr: /./ });
  await box.fleet(["answer", "x-A2", "left"], at).expect({ stdout: /^ {2}x-A2 {2}answered/ });

  for (const words of [
    ["path", "x-A1"],
    ["budget", "x-A1", "3USD"],
  ]) {
    await box.fleet(words, at).expect({
      code: 1,
      stderr:
        /^✗ x-A1 is on far\d, and this looks at agents of this machine alone\n {2}to run a command there, run fleet exec x-A1 -- COMMAND; to bring it here, run fleet move x-A1 --here\n$/,
    });
  }
  await box.fleet(["exec", "x", "--", "printf", "%s|", "two words", "it's"], at).expect({
    stdout: /^x-A1 .*two words\|it's\|\nx-A2 .*two words\|it's\|\n$/,
    stderr: "2 of 2 ended with 0.\n",
  });
  await box.fleet(["stop", "x"], at).expect({ stdout: /^ {2}x-A1 {2}stopped *\n {2}x-A2 {2}stopped *\n$/ });
  await box.fleet(["resume", "x-A1"], at).expect({ stdout: /^ {2}x-A1 {2}resumed/ });
  await box.fleet(["interrupt", "x-A1"], at).expect({ stdout: /^ {2}x-A1 {2}(?:idle|interrupted)/ });

  await far.far2.stop("connections");
  const { code, stdout } = await box.fleet(["prompt", "x", "-p", "note"], at);
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: expect.stringMatching(/^ {2}x-A1 +(?:submitted|queued).*\n {2}x-A2 +failed +far2 cannot be reached/),
  });
});

test("attach shows an agent of a host on the terminal", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using _ = await demoHosts(box, ["far1"]);
  await box.fleet(["create", "fix", "-p", "say I am far away", "--host", "far1"], {
    cwd: project.path,
    timeoutMs: 60_000,
  });
  const terminal = await box.terminal(["fleet", "attach", "fix"], { cwd: project.path });
  await terminal.waitFor("I am far away");
  await terminal.press("C-b");
  await terminal.type("d");
  expect(await terminal.exitCode()).toBe(0);
});

test("what a host was asked when the link broke is told once it is back, and done once", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  const at = { cwd: project.path, timeoutMs: 60_000 };
  await using far = await demoHosts(box, ["far1"]);
  await box.fleet(["create", "fix", "-p", "note", "--host", "far1"], at);
  await box.fleet(["wait", "fix"], at);
  const asked = join(box.home, ".ai_fleet/asked");
  mkdirSync(asked, { recursive: true, mode: 0o700 });
  // It is asked for and answered in less time than there is between two looks: without tmux there is no answer yet.
  const tmux = await tmuxOf(box, far.far1);
  process.kill(tmux, "SIGSTOP");
  const prompting = box.fleet(["prompt", "fix", "say once"], at);
  try {
    await eventually(() => readdirSync(asked).length > 0, { what: "the prompt to be asked for" });
    far.far1.hang();
    await far.far1.stop("connections");
  } finally {
    process.kill(tmux, "SIGCONT");
  }
  const { code, stdout } = await prompting;
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: expect.stringMatching(/fix +failed +the link to far1 was lost/),
  });
  await far.far1.start();
  const told = /far1: prompt of fix at .*: (?:done|it never arrived, so nothing was done|.*interrupted)\n/;
  await eventually(async () => told.test((await box.fleet(["list"], at)).stderr), { what: "the outcome to be told" });
  expect(readdirSync(asked)).toEqual([]);
});
