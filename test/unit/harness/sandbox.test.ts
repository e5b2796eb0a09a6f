import { expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { failureOf } from "../../helpers/failure.ts";
import { isAlive, processesIn } from "../../helpers/processes.ts";
import { type Sandbox, sandbox } from "../../helpers/sandbox.ts";
import { eventually } from "../../helpers/wait.ts";

const program = "/bin/sh";

test("the same files are the same commit in every sandbox", async () => {
  await using one = await sandbox({ program });
  await using two = await sandbox({ program });
  const first = await one.repository("api", { files: { "src/a.txt": "a\n" } });
  const second = await two.repository("web", { files: { "src/a.txt": "a\n" } });
  expect(first.path).toBe(join(one.home, "code/api"));
  expect(await first.git("rev-parse", "main")).toBe(await second.git("rev-parse", "main"));
  first.write("b/c.txt", "c\n");
  second.write("b/c.txt", "c\n");
  expect(await first.commit("more")).toBe(await second.commit("more"));
  expect(await first.git("status", "--porcelain")).toBe("");
});

test("git reads no configuration but that of the sandbox", async () => {
  await using box = await sandbox({ program });
  const { git } = await box.repository();
  const origins = (await git("config", "--list", "--show-origin")).split("\n").map((line) => line.split("\t")[0]);
  expect(new Set(origins)).toEqual(new Set([`file:${box.root}/gitconfig`, "file:.git/config"]));
});

test("a failing git command throws git's words", async () => {
  await using box = await sandbox({ program });
  const { git } = await box.repository();
  const { message } = await failureOf(git("switch", "nowhere"));
  expect(message).toContain("git switch nowhere: fatal: invalid reference: nowhere");
});

test("the program is found in PATH by both names, before other executables", async () => {
  await using box = await sandbox({ program });
  box.executable("git", "#!/bin/sh\necho mine\n");
  await box
    .fleet(["-c", "command -v fleet; command -v flt; git"])
    .expect({ stdout: "[ROOT]/bin/fleet\n[ROOT]/bin/flt\nmine\n" });
});

test("an executable takes the place of a provided program, which stays as it is", async () => {
  await using box = await sandbox({ program });
  const original = box.executable("original", "#!/bin/sh\necho original\n");
  box.provide(original, "agent");
  box.executable("agent", "#!/bin/sh\necho replaced\n");
  await box.run(["agent"]).expect({ stdout: "replaced\n" });
  await box.run(["original"]).expect({ stdout: "original\n" });
});

test("socket paths leave room below the limit of 107 bytes", async () => {
  await using box = await sandbox({ program });
  expect(box.tmux.socket.length).toBeLessThan(60);
});

test("the end of a sandbox ends its programs, terminals and tmux servers and removes its files", async () => {
  const box = await sandbox({ program });
  const background = box.start(["-c", "exec sleep 60"]);
  await box.terminal(["sleep", "60"]);
  await box.tmux.run(["new-session", "-d", "exec sleep 60"]);
  await box.run(["tmux", "new-session", "-d", "exec sleep 60"]);
  const pids = [background.pid, ...(await box.processes()).map(({ pid }) => pid)];
  expect(pids.length).toBe(5);
  await box[Symbol.asyncDispose]();
  expect(existsSync(box.root)).toBe(false);
  await eventually(() => !pids.some(isAlive), { what: "all processes to end" });
});

test("processes of the harness do not count as processes of the fleet", async () => {
  await using box = await sandbox({ program });
  box.start(["-c", "sleep 60 & sleep 60"]);
  const terminal = await box.terminal(["sh", "-c", "echo ready; sleep 60"]);
  await terminal.waitFor("ready");
  expect(await box.processes()).toEqual([]);
});

test("a process that survives is killed and fails the test, without hiding why else it failed", async () => {
  await using box = await sandbox({ program });
  const pidFile = join(box.temporary, "pid");
  const report = await runTest(
    box,
    `await using inner = await sandbox({ program: "/bin/sh", farewellMs: 1000 });
    await inner.fleet(["-c", "setsid sleep 61 >/dev/null 2>&1 & echo $! > ${pidFile}"]);
    expect("the test").toBe("right");`,
  );
  expect(report).toContain('Received: "the test"');
  expect(report).toMatch(/these processes outlived the test and had to be killed:\n {2}\d+ sleep 61\n/);
  const pid = Number(await Bun.file(pidFile).text());
  await eventually(() => !isAlive(pid), { what: "the survivor to end" });
});

test("a process that survives fails a concurrent test, too", async () => {
  await using box = await sandbox({ program });
  const report = await runTest(
    box,
    `await using inner = await sandbox({ program: "/bin/sh", farewellMs: 1000 });
    await inner.fleet(["-c", "setsid sleep 64 >/dev/null 2>&1 &"]);`,
    ["--concurrent"],
  );
  expect(report).toMatch(/these processes outlived the test and had to be killed:\n {2}\d+ sleep 64\n/);
});

test("a test that times out leaves nothing", async () => {
  await using box = await sandbox({ program });
  const report = await runTest(
    box,
    `await using inner = await sandbox({ program: "/bin/sh" });
    console.log("root " + inner.root);
    await inner.fleet(["-c", "sleep 62"]);`,
    ["--timeout=300"],
  );
  expect(report).toContain("timed out");
  const root = /root (\S+)/.exec(report)?.[1] ?? "";
  expect(root).toStartWith("/tmp/ft-");
  expect(existsSync(root)).toBe(false);
});

test("what a killed test run left is ended by the next one", async () => {
  await using box = await sandbox({ program });
  const note = join(box.temporary, "root");
  await runTest(
    box,
    `const inner = await sandbox({ program: "/bin/sh" });
    await inner.tmux.run(["new-session", "-d", "exec sleep 63"]);
    expect(processesIn(inner.root).length).toBe(2);
    await Bun.write("${note}", inner.root);
    process.kill(process.pid, "SIGKILL");`,
  );
  const root = await Bun.file(note).text();
  await runTest(box, `await sandbox({ program: "/bin/sh" });`);
  await eventually(() => processesIn(root).length === 0, { what: "the processes to be gone" });
  expect(existsSync(root)).toBe(false);
});

const helpers = resolve(import.meta.dir, "../../helpers");

/** What `bun test` reports of a test with this body. */
async function runTest(box: Sandbox, body: string, options: readonly string[] = []): Promise<string> {
  const file = join(box.temporary, "inner.test.ts");
  const [processes, sandboxes] = ["processes", "sandbox"].map((name) => resolve(helpers, `${name}.ts`));
  const imports = `import { expect, test } from "bun:test";\nimport { processesIn } from "${processes}";\nimport { sandbox } from "${sandboxes}";\n`;
  writeFileSync(file, `${imports}test("inner", async () => {${body}});\n`);
  const run = Bun.spawn([process.execPath, "test", ...options, file], { stdout: "pipe", stderr: "pipe" });
  return (await Promise.all([run.stdout.text(), run.stderr.text()])).join("");
}
