import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { totalmem } from "node:os";
import fc from "fast-check";
import type { Observation } from "../../../../src/fleet/watch/observe.ts";
import { measureUsage } from "../../../../src/fleet/watch/usage.ts";
import { usageFile } from "../../../../src/state/places.ts";
import { poll } from "../../../../src/system/poll.ts";
import type { ProcessInfo } from "../../../../src/system/processes/process.ts";
import { readProcessTable } from "../../../../src/system/processes/table.ts";
import { changedBytes, changedObject } from "../../../helpers/damage.ts";
import { temporaryFolder } from "../../../helpers/folder.ts";
import { agentEntry, placesIn } from "../../../helpers/samples.ts";

function observed(id: string, processes: readonly ProcessInfo[]): Observation {
  return {
    entry: agentEntry({ id }),
    status: { word: "working", detail: undefined, reason: undefined, since: undefined },
    pane: undefined,
    namesakes: [],
    processes,
  };
}

/** It has been running for a hundred seconds. */
function processInfo(pid: number, cpuSeconds: number, memoryBytes = 1e6): ProcessInfo {
  const start = new Date(Date.now() - 100_000).toString();
  return { pid, parent: 1, name: "demo", start, cpuSeconds, memoryBytes, zombie: false };
}

/** A fleet that has looked at its agents before. */
function places(...looks: readonly unknown[]) {
  const all = placesIn(temporaryFolder());
  mkdirSync(all.agentsRoot);
  if (looks.length > 0) writeFileSync(usageFile(all), JSON.stringify(looks));
  return all;
}

test("of an agent of which nothing runs there is nothing to say", async () => {
  const usage = measureUsage(places(), [observed("00000001", []), observed("00000002", [processInfo(-1, 0)])], false);
  expect([...usage.keys()]).toEqual(["00000002"]);
  expect(measureUsage(places(), [observed("00000001", [])], false)).toEqual(new Map());
});

test("memory is that of all processes of an agent", async () => {
  const agent = observed("00000001", [processInfo(-1, 0, 3e6), processInfo(-2, 0, 4e6)]);
  const usage = measureUsage(places(), [agent], false).get("00000001");
  expect(usage).toMatchObject({ memoryBytes: 7e6, memoryPercent: Math.round((7e6 / totalmem()) * 1000) / 10 });
});

test("CPU is what was used since the last look", async () => {
  const before = { at: Date.now() - 20_000, seconds: { "00000001": 10, "00000002": 0 } };
  const agents = [
    observed("00000001", [processInfo(-1, 15), processInfo(-2, 5)]),
    observed("00000002", [processInfo(-3, 0)]),
  ];
  const usage = measureUsage(places(before), agents, false);
  // The look itself takes its time, so a little less than half of a core.
  expect(usage.get("00000001")?.cpuPercent).toBeWithin(40, 51);
  expect(usage.get("00000002")?.cpuPercent).toBe(0);
});

test("a look is remembered for the next one", async () => {
  const here = places({ at: Date.now() - 1000, seconds: { "00000001": 1 } });
  measureUsage(here, [observed("00000001", [processInfo(-1, 2)])], false);
  expect(await Bun.file(usageFile(here)).json()).toEqual([
    { at: expect.any(Number), seconds: { "00000001": 1 } },
    { at: expect.any(Number), seconds: { "00000001": 2 } },
  ]);
});

test("an agent that lost a busy process is not said to have used less than nothing", async () => {
  const before = { at: Date.now() - 1000, seconds: { "00000001": 100 } };
  const usage = measureUsage(places(before), [observed("00000001", [processInfo(-1, 1)])], false);
  expect(usage.get("00000001")?.cpuPercent).toBe(0);
});

/** Compared with any of these, the agent would have used more than a core. */
const misleading = {
  "of long ago": { at: Date.now() - 3_600_000, seconds: { "00000001": -1e9 } },
  "of the future": { at: Date.now() + 3_600_000, seconds: { "00000001": 1e9 } },
  "of other agents": { at: Date.now() - 1000, seconds: {} },
  "that somebody emptied": {},
  "that is none": null,
  "at numbers that are none": { at: Date.now() - 1000, seconds: { "00000001": "1000", "00000002": null } },
};

for (const [what, sample] of Object.entries(misleading)) {
  test(`a look ${what} is not compared with: the usage is that since the start`, () => {
    const agent = observed("00000001", [processInfo(-1, 30)]);
    const usage = measureUsage(places(sample), [agent], false).get("00000001");
    expect(usage?.cpuPercent).toBeWithin(29, 31);
    expect(usage?.sinceStart).toBe(true);
  });
}

test("the first look says without waiting what a process has used since it started", async () => {
  const child = Bun.spawn(["/bin/sh", "-c", "while :; do :; done"]);
  try {
    const used = async () => {
      const busy = (await readProcessTable()).get(child.pid);
      return busy !== undefined && busy.cpuSeconds > 0.1 ? busy : undefined;
    };
    const busy = await poll({ every: 10, cancelled: new AbortController().signal }, used);
    if (busy === undefined) throw new Error("the process is not in the table");
    const usage = measureUsage(places(), [observed("00000001", [busy])], true).get("00000001");
    expect(usage?.sinceStart).toBe(true);
    expect(usage?.cpuPercent).toBeGreaterThan(0);
    expect(usage?.memoryBytes).toBeGreaterThan(0);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
});

test("an agent that is new among others is no reason to measure theirs anew", () => {
  const before = { at: Date.now() - 20_000, seconds: { "00000001": 0 } };
  const agents = [observed("00000001", [processInfo(-1, 10)]), observed("00000002", [processInfo(-2, 20)])];
  const usage = measureUsage(places(before), agents, false);
  expect(usage.get("00000001")).not.toHaveProperty("sinceStart");
  expect(usage.get("00000001")?.cpuPercent).toBeWithin(49, 51);
  expect(usage.get("00000002")).toMatchObject({ sinceStart: true });
});

test("of a process whose start cannot be told there is no usage at a first look", () => {
  const agent = observed("00000001", [{ ...processInfo(-1, 10), start: "" }]);
  expect(measureUsage(places(), [agent], false).get("00000001")?.cpuPercent).toBeNull();
});

test("a file of looks that is none is measured over", async () => {
  for (const text of ["", "{", "null", "{}", "3"]) {
    const here = places();
    writeFileSync(usageFile(here), text);
    const agent = observed("00000001", [processInfo(-1, 0)]);
    expect(measureUsage(here, [agent], false).get("00000001")?.cpuPercent).toBe(0);
  }
});

test("when the last look is too short ago, the one before it is compared with", async () => {
  const here = places(
    { at: Date.now() - 10_000, seconds: { "00000001": 0 } },
    { at: Date.now() + 50, seconds: { "00000001": 1e9 } },
  );
  const usage = measureUsage(here, [observed("00000001", [processInfo(-1, 5)])], false);
  expect(usage.get("00000001")?.cpuPercent).toBeWithin(40, 51);
});

test("whatever the file of looks holds, a usage is numbers", async () => {
  const here = places();
  const agent = observed("00000001", [processInfo(-1, 10)]);
  const look = { at: Date.now() - 1000, seconds: { "00000001": 1 } };
  const text = fc
    .oneof(
      changedObject(look),
      changedObject(look.seconds).map((seconds) => ({ ...look, seconds })),
    )
    .map((changed) => JSON.stringify([changed, look]));
  await fc.assert(
    fc.asyncProperty(changedBytes(text), async (bytes) => {
      writeFileSync(usageFile(here), bytes);
      const { cpuPercent } = measureUsage(here, [agent], false).get("00000001") ?? {};
      expect(cpuPercent).toBeGreaterThanOrEqual(0);
      expect(Number.isFinite(cpuPercent)).toBe(true);
    }),
    { numRuns: 12 },
  );
});
