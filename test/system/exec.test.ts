import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../../src/errors.ts";
import { findProgram, type RunOptions, run, runByLine, startDetached } from "../../src/system/exec.ts";
import { runOnTerminal } from "../../src/system/on-terminal.ts";
import { processStarts } from "../../src/system/processes/table.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";

const environment = { PATH: "/usr/bin:/bin" };
const execModule = join(import.meta.dir, "../../src/system/exec.ts");
const terminalModule = join(import.meta.dir, "../../src/system/on-terminal.ts");

function sh(script: string, options: Partial<RunOptions> = {}) {
  return run(["/bin/sh", "-c", script], { environment, ...options });
}

async function failureOf(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt();
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

test("a program is run to its end and all it printed is collected", async () => {
  expect(await sh("echo out; echo err >&2; exit 3")).toMatchObject({
    argv: ["/bin/sh", "-c", "echo out; echo err >&2; exit 3"],
    exitCode: 3,
    timedOut: false,
    stdout: "out\n",
    stderr: "err\n",
  });
});

test("much output on both sides does not stop a program", async () => {
  const { stdout, stderr } = await sh("head -c 2000000 /dev/zero & head -c 2000000 /dev/zero >&2; wait");
  expect([stdout.length, stderr.length]).toEqual([2_000_000, 2_000_000]);
});

test("output is text, whatever bytes it is made of", async () => {
  expect((await sh("printf '\\303\\274\\377'")).stdout).toBe("ü\ufffd");
});

test("a program reads its input to the end, or none at all", async () => {
  const much = "line\n".repeat(100_000);
  expect((await run(["cat"], { environment, input: much })).stdout).toBe(much);
  expect((await run(["cat"], { environment, input: new Uint8Array([65, 66]) })).stdout).toBe("AB");
  expect((await run(["cat"], { environment })).stdout).toBe("");
});

test("a program that does not want its input is no failure", async () => {
  expect((await run(["true"], { environment, input: "x".repeat(1_000_000) })).exitCode).toBe(0);
});

test("a program gets the environment it is given, and nothing of ours", async () => {
  const given = { ONE: "1", TWO: "a\nb=c", EMPTY: "", ABSENT: undefined };
  const { stdout } = await run(["/usr/bin/env", "-0"], { environment: given });
  expect(stdout.split("\0").slice(0, -1).sort()).toEqual(["EMPTY=", "ONE=1", "TWO=a\nb=c"]);
});

test("a program runs in the directory it is given", async () => {
  const directory = temporaryFolder();
  expect((await run(["pwd"], { environment, directory })).stdout).toBe(`${directory}\n`);
});

for (const [signal, exitCode] of [
  ["TERM", 143],
  ["KILL", 137],
  ["HUP", 129],
] as const) {
  test(`a program that SIG${signal} ended has the exit code ${exitCode}`, async () => {
    expect(await sh(`kill -${signal} $$`)).toMatchObject({ exitCode, timedOut: false });
  });
}

test("a program that takes too long is ended with all it started", async () => {
  const file = join(temporaryFolder(), "pid");
  const result = await sh(`sleep 60 & echo $! >${file}; echo begun; wait`, { timeoutMilliseconds: 1000 });
  expect(result).toMatchObject({ exitCode: 137, timedOut: true, stdout: "begun\n" });
  const started = Number(readFileSync(file, "utf8"));
  await eventually(async () => (await processStarts([started])).size === 0, { what: "what it had started to end" });
});

test("a program that is called off is ended, also when it was called off before it was started", async () => {
  const before = AbortSignal.abort();
  expect(await sh("exec sleep 20", { cancelled: before })).toMatchObject({ exitCode: 137, timedOut: false });
  const line = { environment, cancelled: before };
  expect(await runByLine(["/bin/sh", "-c", "exec sleep 20"], line, () => undefined)).toBe(143);
  const during = new AbortController();
  const options = { environment, cancelled: during.signal };
  expect(await runByLine(["/bin/sh", "-c", "echo begun; exec sleep 20"], options, () => during.abort())).toBe(143);
});

test("a program that is quick enough has not timed out", async () => {
  expect(await sh("exit 0", { timeoutMilliseconds: 10_000 })).toMatchObject({ exitCode: 0, timedOut: false });
  expect(await sh("kill -KILL $$", { timeoutMilliseconds: 10_000 })).toMatchObject({ exitCode: 137, timedOut: false });
});

test("a program that takes too long is not waited for, whatever holds its output open", async () => {
  const file = join(temporaryFolder(), "pid");
  const daemon = `setsid sh -c 'echo $$ >${file}; exec sleep 60' & sleep 60`;
  try {
    const result = await Promise.race([
      sh(daemon, { timeoutMilliseconds: 1000 }),
      Bun.sleep(20_000).then(() => "still waiting"),
    ]);
    expect(result).toMatchObject({ exitCode: 137, timedOut: true });
  } finally {
    process.kill(Number(readFileSync(file, "utf8")), "SIGKILL");
  }
});

test("Ctrl-C on the terminal reaches us alone", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const child = `echo run >${box.home}/child; until [ -e ${box.home}/go ]; do sleep 0.02; done; exit 7`;
  const script = `import { run } from ${JSON.stringify(execModule)};
    process.on("SIGINT", () => console.log("we were asked to stop"));
    const { exitCode } = await run(["/bin/sh", "-c", ${JSON.stringify(child)}], { environment: process.env });
    console.log("exit code", exitCode);`;
  const terminal = await box.terminal([process.execPath, "-e", script]);
  await eventually(() => existsSync(join(box.home, "child")), { what: "the program to run" });
  await terminal.press("C-c");
  await terminal.waitFor("we were asked to stop");
  writeFileSync(join(box.home, "go"), "");
  await terminal.waitFor("exit code 7");
});

test("a program on the terminal has the terminal, and its exit code counts", async () => {
  await using box = await sandbox({ program: "/bin/sh" });
  const script = `import { runOnTerminal } from ${JSON.stringify(terminalModule)};
    const program = ["/bin/sh", "-c", "test -t 0 && test -t 1 && test -t 2 && printf 'name? ' && read name && echo hello $name; exit 5"];
    console.log("exit code", await runOnTerminal(program, { environment: process.env, directory: "/" }));`;
  const terminal = await box.terminal([process.execPath, "-e", script]);
  await terminal.waitFor("name?");
  await terminal.type("you");
  await terminal.press("Enter");
  await terminal.waitFor("hello you");
  await terminal.waitFor("exit code 5");
});

test("a program that outlives us is started and not waited for", async () => {
  const directory = temporaryFolder();
  startDetached(["/bin/sh", "-c", "ps -o sid= -p $$ >session.new; echo $$ >>session.new; mv session.new session"], {
    environment,
    directory,
  });
  await eventually(() => existsSync(join(directory, "session")), { what: "the program to have run" });
  const [session = "", pid = "-"] = readFileSync(join(directory, "session"), "utf8").split("\n");
  expect(session.trim()).toBe(pid);
});

test("a program is found on the PATH that is given", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "mine"), "#!/bin/sh\n");
  chmodSync(join(folder, "mine"), 0o755);
  writeFileSync(join(folder, "data"), "");
  expect(findProgram("mine", { PATH: `/nowhere:${folder}` })).toBe(join(folder, "mine"));
  expect(findProgram("data", { PATH: folder })).toBeUndefined();
  expect(findProgram("mine", { PATH: "/bin" })).toBeUndefined();
  expect(findProgram("sh", {})).toBeUndefined();
});

/** What is started, in a directory, and the error that tells why it could not be. */
const impossible: readonly (readonly [string, string, string, Partial<FleetError>])[] = [
  [
    "a program that is not there",
    "no-such-program",
    "directory",
    { kind: "missing-tool", message: "no-such-program could not be started: there is no such program" },
  ],
  [
    "a program that is not there, in a directory that is a link",
    "no-such-program",
    "link",
    { kind: "missing-tool", message: "no-such-program could not be started: there is no such program" },
  ],
  ["a directory that is not there", "true", "missing", { kind: "failed" }],
  ["a directory that is a file", "true", "file", { kind: "failed" }],
  ["a file that is no program", "../file", "directory", {}],
];

test("words that are more than the system takes are told as that, and as no bug", async () => {
  const call = run(["true", "x".repeat(4_000_000)], { environment: {} });
  await expect(call).rejects.toMatchObject({
    kind: "failed",
    message: expect.stringMatching(/^true could not be started: /),
  });
});

for (const [what, program, directory, error] of impossible) {
  test(`${what} is told as such`, async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "directory"));
    symlinkSync(join(folder, "directory"), join(folder, "link"));
    writeFileSync(join(folder, "file"), "");
    const options = { environment, directory: join(folder, directory) };
    for (const attempt of [run, runOnTerminal, startDetached]) {
      const failure = await failureOf(() => attempt([program], options));
      expect(failure).toBeInstanceOf(FleetError);
      expect(failure).toMatchObject(error);
    }
  });
}

test("a program runs in a directory that is reached through a link", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "directory"));
  symlinkSync("directory", join(folder, "link"));
  expect((await run(["pwd", "-P"], { environment, directory: join(folder, "link") })).stdout).toBe(
    `${folder}/directory\n`,
  );
});
