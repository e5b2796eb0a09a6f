import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sliceDirectory, slicesRoot, startSlice, stopSlice } from "../../src/sandboxes/slices.ts";
import { groupsBelow, groupsTextOf } from "../../src/system/cgroups.ts";
import { temporaryFolder } from "../helpers/folder.ts";

/** A systemd that writes down what it is asked. */
function recordingManager(then = "") {
  const directory = temporaryFolder();
  const program = join(directory, "busctl");
  const asked = join(directory, "asked");
  writeFileSync(program, `#!/bin/sh\necho "$*" >>'${asked}'\n${then}\n`);
  chmodSync(program, 0o700);
  const slices = {
    program,
    address: "--address=unix:path=/bus",
    directory,
    controllers: ["memory", "cpu", "pids"],
  } as const;
  return { slices, asked: () => readFileSync(asked, "utf8").trimEnd().split("\n") };
}

test("systemd is asked for a slice with the caps of an agent alone, by its bus, and for the end of it; the one around them goes with the last", async () => {
  const { slices, asked } = recordingManager();
  await startSlice(slices, "0a1b2c3d", { memory_limit: "64M", cpu_limit: "0.5", pids_limit: 40 }, process.env);
  mkdirSync(slicesRoot(slices));
  await startSlice(slices, "0a1b2c3e", { pids_limit: 7 }, process.env);
  await stopSlice(slices, sliceDirectory(slices, "0a1b2c3d"), process.env);
  const call =
    "--address=unix:path=/bus --quiet call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager";
  const caps = "MemoryMax t 67108864 MemorySwapMax t 0 CPUQuotaPerSecUSec t 500000 TasksMax t 40";
  const around = "1 fleet.slice 1 StopWhenUnneeded b true";
  expect(asked()).toEqual([
    `${call} StartTransientUnit ssa(sv)a(sa(sv)) fleet-0a1b2c3d.slice replace 4 ${caps} ${around}`,
    `${call} StartTransientUnit ssa(sv)a(sa(sv)) fleet-0a1b2c3e.slice replace 1 TasksMax t 7 0`,
    `${call} StopUnit ss fleet-0a1b2c3d.slice replace`,
  ]);
});

test("an agent gets its slice when the one around it has come to be meanwhile", async () => {
  const { slices, asked } = recordingManager('case "$*" in *StopWhenUnneeded*) exit 1;; esac');
  await startSlice(slices, "0a1b2c3d", { pids_limit: 7 }, process.env);
  expect(asked().map((line) => line.split(" TasksMax t 7 ")[1])).toEqual([
    "1 fleet.slice 1 StopWhenUnneeded b true",
    "0",
  ]);
});

test("groups that are not there are none, and a process that is gone is in none", () => {
  expect(groupsTextOf(2 ** 30)).toBe("");
  expect(groupsBelow(join(temporaryFolder(), "gone.slice"))).toEqual([]);
});
