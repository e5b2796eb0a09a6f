import { expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { readEvent, readRuntime } from "../../../../src/fleet/watch/runtime.ts";
import { changedBytes, noFiles, readOrRefused } from "../../../helpers/damage.ts";
import { temporaryFolder } from "../../../helpers/folder.ts";
import { filesIn } from "../../../helpers/samples.ts";

function filesWith(texts: Readonly<Record<string, string>>) {
  const files = filesIn(temporaryFolder());
  mkdirSync(files.directory, { recursive: true });
  for (const [name, text] of Object.entries(texts)) writeFileSync(`${files.directory}/${name}`, text);
  return files;
}

test("an agent of which nothing is written has said nothing", () => {
  const files = filesIn(temporaryFolder());
  expect(readRuntime(files)).toEqual({ phase: undefined, pid: undefined, exitCode: undefined });
  expect(readEvent(files)).toBeUndefined();
});

test("the launcher says where it is, whom it started and how that ended", () => {
  expect(readRuntime(filesWith({ phase: "setup 3\n" })).phase).toEqual({ kind: "setup", step: 3 });
  expect(readRuntime(filesWith({ phase: "failed 3 127\n" })).phase).toEqual({
    kind: "failed",
    step: 3,
    code: 127,
    timedOut: false,
  });
  expect(readRuntime(filesWith({ phase: "failed 3 124 timeout\n" })).phase).toMatchObject({
    code: 124,
    timedOut: true,
  });
  expect(readRuntime(filesWith({ pid: "4711\n", exit: "0\n" }))).toEqual({ phase: undefined, pid: 4711, exitCode: 0 });
});

test("a line that is not whole yet says nothing", () => {
  for (const text of [
    "",
    "setup",
    "setup 1",
    "failed 3 12",
    "\n",
    "setup\n",
    "setup x\n",
    "failed 3\n",
    "failed 3 x\n",
  ]) {
    expect(readRuntime(filesWith({ phase: text })).phase).toBeUndefined();
  }
  for (const text of ["", "47", "x\n", "-1\n", "4 7\n", "\n", `${"9".repeat(400)}\n`]) {
    expect(readRuntime(filesWith({ pid: text, exit: text }))).toMatchObject({ pid: undefined, exitCode: undefined });
  }
});

test("a word of an agent has a reason when there is one", () => {
  const said = (status: string) => {
    const { word, reason } = readEvent(filesWith({ status })) ?? {};
    return { word, reason };
  };
  expect(said("idle")).toEqual({ word: "idle", reason: "" });
  expect(said("idle\n")).toEqual({ word: "idle", reason: "" });
  expect(said("waiting\nShip it?\n1. yes\n")).toEqual({ word: "waiting", reason: "Ship it?\n1. yes" });
});

test("whatever the files of an agent hold, what they say is whole numbers and text", async () => {
  const files = filesWith({});
  const { phase, pid, exit, status } = files;
  const number = fc.oneof(fc.nat().map(String), fc.constantFrom("-1", "1.5", "1e9", "0x1f", "9".repeat(400), ""));
  const line = fc
    .tuple(fc.constantFrom("setup", "failed", "", "4711", "waiting"), fc.array(number, { maxLength: 3 }))
    .map(([word, numbers]) => `${[word, ...numbers].join(" ")}\n`);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(phase, pid, exit, status), changedBytes(line), async (file, bytes) => {
      for (const each of [phase, pid, exit, status]) rmSync(each, { force: true });
      writeFileSync(file, bytes);
      const runtime = await readOrRefused(file, () => readRuntime(files));
      const said = Object.entries(runtime?.phase ?? {}).filter(([key]) => key !== "kind" && key !== "timedOut");
      for (const value of [runtime?.pid, runtime?.exitCode, ...said.map(([, number]) => number)])
        expect(value === undefined || Number.isSafeInteger(value)).toBe(true);
      const event = await readOrRefused(file, () => readEvent(files));
      if (event !== undefined) expect([typeof event.word, typeof event.reason]).toEqual(["string", "string"]);
    }),
    { numRuns: 200 },
  );
});

for (const [what, make] of Object.entries(noFiles)) {
  test(`${what} among the files of an agent is refused by its name`, async () => {
    for (const name of ["phase", "pid", "exit", "status"] as const) {
      const files = filesWith({});
      make(files[name]);
      expect(await readOrRefused(files[name], () => [readRuntime(files), readEvent(files)])).toBeUndefined();
    }
  });
}
