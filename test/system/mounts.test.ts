import { expect, test } from "bun:test";
import { mountsBelow } from "../../src/system/mounts.ts";
import { temporaryFolder } from "../helpers/folder.ts";

test("what is mounted below a directory is told where the system tells it, and nothing is below an ordinary one", () => {
  expect(mountsBelow(temporaryFolder())).toEqual([]);
  expect(mountsBelow("/").includes("/proc")).toBe(process.platform === "linux");
  expect(mountsBelow("/nowhere")).toEqual([]);
});

test("nothing is mounted below the directory that one is in, either", () => {
  expect(mountsBelow(process.cwd())).toEqual([]);
});
