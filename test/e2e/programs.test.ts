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
    await started("fanout", "3", "x", "-p", "note"),
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

/** The programs that a command starts, with the subcommand of git and tmux and how often, in alphabetical order. */
async function programsOf(box: Sandbox, cwd: string, words: readonly string[]): Promise<string[]> {
  const file = join(box.home, "trace.txt");
  rmSync(file, { force: true });
  await box.fleet(words, { cwd, env: { AI_FLEET_TRACE: file } });
  const lines = await Bun.file(file)
    .exists()
    .then((exists) => (exists ? readFileSync(file, "utf8").trimEnd().split("\n") : []));
  const programs = lines.map((line) => {
    const [program = "", ...rest] = line.replace(/^\S+ +\S+ ms +exit \d+ +/, "").split(" ");
    const name = program.split("/").at(-1) ?? "";
    const options = rest.join(" ").replace(/^(?:-c \S+ |-u |-S \S+ )*/, "");
    return `${name} ${options.split(" ")[0] ?? ""}`.trim();
  });
  const counts = Object.entries(Object.groupBy(programs, (program) => program));
  return counts.map(([program, all]) => `${all?.length ?? 0} x ${program}`).sort();
}
