import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { failureOf } from "../../helpers/failure.ts";
import { sandbox } from "../../helpers/sandbox.ts";
import { eventually } from "../../helpers/wait.ts";

// `fleet` is a shell here: what a program does is up to its arguments.
const program = "/bin/sh";

test("success and silence need no words", async () => {
  await using box = await sandbox({ program });
  await box.fleet(["-c", "exit 0"]).expect();
});

test("output, errors and exit code are compared exactly", async () => {
  await using box = await sandbox({ program });
  const script = "echo $HOME; echo oh >&2; exit 3";
  await box.fleet(["-c", script]).expect({ code: 3, stdout: "[ROOT]/home\n", stderr: "oh\n" });
  await box.flt(["-c", script]).expect({ code: 3, stdout: /^\[ROOT\]/, stderr: /oh/ });
});

const unexpected = [
  ["echo out", { stdout: "out" }],
  ["echo out", {}],
  ["echo err >&2", {}],
  ["exit 1", {}],
  ["exit 0", { code: 1 }],
  ["kill $$", { code: 143 }],
  ["exit 1", { signal: "SIGTERM" }],
  ["echo out", { stdout: /in/ }],
] as const;

test.each(unexpected)("%j is not %j", async (script, expected) => {
  await using box = await sandbox({ program });
  const result = await box.fleet(["-c", script]);
  expect(() => result.expect(expected)).toThrow("expect(received).toEqual(expected)");
});

test("input arrives as it is, and without input there is none", async () => {
  await using box = await sandbox({ program });
  const bytes = new Uint8Array([0, 10, 97]);
  await box.fleet(["-c", "od -An -c"], { input: bytes }).expect({ stdout: "  \\0  \\n   a\n" });
  await box.fleet(["-c", "cat"], { input: "x".repeat(1_000_000) }).expect({ stdout: "x".repeat(1_000_000) });
  await box.fleet(["-c", "cat; readlink /proc/self/fd/0"]).expect({ stdout: "/dev/null\n" });
});

test("input that is not read is no error", async () => {
  await using box = await sandbox({ program });
  await box.fleet(["-c", "exit 0"], { input: "x".repeat(1_000_000) }).expect();
});

test("variables are added and taken away", async () => {
  await using box = await sandbox({ program });
  const env = { ADDED: "yes", LC_ALL: undefined };
  const { stdout } = await box.fleet(["-c", "env | sort | cut -d= -f1 | grep -v -e '^_$' -e '^PWD$'"], { env });
  const usual = Object.keys(box.env).filter((name) => name !== "LC_ALL");
  expect(stdout.trim().split("\n")).toEqual([...usual, "ADDED"].sort());
});

test("a program has no terminal, not even the one of the test run", async () => {
  await using box = await sandbox({ program });
  await box.fleet(["-c", ": </dev/tty"]).expect({ code: 2, stderr: /No such device or address/ });
});

test("a background program can be watched, signalled and waited for", async () => {
  await using box = await sandbox({ program });
  const loop = box.start(["-c", "trap 'echo bye; exit 130' INT; echo ready; while :; do sleep 0.1; done"]);
  await eventually(() => loop.stdout === "ready\n", { what: "the trap" });
  loop.signal("SIGINT");
  await loop.ended().expect({ code: 130, stdout: "ready\nbye\n" });
});

/** On SIGTERM it says so and waits for its child, which ends when the file `go` appears. */
const family = `
  sh -c 'while ! [ -e go ]; do sleep 0.1; done; echo child done' &
  trap 'echo parent told' TERM
  echo ready
  wait $!
  wait $!
`;

test("a signal to a program does not reach what it started", async () => {
  await using box = await sandbox({ program });
  const parent = box.start(["-c", family]);
  await eventually(() => parent.stdout === "ready\n", { what: "the trap" });
  parent.signal("SIGTERM");
  await eventually(() => parent.stdout === "ready\nparent told\n", { what: "the signal" });
  writeFileSync(join(box.home, "go"), "");
  await parent.ended().expect({ stdout: "ready\nparent told\nchild done\n" });
});

test("a signal to the group of a program reaches what it started", async () => {
  await using box = await sandbox({ program });
  const parent = box.start(["-c", family]);
  await eventually(() => parent.stdout === "ready\n", { what: "the trap" });
  parent.signalGroup("SIGTERM");
  await parent.ended().expect({ code: 143, stdout: "ready\nparent told\n", stderr: /^(Terminated\n)?$/ });
});

test("a program that hangs is ended, with what it wrote in the message", async () => {
  await using box = await sandbox({ program });
  const hanging = box.fleet(["-c", "echo so far; exec sleep 60"], { timeoutMs: 1000 });
  const { message } = await failureOf(hanging);
  expect(message).toContain("fleet -c echo so far; exec sleep 60 still runs after 1000 ms\nstdout: so far\n");
});

test("a process that keeps the output open is told from a program that hangs", async () => {
  await using box = await sandbox({ program });
  const left = box.fleet(["-c", "sleep 3 &"], { timeoutMs: 1000 });
  const { message } = await failureOf(left);
  expect(message).toContain("has ended, but a process it started holds its output open, after 1000 ms");
});
