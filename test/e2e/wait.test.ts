import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import { eventually } from "../helpers/wait.ts";
import { agentDirectory, agentOn, demoSandbox, untilDemo } from "./agents.ts";

test("wait says who came to a halt and how, with 0 only when all is well", async () => {
  await using box = await demoSandbox('setup_commands = ["test $AI_FLEET_BRANCH != broken"]\n');
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["multi", "done:note", "over:fail 0", "failed:fail 3", "asks:ask which one?", "broken:x"], at);
  await box.fleet(["create", "stopped", "-p", "work 60"], at);
  await box.fleet(["stop", "stopped"], at);
  await box.fleet(["wait", "done", "over"], at).expect({ stdout: "  done  idle\n  over  exited  code 0\n" });
  await box.fleet(["wait", "--all"], at).expect({
    code: 1,
    stdout: [
      "  done     idle\n",
      "  over     exited   code 0\n",
      "! failed   exited   code 3\n",
      "! asks     waiting  which one?\n",
      "! broken   failed   setup command 1 exited 1\n",
      "! stopped  stopped  by you\n",
    ].join(""),
  });
});

test("wait gives up when the time is over, and with --any at the first halt", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["multi", "busy:work 60", "done:note"], at);
  await box.fleet(["wait", "--all", "--timeout", "1s"], at).expect({
    code: 124,
    stdout: "  done  idle\n  busy  not done yet\n",
  });
  await box.fleet(["wait", "--all", "--any"], at).expect({ stdout: "  done  idle\n" });
  await box
    .fleet(["wait", "busy", "--any", "--timeout", "1s"], at)
    .expect({ code: 124, stdout: "  busy  not done yet\n" });
  await box.fleet(["wait", "busy", "--timeout", "soon"], at).expect({ code: 2, stderr: /^✗ .*--timeout.*\n/ });
});

test("wait tells every change as a line of JSON", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "work 1"], at);
  const { stdout } = await box.fleet(["wait", "fix", "--json"], at).expect({ stdout: /^\{/ });
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  const { id } = agentOn(box, "fix");
  const line = (status: string) => ({ version: 1, branch: "fix", id, status, reason: null, status_detail: null });
  expect(lines.slice(-2)).toEqual([line("working"), line("idle")]);
});

test("the idle from before a prompt does not end a wait", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "note"], at);
  await untilDemo(box, "fix", "idle", 1);
  await box.fleet(["prompt", "fix", "work 1"], at).expect({ stdout: "  fix  submitted\n" });
  // As an agent that has not taken its prompt yet.
  const status = join(agentDirectory(box, "fix"), "status");
  writeFileSync(status, "idle\n");
  const wait = box.start(["wait", "fix"], at);
  await untilDemo(box, "fix", "idle", 2);
  await wait.ended().expect({ stdout: "  fix  idle\n" });
  expect(await Bun.file(join(agentDirectory(box, "fix"), "reply")).text()).toBe("I worked for 1 s.\n");
});

test("create --wait prints the reply, and with --rm nothing is left", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "work 0", "--wait", "--rm"], at).expect({
    stdout: "I worked for 0 s.\n",
    stderr: "  branch  fix, new, from main@[SHA]\n  agent   demo, never asks  [TIME]\n",
  });
  await expectNothingLeft(box, project);
  await box.fleet(["create", "fix", "-p", "ask why?", "--wait", "--rm"], at).expect({
    code: 1,
    stderr: /\nfix is waiting: why\?\n$/,
  });
  await expectNothingLeft(box, project);
  await box.fleet(["create", "fix", "-p", "fail 4", "--wait", "--rm"], at).expect({ code: 1, stderr: /code 4\n/ });
  await box.fleet(["create", "late", "-p", "work 60", "--wait", "--timeout", "1s", "--rm"], at).expect({
    code: 124,
    stderr: /\nlate is not done yet; the time is up\.\n$/,
  });
  await expectNothingLeft(box, project);
});

test("Ctrl-C ends a wait and nothing else", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "work 60"], at);
  const program = box.start(["wait", "fix", "--json"], at);
  await eventually(() => program.stdout.includes("working"), { what: "wait to look" });
  program.signalGroup("SIGINT");
  await program.ended().expect({ code: 130, stdout: /"status":"working".*\n\{.*"interrupted"/s });
  await box.fleet(["list", "-q", "--status", "working"], at).expect({ stdout: "fix\n" });
});
