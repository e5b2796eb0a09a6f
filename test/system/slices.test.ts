import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { awaitCaps, keepGroups } from "../../src/fleet/capped.ts";
import { sliceDirectory, slicesRoot, sliceWords, startSlice, stopSlice } from "../../src/sandboxes/slices.ts";
import { groupParents, groupsBelow, groupsTextOf } from "../../src/system/cgroups.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { filesIn } from "../helpers/samples.ts";

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

/** A group that systemd would have made for an agent; none where none can be made. */
for (const { directory } of groupParents().slice(0, 1)) {
  test("an agent is kept to its caps however long systemd takes to put it into its slice, and does not begin before", async () => {
    // The groups of a machine are shared by all checks that run on it.
    const name = `fleet-${crypto.randomUUID().slice(0, 8)}`;
    const slice = join(directory, `${name}.slice`);
    const scope = join(slice, `${name}-1.scope`);
    mkdirSync(scope, { recursive: true });
    const later = `pid=$(echo "$*" | sed 's/.* PIDs au 1 \\([0-9]*\\) 0$/\\1/'); { sleep 2.2; echo "$pid" >${scope}/cgroup.procs; } >/dev/null 2>&1 &`;
    const { slices } = recordingManager(later);
    const files = filesIn(temporaryFolder());
    mkdirSync(files.directory, { recursive: true });
    keepGroups(files, { version: 2, directories: [slice], memory_ends: 0 });
    const agent = Bun.spawn([...sliceWords(slices, slice), "sh", "-c", "cat /proc/self/cgroup; read -r line"], {
      stdin: "pipe",
      stdout: "pipe",
    });
    try {
      expect(await awaitCaps(files, agent.pid, new AbortController().signal)).toBe("kept");
      agent.stdin.end();
      expect(await agent.stdout.text()).toContain(`/${name}.slice/${name}-1.scope`);
    } finally {
      agent.kill();
      await agent.exited;
      for (const group of [scope, slice]) rmdirSync(group);
    }
    expect(await awaitCaps(files, agent.pid, new AbortController().signal)).toBe("ended");
  });
}

test("groups that are not there are none, and a process that is gone is in none", () => {
  expect(groupsTextOf(2 ** 30)).toBe("");
  expect(groupsBelow(join(temporaryFolder(), "gone.slice"))).toEqual([]);
});
