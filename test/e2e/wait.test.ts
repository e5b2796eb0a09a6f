import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import { eventually } from "../helpers/wait.ts";
import { agentDirectory, agentOn, demoSandbox, endWork, untilDemo } from "./agents.ts";

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
  await untilDemo(box, "done", "idle", 1);
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
  await box.fleet(["create", "fix", "-p", "work 600"], at);
  const wait = box.start(["wait", "fix", "--json"], at);
  await eventually(() => wait.stdout.includes("working"), { what: "wait to look" });
  await endWork(box, 600);
  const { stdout } = await wait.ended().expect({ stdout: /^\{/ });
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

test("the rest of an agent between a turn and a prompt in its queue does not end a wait", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "work 600"], at);
  await untilDemo(box, "fix", "working", 1);
  await box.fleet(["prompt", "fix", "in the queue"], at).expect({ stdout: /queued/ });
  // As an agent that has ended a turn since then.
  const files = agentDirectory(box, "fix");
  for (const [name, text] of Object.entries({ reply: "I worked.\n", status: "idle\n" }))
    writeFileSync(join(files, name), text);
  await box.fleet(["wait", "fix", "--timeout", "2s"], at).expect({ code: 124, stdout: "  fix  not done yet\n" });
});

test("what an agent replied to an earlier prompt is not printed as the reply to one that it has not answered", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note", "--wait"], { cwd }).expect({ stdout: /^I noted that/, stderr: /./ });
  await box.fleet(["prompt", "fix", "ask which?", "--wait"], { cwd }).expect({
    code: 1,
    stderr: "fix is waiting: which?\n  to answer, run fleet answer fix\n",
  });
  await box.fleet(["answer", "fix", "that one"], { cwd }).expect({ stdout: /./ });
  await box.fleet(["wait", "fix"], { cwd }).expect({ stdout: /./ });
  await box.fleet(["prompt", "fix", "fail 3", "--wait"], { cwd }).expect({
    code: 1,
    stderr: "fix has exited: code 3\n  to see why, run fleet logs fix\n",
  });
  await box.fleet(["answer", "fix"], { cwd }).expect({ code: 1, stderr: /^✗ fix asks nothing: it has exited\n/ });
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
    stderr:
      /\nfix is waiting: why\?\n {2}to read what it did, run fleet logs fix; to bring it back, run fleet restore fix\n$/,
  });
  await expectNothingLeft(box, project);
  await box.fleet(["create", "fix", "-p", "fail 4", "--wait", "--rm"], at).expect({ code: 1, stderr: /code 4\n/ });
  await box.fleet(["create", "slow", "-p", "work 60", "--wait", "--timeout", "1s"], at).expect({
    code: 124,
    stderr: /\n {2}to wait on, run fleet wait slow; to stop it, run fleet interrupt slow\n$/,
  });
  await box.fleet(["kill", "slow", "-y"], at);
  await box.fleet(["create", "late", "-p", "work 60", "--wait", "--timeout", "1s", "--rm"], at).expect({
    code: 124,
    stderr:
      /\nlate is not done yet; the time is up\.\n {2}to read what it did, run fleet logs late; to bring it back, run fleet restore late\n$/,
  });
  await expectNothingLeft(box, project);
});

test("--rm keeps what a thrown away machine would lose, and --commit and --push put it where it stays", async () => {
  await using box = await demoSandbox('[agents.writer]\ncommand = "writer"\n');
  const project = await box.repository();
  const at = { cwd: project.path };
  const remote = join(box.home, "remote.git");
  await box.run(["git", "init", "--quiet", "--bare", remote]);
  await project.git("remote", "add", "origin", remote);
  box.executable("writer", "#!/bin/sh\necho new >written\n");
  const create = (branch: string, ...words: string[]) =>
    box.fleet(["create", branch, "--agent", "writer", "-p", "x", "--wait", ...words], at);
  const refused = await create("kept", "--rm");
  expect([refused.code, refused.stderr.split("\n").at(-2)]).toEqual([
    1,
    "kept is kept: 0 commits, 1 file in no commit; to put that on the branch, add --commit; to end it all the same, run fleet kill",
  ]);
  await box.fleet(["kill", "kept"], at);
  const { code, stdout } = await create("done", "--commit", "-m", "As it came", "--push", "--rm", "--json");
  expect(code).toBe(0);
  expect(JSON.parse(stdout).agents[0].work).toEqual({
    branch: "done",
    commits: 1,
    unsaved: 0,
    pushed: true,
    ended: true,
    branch_deleted: false,
    saved_ref: null,
  });
  expect(await project.git("--git-dir", remote, "log", "-1", "--format=%s", "done")).toBe("As it came");
});

test("what many agents made is put on their branches, pushed and reported, and what could not be is kept", async () => {
  await using box = await demoSandbox('[agents.writer]\ncommand = "writer"\n');
  const project = await box.repository();
  const at = { cwd: project.path };
  const remote = join(box.home, "remote.git");
  await box.run(["git", "init", "--quiet", "--bare", remote]);
  await project.git("remote", "add", "origin", remote);
  box.executable("writer", '#!/bin/sh\necho "$AI_FLEET_BRANCH" >written\n[ "$AI_FLEET_BRANCH" != two ]\n');
  const options = ["--wait", "--commit", "--push", "--rm", "--junit", "report.xml", "--json"];
  const { code, stdout } = await box.fleet(["multi", "one:x", "two:x", "--agent", "writer", ...options], at);
  expect(code).toBe(1);
  const agents: { readonly branch: string; readonly work: object }[] = JSON.parse(stdout).agents;
  expect(agents.map(({ work }) => work)).toMatchObject([
    { branch: "one", commits: 1, unsaved: 0, pushed: true, ended: true, branch_deleted: false },
    { branch: "two", commits: 0, unsaved: 1, pushed: false, ended: false },
  ]);
  expect(await project.git("--git-dir", remote, "branch", "--format=%(refname:short)")).toBe("one");
  const report = await Bun.file(join(project.path, "report.xml")).text();
  expect(report.replace(/time="\d+"/g, 'time="[TIME]"')).toBe(
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      "<testsuites>",
      '<testsuite name="fleet" tests="2" failures="1" errors="0" skipped="0">',
      '<testcase name="one" classname="writer" time="[TIME]"><system-out></system-out></testcase>',
      '<testcase name="two" classname="writer" time="[TIME]"><failure message="two has exited: code 1"/><system-out></system-out></testcase>',
      "</testsuite>",
      "</testsuites>",
      "",
    ].join("\n"),
  );
  await box.fleet(["fanout", "2", "y", "-p", "x", "--junit", "report.xml"], at).expect({
    code: 2,
    stderr: "✗ --junit only works with --wait or --pick\n  see fleet fanout --help\n",
  });
  await box.fleet(["fanout", "2", "y", "-p", "x", "--wait", "--junit", "gone/report.xml"], at).expect({
    code: 1,
    stderr: "✗ --junit: gone/report.xml cannot be written\n  name a file in a directory that you can write to\n",
  });
  await box.fleet(["fanout", "2", "y", "-p", "x", "--pick", "--push"], at).expect({
    code: 2,
    stderr: "✗ --pick and --push cannot be combined\n  see fleet fanout --help\n",
  });
});

test("fanout and multi wait for all and print what they replied", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["fanout", "2", "x", "-p", "work 0", "--wait"], at).expect({
    stdout: "x-A1 | I worked for 0 s.\nx-A2 | I worked for 0 s.\n",
    stderr: /./,
  });
  const { code, stdout } = await box.fleet(["multi", "a:work 0", "b:ask why?", "--wait", "--json"], at);
  expect(code).toBe(1);
  expect(JSON.parse(stdout).agents).toMatchObject([
    { branch: "a", status: "idle", reply: "I worked for 0 s." },
    { branch: "b", status: "waiting", reason: "why?" },
  ]);
  await box
    .fleet(["fanout", "2", "y", "-p", "work 60", "--wait", "--timeout", "1s"], at)
    .expect({ code: 124, stderr: /./ });
  await box
    .fleet(["multi", "c:work 0", "--timeout", "1s"], at)
    .expect({ code: 2, stderr: /--timeout only works with --wait/ });
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
