import { expect, onTestFinished, test } from "bun:test";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { FleetError } from "../../src/errors.ts";
import { lockInKernel } from "../../src/system/kernel-lock.ts";
import { withLock } from "../../src/system/lock.ts";
import { identityOf, type ProcessIdentity } from "../../src/system/processes/identity.ts";
import { temporaryFolder } from "../helpers/folder.ts";
import { eventually } from "../helpers/wait.ts";

const lockModule = join(import.meta.dir, "../../src/system/lock.ts");
/** Long enough for a lock that is free to be taken, mostly. Where it has to be free, it gets the time of a machine with other work. */
const absenceMilliseconds = 150;
const presenceMilliseconds = 20_000;

/** Another process that runs `body` with the lock `lock`, in `folder`; it does not outlive the test. */
function otherProcess(folder: string, body: string): Bun.Subprocess {
  const script = `import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
    import { withLock } from ${JSON.stringify(lockModule)};
    const exclusively = (body) => withLock("lock", {}, body);
    ${body}`;
  const child = Bun.spawn([process.execPath, "-e", script], { cwd: folder, stdout: "ignore", stderr: "inherit" });
  onTestFinished(() => child.kill("SIGKILL"));
  return child;
}

/** Another process that holds the lock until it is killed. */
async function otherHolder(folder: string): Promise<Bun.Subprocess> {
  const holder = otherProcess(folder, `await exclusively(() => new Promise(() => setInterval(() => {}, 1000)));`);
  await eventually(() => existsSync(join(folder, "lock")), { what: "the other process to have the lock" });
  return holder;
}

async function end(child: Bun.Subprocess): Promise<void> {
  child.kill("SIGKILL");
  await child.exited;
}

async function thisProcess(): Promise<ProcessIdentity> {
  const identity = await identityOf(process.pid);
  if (identity === undefined) throw new Error("this process is not in the process table");
  return identity;
}

/** Whether a lock is taken within the time a free one takes. The attempt is called off afterwards. */
async function isFree(lock: string, milliseconds = absenceMilliseconds): Promise<boolean> {
  const cancellation = new AbortController();
  const taken = withLock(lock, { cancelled: cancellation.signal }, async () => true).catch(() => false);
  const timer = setTimeout(() => cancellation.abort(), milliseconds);
  return taken.finally(() => clearTimeout(timer));
}

test("the value of the body is returned, and nothing is left", async () => {
  const folder = temporaryFolder();
  const lock = join(folder, "lock");
  expect(
    await withLock(lock, {}, async () => {
      expect(readdirSync(folder)).toEqual(["lock"]);
      return 42;
    }),
  ).toBe(42);
  expect(readdirSync(folder)).toEqual([]);
});

test("the lock says who holds it, and nobody else may read that", async () => {
  const lock = join(temporaryFolder(), "lock");
  await withLock(lock, {}, async () => {
    expect(JSON.parse(readFileSync(lock, "utf8"))).toEqual({ ...(await thisProcess()), noted: expect.any(Number) });
  });
});

test("a body that fails gives the lock back", async () => {
  const lock = join(temporaryFolder(), "lock");
  const failing = withLock(lock, {}, () => Promise.reject(new Error("no")));
  expect(failing).rejects.toThrow("no");
  await failing.catch(() => undefined);
  expect(await isFree(lock, presenceMilliseconds)).toBe(true);
});

test("in one process, too, only one holds the lock at a time", async () => {
  const lock = join(temporaryFolder(), "lock");
  const steps: string[] = [];
  await Promise.all(
    [1, 2, 3].map((number) =>
      withLock(lock, {}, async () => {
        steps.push(`${number} in`);
        await Bun.sleep(5);
        steps.push(`${number} out`);
      }),
    ),
  );
  expect(steps.map((step) => step.slice(2))).toEqual(["in", "out", "in", "out", "in", "out"]);
  expect(new Set(steps).size).toBe(6);
});

test("processes that count together lose no count, after a holder that died holding the lock", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "count"), "0");
  await end(await otherHolder(folder));
  const counting = Array.from({ length: 6 }, () =>
    otherProcess(
      folder,
      `for (let turn = 0; turn < 25; turn += 1) {
        await exclusively(async () => {
          const count = Number(readFileSync("count", "utf8"));
          await Bun.sleep(0);
          writeFileSync("count", String(count + 1));
        });
      }`,
    ),
  );
  expect(await Promise.all(counting.map(({ exited }) => exited))).toEqual([0, 0, 0, 0, 0, 0]);
  expect(readFileSync(join(folder, "count"), "utf8")).toBe("150");
  expect(readdirSync(folder)).toEqual(["count"]);
});

test("the lock of a process that runs is not taken, that of one that was killed is", async () => {
  const folder = temporaryFolder();
  const lock = join(folder, "lock");
  const holder = await otherHolder(folder);
  expect(await isFree(lock)).toBe(false);
  await end(holder);
  expect(await isFree(lock, presenceMilliseconds)).toBe(true);
});

const others: Readonly<Record<string, { readonly different: Partial<ProcessIdentity>; readonly free: boolean }>> = {
  "this very process": { different: {}, free: false },
  "an earlier process with the id of this one": { different: { start: "1" }, free: true },
  "a process of an earlier boot": { different: { boot: "an earlier one", noted: 0 }, free: true },
  "a process that has ended": { different: { pid: 2 ** 22 + 1 }, free: true },
  "a process of another container, which cannot be seen": {
    different: { namespace: "pid:[1]", start: "1" },
    free: false,
  },
  "a process of another machine": { different: { machine: "other", start: "1" }, free: false },
  "a process of another container before the last boot": {
    different: { namespace: "pid:[1]", boot: "an earlier one", noted: 0 },
    free: true,
  },
};

test("a lock of a holder that cannot be seen is given up when it has shown no sign of life for a minute", async () => {
  const lock = join(temporaryFolder(), "lock");
  writeFileSync(lock, JSON.stringify({ ...(await thisProcess()), namespace: "pid:[1]", start: "1" }));
  expect(await isFree(lock)).toBe(false);
  const silentFor = (seconds: number) => utimesSync(lock, Date.now() / 1000 - seconds, Date.now() / 1000 - seconds);
  silentFor(30);
  expect(await isFree(lock)).toBe(false);
  silentFor(90);
  expect(await isFree(lock, presenceMilliseconds)).toBe(true);
});

for (const [what, { different, free }] of Object.entries(others)) {
  test(`the lock of ${what} is ${free ? "taken over" : "waited for"}`, async () => {
    const lock = join(temporaryFolder(), "lock");
    writeFileSync(lock, JSON.stringify({ ...(await thisProcess()), ...different }));
    expect(await isFree(lock, free ? presenceMilliseconds : absenceMilliseconds)).toBe(free);
    expect(existsSync(lock)).toBe(!free);
  });
}

test("a lock of a holder in another container is given up as soon as the kernel has given up its lock of the file", async () => {
  const lock = join(temporaryFolder(), "lock");
  const holder = { ...(await thisProcess()), namespace: "pid:[1]", start: "1" };
  writeFileSync(lock, "");
  const device = statSync(lock).dev;
  writeFileSync(lock, JSON.stringify({ ...holder, kernel_lock: device }));
  const file = openSync(lock, "r");
  expect(lockInKernel(file)).toBe(true);
  expect(await isFree(lock)).toBe(false);
  // A clock that was set forward makes a holder that lives no silent one.
  utimesSync(lock, 0, 0);
  expect(await isFree(lock)).toBe(false);
  closeSync(file);
  // What is said of another mount, by another machine, or by one that has none in the kernel, proves nothing.
  for (const different of [{ kernel_lock: device + 1 }, { kernel_lock: device, machine: "another" }, {}]) {
    writeFileSync(lock, JSON.stringify({ ...holder, ...different }));
    expect([different, await isFree(lock)]).toEqual([different, false]);
  }
  writeFileSync(lock, JSON.stringify({ ...holder, kernel_lock: device }));
  expect(await isFree(lock, presenceMilliseconds)).toBe(true);
});

test("the lock of a container that was ended with all its processes is taken at once", async () => {
  const folder = temporaryFolder();
  // Root may make one; where it may not, there are none that hold locks.
  const container = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=SIGKILL"];
  if (Bun.spawnSync([...container, "true"]).exitCode !== 0) return;
  const body = "withLock('lock', {}, () => new Promise(() => setInterval(() => {}, 1000)))";
  const script = `import { withLock } from ${JSON.stringify(lockModule)}; await ${body};`;
  const child = Bun.spawn([...container, process.execPath, "-e", script], { cwd: folder, stderr: "inherit" });
  onTestFinished(() => child.kill("SIGKILL"));
  const lock = join(folder, "lock");
  await eventually(() => existsSync(lock), { what: "the container to have the lock" });
  expect(JSON.parse(readFileSync(lock, "utf8"))).toHaveProperty("kernel_lock", statSync(lock).dev);
  expect(await isFree(lock)).toBe(false);
  await end(child);
  await eventually(() => isFree(lock), { what: "the lock to be taken" });
});

test("a lock that lost its content in a power failure is taken over", async () => {
  const lock = join(temporaryFolder(), "lock");
  writeFileSync(lock, "");
  utimesSync(lock, 0, 0);
  const patience = AbortSignal.timeout(presenceMilliseconds);
  expect(await withLock(lock, { cancelled: patience }, async () => "taken")).toBe("taken");
});

test("nobody breaks a lock that another one is breaking", async () => {
  const lock = join(temporaryFolder(), "lock");
  writeFileSync(lock, JSON.stringify({ ...(await thisProcess()), start: "1" }));
  mkdirSync(`${lock}.break`);
  expect(await isFree(lock)).toBe(false);
  rmdirSync(`${lock}.break`);
  expect(await isFree(lock, presenceMilliseconds)).toBe(true);
});

test("one that died while it was breaking a lock is in nobody's way", async () => {
  const folder = temporaryFolder();
  const lock = join(folder, "lock");
  writeFileSync(lock, JSON.stringify({ ...(await thisProcess()), start: "1" }));
  mkdirSync(`${lock}.break`);
  const longAgo = Date.now() / 1000 - 60;
  utimesSync(`${lock}.break`, longAgo, longAgo);
  expect(await isFree(lock, presenceMilliseconds)).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});

test("a lock that was given up meanwhile and is another's by now stays with that one", async () => {
  const lock = join(temporaryFolder(), "lock");
  await withLock(lock, {}, async () => {
    rmSync(lock);
    writeFileSync(lock, "another");
  });
  expect(readFileSync(lock, "utf8")).toBe("another");
  await withLock(`${lock}2`, {}, async () => rmSync(`${lock}2`));
});

test("who waits for more than a second is told once for whom", async () => {
  const lock = join(temporaryFolder(), "lock");
  const told: string[] = [];
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>();
  const held = withLock(lock, {}, () => heard);
  const waited = withLock(lock, { onWait: (holder) => told.push(holder) }, async () => undefined);
  await eventually(() => told.length > 0, { what: "the waiting to be told" });
  await Bun.sleep(absenceMilliseconds);
  hear();
  await Promise.all([held, waited]);
  expect(told).toEqual([`process ${process.pid}`]);
});

test("who does not wait for long is told nothing", async () => {
  const lock = join(temporaryFolder(), "lock");
  const told: string[] = [];
  const held = withLock(lock, {}, () => Bun.sleep(100));
  await withLock(lock, { onWait: (holder) => told.push(holder) }, async () => undefined);
  await held;
  expect(told).toEqual([]);
});

test("who is called off stops waiting, and leaves the lock and nothing else", async () => {
  const folder = temporaryFolder();
  const lock = join(folder, "lock");
  writeFileSync(lock, JSON.stringify(await thisProcess()));
  const cancellation = new AbortController();
  const waiting = withLock(lock, { cancelled: cancellation.signal }, async () => "taken");
  cancellation.abort(new FleetError("interrupted", "interrupted"));
  expect(waiting).rejects.toThrow("interrupted");
  await waiting.catch(() => undefined);
  expect(readdirSync(folder)).toEqual(["lock"]);
});

test("a process that was killed while it waited leaves nothing that the next one does not take away", async () => {
  const folder = temporaryFolder();
  const holder = await otherHolder(folder);
  const waiter = otherProcess(folder, "await exclusively(async () => undefined);");
  await eventually(() => readdirSync(folder).length > 1, { what: "the other process to wait" });
  await end(waiter);
  await end(holder);
  await withLock(join(folder, "lock"), {}, async () => undefined);
  expect(readdirSync(folder)).toEqual([]);
});

test("a lock in a folder that is not there cannot be taken", async () => {
  const impossible = withLock(join(temporaryFolder(), "missing", "lock"), {}, async () => undefined);
  const failure = await impossible.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(FleetError);
});
