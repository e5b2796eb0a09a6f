import { expect, test } from "bun:test";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { awaitStart } from "../../../../src/fleet/life/await-start.ts";
import type { Progress } from "../../../../src/fleet/progress.ts";
import { temporaryFolder } from "../../../helpers/folder.ts";
import { filesIn } from "../../../helpers/samples.ts";
import { eventually } from "../../../helpers/wait.ts";

interface Situation {
  readonly setupCommands?: readonly string[];
  readonly cancelled?: AbortSignal;
  readonly isAlive?: () => Promise<boolean>;
}

/** An agent that is starting, whose launcher is played by the test. */
function starting({ setupCommands = [], cancelled = new AbortController().signal, isAlive }: Situation = {}) {
  const files = filesIn(temporaryFolder());
  mkdirSync(files.directory, { recursive: true });
  const reports: Progress[] = [];
  const write = (name: "phase" | "pid" | "exit", text: string) => {
    writeFileSync(`${files[name]}.new`, `${text}\n`);
    renameSync(`${files[name]}.new`, files[name]);
  };
  const watch = () =>
    awaitStart({
      branch: "fix-42",
      files,
      setupCommands,
      cancelled,
      report: (progress) => reports.push(progress),
      isAlive: isAlive ?? (async () => true),
    });
  return { files, write, watch, reports };
}

test("an agent has started when its process is known", async () => {
  const { write, watch } = starting();
  const outcome = watch();
  write("pid", "4711");
  expect(await outcome).toEqual({ kind: "running", pid: 4711 });
});

test("an agent that has ended already has not started", async () => {
  const { write, watch } = starting();
  write("pid", "4711");
  write("exit", "2");
  expect(await watch()).toEqual({ kind: "exited", pid: 4711, code: 2 });
});

test("an agent whose program could not be run has ended without a process", async () => {
  const { write, watch } = starting();
  write("exit", "127");
  expect(await watch()).toEqual({ kind: "exited", pid: undefined, code: 127 });
});

test("a setup command that fails is the outcome", async () => {
  const { write, watch } = starting({ setupCommands: ["one", "two"] });
  write("phase", "failed 2 9");
  expect(await watch()).toEqual({ kind: "setup-failed", command: "two", code: 9, timedOut: false });
});

test("every setup command is reported when the next thing has begun", async () => {
  const { write, watch, reports } = starting({ setupCommands: ["one", "two"] });
  const outcome = watch();
  write("phase", "setup 1");
  await Bun.sleep(100);
  expect(reports).toEqual([]);
  write("phase", "setup 2");
  await eventually(() => reports.length === 1, { what: "a report" });
  write("pid", "4711");
  await outcome;
  const step = { kind: "step", branch: "fix-42", step: "setup", seconds: expect.any(Number) } as const;
  expect(reports).toEqual([
    { ...step, text: "one" },
    { ...step, text: "two" },
  ]);
});

test("waiting ends when the user cancels", async () => {
  const cancellation = new AbortController();
  const { watch } = starting({ cancelled: cancellation.signal });
  const outcome = watch();
  cancellation.abort(new Error("interrupted"));
  expect(outcome).rejects.toThrow("interrupted");
  await outcome.catch(() => undefined);
});

test("an agent that has started counts, though the user cancelled", async () => {
  const { write, watch } = starting({ cancelled: AbortSignal.abort(new Error("interrupted")) });
  write("pid", "4711");
  expect(await watch()).toEqual({ kind: "running", pid: 4711 });
});

test("an agent whose session is gone is lost, unless it wrote how it ended", async () => {
  const silent = starting({ isAlive: async () => false });
  const lastWords = starting({
    isAlive: async () => {
      lastWords.write("exit", "1");
      return false;
    },
  });
  expect(await Promise.all([silent.watch(), lastWords.watch()])).toEqual([
    { kind: "lost" },
    { kind: "exited", pid: undefined, code: 1 },
  ]);
});
