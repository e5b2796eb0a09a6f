import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { generator } from "./agreement.ts";
import type { PendingResult, Program, Result, RunOptions } from "./run.ts";
import type { Sandbox } from "./sandbox.ts";
import { eventually } from "./wait.ts";

const rounds = process.env.STEP_ROUNDS ?? "10";

/** Which steps are tried: the same for the same number. */
export const stepSeed = Number(process.env.STEP_SEED ?? Math.floor(Math.random() * 1_000_000));

/** All steps of an operation may be hundreds, of a second or two each. */
export const stepsMilliseconds = rounds === "all" ? 3_600_000 : 600_000;

/** One call of a program to the system that changes something outside of it: a file, a process. */
export interface Step {
  readonly call: string;
  /** Which of the calls of this name: 1 is the first. */
  readonly occurrence: number;
  /** What it was, as strace shows it. */
  readonly text: string;
}

/**
 * What changes something. That a file is made cannot be told from that one is read, so its first content stands for it; what a
 * processor or an older kernel does not have is left out by strace (`?`).
 */
const calls = [
  ...["mkdir", "mkdirat", "rmdir", "rename", "renameat", "renameat2", "unlink", "unlinkat", "link", "linkat"],
  ...["symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "truncate", "ftruncate", "fsync", "fdatasync"],
  ...["write", "writev", "pwrite64", "copy_file_range", "sendfile", "fork", "vfork", "clone", "clone3", "kill"],
];
const traced = `trace=${calls.map((call) => `?${call}`).join(",")}`;

/** Throws when this machine has no strace, or does not let one program trace another. */
export async function requireTracing(box: Sandbox): Promise<void> {
  const program = Bun.which("strace");
  if (program === null) throw new Error("this test needs strace: run scripts/setup strace (Linux only)");
  box.provide(program, "strace");
  const { code, stderr } = await box.run(["strace", "-o", "/dev/null", "true"]);
  if (code !== 0) throw new Error(`strace cannot trace on this machine, and this test needs it: ${stderr.trim()}`);
}

/**
 * Lets `fleet` do all it has to and returns its steps in their order. Those of its main thread: that is where its own code and
 * the calls that it waits for run. What its children do are steps of theirs.
 */
export async function stepsOf(box: Sandbox, args: readonly string[], options: RunOptions): Promise<Step[]> {
  const file = join(box.root, "trace");
  const { code, stderr } = await box.run(["strace", "-y", "-o", file, "-e", traced, "fleet", ...args], options);
  if (code !== 0) throw new Error(`fleet ${args.join(" ")} fails when nobody disturbs it: ${stderr}`);
  const steps = parseTrace(readFileSync(file, "utf8"));
  rmSync(file);
  return steps;
}

/** All steps where STEP_ROUNDS says so, or some: as far from each other as can be, with the first at random. */
export function chosenSteps(steps: readonly Step[], count = 10): readonly Step[] {
  const wanted = rounds === "all" ? steps.length : (Number(rounds) * count) / 10;
  if (wanted >= steps.length) return steps;
  const stride = steps.length / wanted;
  const first = generator(stepSeed)() * stride;
  return Array.from({ length: wanted }, (_, index) => steps[Math.floor(first + index * stride)]).filter(
    (step) => step !== undefined,
  );
}

/** Longer than any test. */
const heldMicroseconds = 600_000_000;

/** Starts `fleet` so that SIGKILL ends it when it is about to take a step: the step itself is not taken. */
export function dieBefore(
  box: Sandbox,
  { call, occurrence }: Step,
  args: readonly string[],
  options: RunOptions,
): PendingResult {
  const injection = `inject=${call}:signal=SIGKILL:when=${occurrence}`;
  return box.run(["strace", "-o", "/dev/null", "-e", `trace=${call}`, "-e", injection, "fleet", ...args], options);
}

/** Starts `fleet` and returns it when it is held before a step or has ended without coming to it. It is let go with `killHeld`. */
export async function heldBefore(
  box: Sandbox,
  { call, occurrence }: Step,
  args: readonly string[],
  options: RunOptions,
): Promise<Program> {
  const file = join(box.root, "held");
  const injection = `inject=${call}:delay_enter=${heldMicroseconds}:when=${occurrence}`;
  const strace = ["strace", "-D", "-o", file, "-e", `trace=${call}`, "-e", injection];
  const program = box.program([...strace, "fleet", ...args], options);
  const calls = () => (existsSync(file) ? readFileSync(file, "utf8").split(`${call}(`).length - 1 : 0);
  await eventually(() => !program.running || calls() === occurrence, { what: `step ${call} ${occurrence}` });
  rmSync(file);
  return program;
}

/** Ends what is held before a step, which it does not take, with all that holds it. */
export async function killHeld(program: Program): Promise<Result> {
  const status = program.running ? readFileSync(`/proc/${program.pid}/status`, "utf8") : "";
  const tracer = Number(/^TracerPid:\t(\d+)$/m.exec(status)?.[1] ?? 0);
  program.signal("SIGKILL");
  if (tracer > 0) process.kill(tracer, "SIGKILL");
  return program.ended();
}

function parseTrace(trace: string): Step[] {
  const counts = new Map<string, number>();
  return trace.split("\n").flatMap((line) => {
    const call = /^(\w+)\(/.exec(line)?.[1];
    if (call === undefined) return [];
    const occurrence = (counts.get(call) ?? 0) + 1;
    counts.set(call, occurrence);
    return changesSomething(call, line) ? [{ call, occurrence, text: line }] : [];
  });
}

/** Not what failed, not a thread, not what goes to the user, a child or another thread. */
function changesSomething(call: string, line: string): boolean {
  if (/ = -1 E/.test(line)) return false;
  if (call.startsWith("clone")) return !line.includes("CLONE_THREAD");
  const file = /^\w+\(\d+<([^>]*)>/.exec(line)?.[1];
  return file === undefined || (file.startsWith("/") && !/^\/(?:dev\/|memfd:)/.test(file));
}
