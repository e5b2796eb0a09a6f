import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { identityOf, isRunning } from "../../src/system/processes/identity.ts";
import { proportionalMemory, readProc, startsInProc, variableInProc } from "../../src/system/processes/proc.ts";
import type { ProcessInfo } from "../../src/system/processes/process.ts";
import { parsePs, readPs, startsInPs, variableInPs } from "../../src/system/processes/ps.ts";
import { processStarts, readProcessTable } from "../../src/system/processes/table.ts";
import {
  ancestors,
  currentAncestors,
  leftInSessions,
  processesByVariable,
  processTree,
  type SeenVariables,
  signalProcess,
} from "../../src/system/processes/tree.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { eventually } from "../helpers/wait.ts";

/** A child of this process that ends with the test. */
function child(argv: readonly string[], { cwd = "/", env = {} }: { cwd?: string; env?: Record<string, string> } = {}) {
  const spawned = Bun.spawn([...argv], {
    cwd,
    env: { PATH: "/usr/bin:/bin", ...env },
    stdout: "ignore",
    stderr: "ignore",
  });
  return {
    pid: spawned.pid,
    exited: spawned.exited,
    signal: () => spawned.signalCode,
    async [Symbol.asyncDispose]() {
      spawned.kill("SIGKILL");
      await spawned.exited;
    },
  };
}

function info(pid: number, parent: number, different: Partial<ProcessInfo> = {}): ProcessInfo {
  return { pid, parent, name: "sh", start: "1", cpuSeconds: 0, memoryBytes: 0, zombie: false, ...different };
}

function tableOf(...processes: readonly ProcessInfo[]) {
  return new Map(processes.map((each) => [each.pid, each]));
}

test("/proc and ps say the same of a process", async () => {
  await using sleeper = child(["sleep", "60"]);
  // The kernel gives it its name before its memory, which it counts in batches.
  const inMemory = () => {
    const found = readProc().get(sleeper.pid);
    return found?.name === "sleep" && found.memoryBytes > 500_000 ? found : undefined;
  };
  const fromProc = await eventually(inMemory, { what: "the program to run" });
  const fromPs = (await readPs()).get(sleeper.pid);
  if (fromPs === undefined) throw new Error("ps does not know the process");
  expect(fromPs).toMatchObject({ pid: sleeper.pid, parent: process.pid, name: "sleep", zombie: false });
  expect(fromProc).toMatchObject({ pid: sleeper.pid, parent: process.pid, name: "sleep", zombie: false });
  // Each counts to within some pages of its own.
  expect(fromPs.memoryBytes).toBeWithin(500_000, 5_000_000);
  expect(fromProc.memoryBytes).toBeWithin(500_000, 5_000_000);
});

test("the CPU time of a process is that of its own and of its children that ended", async () => {
  const folder = temporaryFolder();
  const busy = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
  await using worker = child(["/bin/sh", "-c", `sh -c '${busy}'; times >times; mv times done; sleep 60`], {
    cwd: folder,
  });
  await eventually(() => existsSync(join(folder, "done")), { what: "the work to be done" });
  const ofChildren = readFileSync(join(folder, "done"), "utf8").split("\n")[1] ?? "";
  const seconds = [...ofChildren.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (total, [, minutes, rest]) => total + Number(minutes) * 60 + Number(rest),
    0,
  );
  expect(seconds).toBeGreaterThan(0);
  expect(readProc().get(worker.pid)?.cpuSeconds ?? 0).toBeWithin(seconds - 0.03, seconds + 0.1);
});

test("a process that has ended and that nobody has noticed is a zombie, and has no start", async () => {
  const folder = temporaryFolder();
  // What is started by a shell that becomes another program is nobody's to notice.
  await using parent = child(["/bin/sh", "-c", "sleep 0.05 & echo $! >pid; exec sleep 60"], { cwd: folder });
  await eventually(() => readProc().get(parent.pid)?.name === "sleep", { what: "the child to have been started" });
  const zombie = Number(readFileSync(join(folder, "pid"), "utf8"));
  await eventually(() => readProc().get(zombie)?.zombie, { what: "the child to end" });
  expect(readProc().get(zombie)).toMatchObject({ parent: parent.pid });
  expect((await readPs()).get(zombie)).toMatchObject({ parent: parent.pid, zombie: true });
  for (const starts of [startsInProc([zombie]), await startsInPs([zombie]), await processStarts([zombie])]) {
    expect(starts).toEqual(new Map());
  }
});

test("a name with blanks and parentheses does not shift the numbers", async () => {
  const folder = temporaryFolder();
  const program = join(folder, "a ) R 1 (b");
  await Bun.write(program, Bun.file("/bin/sleep"));
  await Bun.$`chmod +x ${program}`;
  await using odd = child([program, "60"]);
  await eventually(() => readProc().get(odd.pid)?.name === "a ) R 1 (b", { what: "the program to run" });
  expect(readProc().get(odd.pid)).toMatchObject({ parent: process.pid, zombie: false });
});

test("a start names the same process at every look, and no other", async () => {
  await using one = child(["sleep", "60"]);
  const pids = [one.pid, process.pid, 2 ** 22 + 1];
  const [fromProc, fromPs] = [startsInProc(pids), await startsInPs(pids)];
  for (const starts of [fromProc, fromPs]) expect([...starts.keys()].sort()).toEqual([one.pid, process.pid].sort());
  expect(fromProc.get(one.pid)).toMatch(/^\d+$/);
  expect(fromProc.get(one.pid)).not.toBe(fromProc.get(process.pid));
  expect(readProc().get(one.pid)?.start).toBe(fromProc.get(one.pid));
  expect((await readPs()).get(one.pid)?.start).toBe(fromPs.get(one.pid));
  expect(await processStarts([])).toEqual(new Map());
});

test("the columns of ps are read on every system", () => {
  const mac = " 4711     1 Sat 31 May 23:05:09 2025    1-02:03:04.50   10240 S+   /Applications/My App.app/My Agent\n";
  const linux = "   12  4711 Sat May 31 23:05:09 2025 00:01:02   512 Z    sh <defunct>\n";
  expect([...parsePs(`${mac}${linux}\n`).values()]).toEqual([
    {
      pid: 4711,
      parent: 1,
      start: "Sat 31 May 23:05:09 2025",
      cpuSeconds: 93_784.5,
      memoryBytes: 10_485_760,
      zombie: false,
      name: "My Agent",
    },
    {
      pid: 12,
      parent: 4711,
      start: "Sat May 31 23:05:09 2025",
      cpuSeconds: 62,
      memoryBytes: 524_288,
      zombie: true,
      name: "sh <defunct>",
    },
  ]);
});

test("a process is known for good by its identity, until it ends", async () => {
  const sleeper = child(["sleep", "60"]);
  const identity = await identityOf(sleeper.pid);
  if (identity === undefined) throw new Error("the process is not in the process table");
  expect(await isRunning(identity)).toBe(true);
  expect(await isRunning({ ...identity, start: "1" })).toBe(false);
  expect(await isRunning({ ...identity, boot: "another", noted: 0 })).toBe(false);
  // Noted since this machine started, and by another boot: that is another machine, whatever its name.
  expect(await isRunning({ ...identity, boot: "another" })).toBe(true);
  expect(await isRunning({ ...identity, boot: "another", noted: 0, machine: "other" })).toBe(true);
  expect(await isRunning({ ...identity, namespace: "another", start: "1" })).toBe(true);
  await sleeper[Symbol.asyncDispose]();
  expect(await isRunning(identity)).toBe(false);
  expect(await identityOf(sleeper.pid)).toBeUndefined();
});

test("a tree is a process with all below it, parents first, and nothing beside it", async () => {
  await using parent = child(["/bin/sh", "-c", "setsid sh -c 'sleep 60; true' & sleep 61; true"]);
  await using beside = child(["sleep", "60"]);
  const tree = await eventually(
    async () => {
      const found = processTree(await readProcessTable(), parent.pid);
      return found.filter(({ name }) => name === "sleep").length === 2 ? found : undefined;
    },
    { what: "all to run" },
  );
  expect(tree.map(({ name }) => name).sort()).toEqual(["sh", "sh", "sleep", "sleep"]);
  expect(tree[0]?.pid).toBe(parent.pid);
  expect(tree.map(({ pid }) => pid)).not.toContain(beside.pid);
  for (const [index, each] of tree.entries()) {
    if (index > 0) expect(tree.slice(0, index).map(({ pid }) => pid)).toContain(each.parent);
  }
  for (const { pid } of tree) process.kill(pid, "SIGKILL");
});

test("what has left a tree is found in the sessions that the tree began, and nothing of others", () => {
  const tree = [info(10, 1, { session: 10 }), info(11, 10, { session: 11 })];
  const left = [info(20, 1, { session: 10 }), info(21, 20, { session: 11 })];
  const others = [info(30, 1, { session: 30 }), info(31, 1, { session: 1 }), info(32, 1)];
  expect(leftInSessions(tableOf(...tree, ...left, ...others), tree)).toEqual(left);
});

test("a tree and a line of ancestors end, whatever a table says", () => {
  const circle = tableOf(info(1, 3), info(2, 1), info(3, 2));
  expect(processTree(circle, 1).map(({ pid }) => pid)).toEqual([1, 2, 3]);
  expect([...ancestors(circle, 1)].sort()).toEqual([1, 2, 3]);
  expect(processTree(circle, 4)).toEqual([]);
  expect(ancestors(circle, 4)).toEqual(new Set());
});

test("what led to a process is all above it", async () => {
  expect(ancestors(tableOf(info(1, 0), info(2, 1), info(3, 2), info(4, 2)), 3)).toEqual(new Set([3, 2, 1]));
  expect(ancestors(await readProcessTable(), process.pid)).toContain(process.ppid);
});

test("what led to a process is the same without a look at all the others", async () => {
  const line = [...(await currentAncestors(process.pid))];
  expect(line).toEqual([...ancestors(await readProcessTable(), process.pid)]);
  expect(line.slice(0, 2)).toEqual([process.pid, process.ppid]);
  await using gone = child(["true"]);
  await gone.exited;
  expect(await currentAncestors(gone.pid)).toEqual(new Set());
});

test("processes are found by a variable they were started with, wherever they went", async () => {
  const [id, other] = [`a${process.pid}${Date.now()}`, `b${process.pid}${Date.now()}`];
  const env = { AI_FLEET_ID: id, SENTENCE: "two words" };
  await using here = child(["sleep", "60"], { env });
  await using left = child(["setsid", "-f", "sleep", "60"], { env });
  await using similar = child(["sleep", "60"], { env: { MY_AI_FLEET_ID: id, AI_FLEET_ID: other } });
  await left.exited;
  const found = await eventually(
    async () => {
      const processes = (await processesByVariable(await readProcessTable(), "AI_FLEET_ID")).get(id) ?? [];
      return processes.length === 2 && processes.every(({ name }) => name === "sleep") ? processes : undefined;
    },
    { what: "both to run" },
  );
  try {
    const pids = found.map(({ pid }) => pid);
    expect(pids).toContain(here.pid);
    const asked = [...pids, similar.pid, process.pid];
    for (const values of [variableInProc("AI_FLEET_ID", asked), await variableInPs("AI_FLEET_ID")]) {
      expect(asked.map((pid) => values.get(pid))).toEqual([id, id, other, process.env.AI_FLEET_ID]);
    }
    expect(variableInProc("SENTENCE", [here.pid]).get(here.pid)).toBe("two words");
  } finally {
    for (const { pid } of found) process.kill(pid, "SIGKILL");
  }
});

test("a zombie and a process that the table does not know are not found by a variable", async () => {
  await using sleeper = child(["sleep", "60"], { env: { AI_FLEET_ID: "zombie" } });
  const found = async (table: Map<number, ProcessInfo>) =>
    (await processesByVariable(table, "AI_FLEET_ID")).get("zombie");
  await eventually(() => variableInProc("AI_FLEET_ID", [sleeper.pid]).get(sleeper.pid) === "zombie", {
    what: "the process to run",
  });
  expect(await found(tableOf(info(sleeper.pid, 1)))).toEqual([info(sleeper.pid, 1)]);
  expect(await found(tableOf(info(sleeper.pid, 1, { zombie: true })))).toBeUndefined();
  expect(await found(tableOf())).toBeUndefined();
});

test("an environment that was seen is not read again, unless another process has the number now", async () => {
  await using sleeper = child(["sleep", "60"], { env: { AI_FLEET_ID: "here" } });
  const { pid } = sleeper;
  await eventually(() => variableInProc("AI_FLEET_ID", [pid]).get(pid) === "here", { what: "the process to run" });
  const seen: SeenVariables = new Map([[pid, { start: "1", value: "seen" }]]);
  const found = async (start: string) => [
    ...(await processesByVariable(tableOf(info(pid, 1, { start })), "AI_FLEET_ID", seen)).keys(),
  ];
  expect(await found("1")).toEqual(["seen"]);
  expect(await found("2")).toEqual(["here"]);
  expect(seen.get(pid)).toEqual({ start: "2", value: "here" });
});

test("an environment that cannot be read now is asked for again", async () => {
  const seen: SeenVariables = new Map();
  // There is no such process: an id is smaller.
  await processesByVariable(tableOf(info(2 ** 22 + 1, 1)), "AI_FLEET_ID", seen);
  expect(seen.size).toBe(0);
});

test("a signal reaches the process that was meant, and one that has ended gets nothing", async () => {
  await using other = child(["sleep", "60"]);
  const meant = child(["sleep", "60"]);
  signalProcess(meant, "SIGTERM");
  await meant.exited;
  expect(meant.signal()).toBe("SIGTERM");
  expect(other.signal()).toBeNull();
  signalProcess(meant, "SIGTERM");
});

test("shared memory counts less than resident memory", () => {
  const self = readProc().get(process.pid);
  expect(proportionalMemory(process.pid) ?? 0).toBeGreaterThan(1_000_000);
  expect(proportionalMemory(process.pid) ?? 0).toBeLessThanOrEqual((self?.memoryBytes ?? 0) * 1.05);
  expect(proportionalMemory(2 ** 22 + 1)).toBeUndefined();
});
