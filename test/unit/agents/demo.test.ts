import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { demo } from "../../../src/agents/demo/demo.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { placeOf, requestFor, signalsOf } from "./samples.ts";

test("it is a script of ours that writes what it does where it is told", () => {
  expect(demo.executable).toBeUndefined();
  expect(demo.script).toStartWith("#!/bin/sh\n");
  expect(
    demo.commandLine(requestFor({ program: "/agents/0a1b2c3d/program", statusFile: "/status", flags: ["--ignored"] })),
  ).toEqual({
    argv: ["/bin/sh", "/agents/0a1b2c3d/program", "/status"],
    environment: {},
  });
  expect(demo.describe([])).toEqual({ prompt: { kind: "argument" }, permission: "never asks" });
});

test("its messages are the prompts", () => {
  expect(demo.message("-x /exit\r\n")).toBe("-x /exit\r\n");
});

test("it does what it says, with the question it asks", () => {
  const at = new Date(0);
  const stateWith = (word: string, reason = "") =>
    demo.state(signalsOf({ title: "demo", event: { word, reason, at } }));
  expect(stateWith("working")).toEqual({ activity: "working", since: at });
  expect(stateWith("idle")).toEqual({ activity: "idle", since: at });
  expect(stateWith("waiting", "ready?")).toEqual({ activity: "waiting", reason: "ready?", since: at });
  expect(stateWith("")).toEqual({ activity: "starting" });
  expect(demo.state(signalsOf({ title: "demo" }))).toEqual({ activity: "starting" });
});

test("what it said last is beside its status", () => {
  const folder = temporaryFolder();
  const place = placeOf({ statusFile: join(folder, "status") });
  expect(demo.lastTurn?.(place)).toBeUndefined();
  writeFileSync(join(folder, "reply"), "I worked for 1 s.\n");
  expect(demo.lastTurn?.(place)).toEqual({ endedAt: expect.any(Date), reply: "I worked for 1 s." });
});
