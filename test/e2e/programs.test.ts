import { expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../helpers/sandbox.ts";
import { demoSandbox, untilDemo } from "./agents.ts";

/**
 * Each program that is started costs milliseconds, and they creep in unseen. Who needs one more updates the list, and has seen it.
 */
test("commands start the programs that they need, and no others", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  await box.fleet(["create", "first"], { cwd });
  await untilDemo(box, "first", "idle");
  const started = async (...words: string[]) => ({ [`fleet ${words.join(" ")}`]: await programsOf(box, cwd, words) });
  const starts = [
    await started("--version"),
    await started("create", "fix"),
    sessionsTogether(await started("fanout", "3", "x", "-p", "note")),
  ];
  for (const branch of ["x-A1", "x-A2", "x-A3"]) await untilDemo(box, branch, "idle", 1);
  const lists = [
    ...starts,
    await started("list", "--fresh"),
    await started("list"),
    await started("path", "fix"),
    await started("stop", "first"),
    await started("kill", "fix"),
    await started("kill", "x", "-y"),
    await started("restore", "--last"),
  ];
  expect(Object.assign({}, ...lists)).toMatchSnapshot();
});

/**
 * So does each file that is opened, on a slow or distant disk the more. How often is noise-free, unlike the number of all system calls, which
 * the runtime decides; where strace is not installed, or may not trace, there is nothing to count with.
 */
test("a look opens no file of fleet's own more than twice, and a fixed number for each agent", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  const opened = async (...words: string[]) => Object.values(await filesOpened(box, cwd, words));
  expect(await opened("--version")).toEqual([]);
  const counts: number[] = [];
  for (const branch of ["one", "two", "three"]) {
    await box.fleet(["create", branch, "-p", "note"], { cwd });
    await untilDemo(box, branch, "idle", 1);
    await box.fleet(["list", "--fresh"], { cwd });
    const times = await opened("list");
    expect(Math.max(0, ...times)).toBeLessThanOrEqual(2);
    counts.push(times.reduce((sum, count) => sum + count, 0));
  }
  const [one = 0, two = 0, three = 0] = counts;
  expect(three - two).toBe(two - one);
  expect(two - one).toBeLessThanOrEqual(10);
});

/** Sessions that are ready within a moment of each other are made in one call: how many calls that are is the machine's. */
function sessionsTogether(programs: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  const told = (program: string) => program.replace(/^[123] x tmux new-session$/, "1 to 3 x tmux new-session");
  return Object.fromEntries(Object.entries(programs).map(([words, started]) => [words, started.map(told).sort()]));
}

/** How often a command itself opens each file below its own home. */
async function filesOpened(box: Sandbox, cwd: string, words: readonly string[]): Promise<Record<string, number>> {
  const strace = Bun.which("strace");
  if (strace === null || Bun.spawnSync([strace, "true"]).exitCode !== 0) return {};
  const file = join(box.home, "system-calls.txt");
  await box.run([strace, "-f", "-qq", "-e", "trace=execve,openat", "-o", file, "fleet", ...words], { cwd });
  const lines = readFileSync(file, "utf8").split("\n");
  const started = new Set(
    lines
      .filter((line) => line.includes(" execve("))
      .slice(1)
      .map((line) => line.split(" ")[0]),
  );
  const own = lines.filter((line) => !started.has(line.split(" ")[0]));
  const paths = own.flatMap((line) => /openat\([^"]*"([^"]*\/\.ai_fleet\/[^"]*)"/.exec(line)?.[1] ?? []);
  return Object.fromEntries(
    Object.entries(Object.groupBy(paths, (path) => path)).map(([path, all]) => [path, all?.length ?? 0]),
  );
}

/** The programs that a command starts, with the subcommand of git and tmux and how often, in alphabetical order. */
async function programsOf(box: Sandbox, cwd: string, words: readonly string[]): Promise<string[]> {
  const file = join(box.home, "trace.txt");
  rmSync(file, { force: true });
  await box.fleet(words, { cwd, env: { AI_FLEET_TRACE: file } });
  const lines = await Bun.file(file)
    .exists()
    .then((exists) => (exists ? readFileSync(file, "utf8").split("\n").filter(Boolean) : []));
  const programs = lines.map((line) => {
    const [program = "", ...rest] = line.replace(/^\S+ +\S+ ms +exit \d+ +/, "").split(" ");
    const name = program.split("/").at(-1) ?? "";
    const options = rest.join(" ").replace(/^(?:-c \S+ |-u |-S \S+ |--no-replace-objects )*/, "");
    return `${name} ${options.split(" ")[0] ?? ""}`.trim();
  });
  const counts = Object.entries(Object.groupBy(programs, (program) => program));
  return counts.map(([program, all]) => `${all?.length ?? 0} x ${program}`).sort();
}
