import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { readEvent, readRuntime } from "../../../src/fleet/watch/runtime.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { filesIn } from "../../helpers/samples.ts";

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
  for (const text of ["", "setup", "setup 1", "failed 3 12", "\n"]) {
    expect(readRuntime(filesWith({ phase: text })).phase).toBeUndefined();
  }
  for (const text of ["", "47", "x\n", "-1\n", "4 7\n", "\n"]) {
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
