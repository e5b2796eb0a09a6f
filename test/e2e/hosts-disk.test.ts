import { expect, test } from "bun:test";
import { closeSync, openSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { demoSandbox, textOf } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";

const fillerOf = (home: string) => join(home, "filler");

/** Fills the disk of a home, but for so many bytes. */
function fill(home: string, left = 0): void {
  const filler = openSync(fillerOf(home), "a");
  const block = Buffer.alloc(4096);
  try {
    for (;;) writeSync(filler, block);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
  } finally {
    closeSync(filler);
  }
  truncateSync(fillerOf(home), statSync(fillerOf(home)).size - left);
}

/** Bytes that nothing makes smaller. */
const noise = (megabytes: number) =>
  crypto
    .getRandomValues(new Uint8Array(65_536))
    .toHex()
    .repeat(8 * megabytes);

if (process.platform === "linux") {
  test("a host whose disk is full says so, loses nothing, and does once there is room what it was asked for then", async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project");
    await using far = await demoHosts(box, ["far1"], "", { disk: "24m" });
    const { home } = far.far1;
    const at = { cwd: project.path, timeoutMs: 60_000 };
    const branches = async () => (await box.fleet(["list", "-q"], at)).stdout.split("\n").filter(Boolean).sort();
    await box.fleet(["create", "fix", "-p", "note", "--host", "far1"], at).expect({ stdout: "fix\n", stderr: /./ });
    await box.fleet(["create", "here"], at).expect({ stdout: "here\n", stderr: /./ });
    await box.fleet(["wait", "fix"], at).expect({ stdout: "  fix  idle\n" });
    const unsaved = join(home, ".ai_fleet/worktrees/fix/unsaved.txt");
    writeFileSync(unsaved, "only here\n");
    fill(home);

    const noRoom = /no space left on device: nothing was done.* run df -h \S+/;
    await box.fleet(["prompt", "fix", "note"], at).expect({ code: 1, stdout: noRoom });
    await box.fleet(["kill", "fix"], at).expect({ code: 1, stdout: noRoom, stderr: "0 of 1 ended.\n" });
    await box.fleet(["fetch"], at).expect({ code: 1, stderr: /far1: no space left.*\n.*run df -h/ });
    await box.fleet(["merge", "fix"], at).expect({ code: 1, stderr: /no space left.*run fleet fetch fix\n$/s });
    await box
      .fleet(["create", "none", "-p", "note", "--host", "far1"], at)
      .expect({ code: 1, stderr: /far1: its disk is nearly full.*✗ none: .*run fleet hosts check far1/s });
    await box
      .fleet(["move", "here", "--host", "far1"], at)
      .expect({ code: 1, stderr: /run fleet hosts check far1|run df -h/ });
    await box.fleet(["hosts", "check", "far1"], at).expect({ code: 1, stdout: /disk +nearly full/ });
    expect(await branches()).toEqual(["fix", "here"]);
    // What fills the disk can be stopped.
    await box
      .fleet(["stop", "fix"], at)
      .expect({ stdout: "  fix  stopped\n", stderr: /the last screen of fix is not kept/ });

    rmSync(fillerOf(home));
    expect(textOf(unsaved)).toBe("only here\n");
    await box.fleet(["resume", "fix"], at).expect({ stdout: /fix {2}resumed/ });
    await box.fleet(["kill", "fix"], at).expect({ stdout: /fix {2}ended .*1 unsaved file saved/, stderr: /./ });
    await box.fleet(["create", "none", "--host", "far1"], at).expect({ stdout: "none\n", stderr: /./ });
    expect(await branches()).toEqual(["here", "none"]);
  }, 120_000);

  test("a disk that fills up in the middle leaves nothing half made there, and git's words are told", async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project", { files: { "large.txt": noise(3) } });
    await using far = await demoHosts(box, ["far1"], "", { disk: "24m" });
    const { home } = far.far1;
    const at = { cwd: project.path, timeoutMs: 60_000 };
    const make = ["create", "fix", "--host", "far1"];
    await box.fleet(["create", "first", "--host", "far1"], at).expect({ stdout: "first\n", stderr: /./ });
    await box.fleet(["kill", "first", "--now"], at).expect({ stdout: /first {2}ended/, stderr: /./ });
    fill(home, 1_500_000);
    await box
      .fleet(make, at)
      .expect({ code: 1, stderr: /✗ fix: git reset failed\n.*unable to write.*fleet hosts check far1/s });
    expect(readdirSync(join(home, ".ai_fleet/worktrees")).filter((name) => !name.startsWith("."))).toEqual([]);
    rmSync(fillerOf(home));
    await box.fleet(make, at).expect({ stdout: "fix\n", stderr: /./ });

    const large = join(home, ".ai_fleet/worktrees/fix/unsaved.txt");
    writeFileSync(large, noise(3));
    fill(home, 200_000);
    await box.fleet(["fetch"], at).expect({ code: 1, stderr: /^ {2}! fix: git \S+ failed: .+/ });
    await box
      .fleet(["kill", "fix"], at)
      .expect({ code: 1, stdout: /fix {2}kept .*fleet hosts check far1/, stderr: /0 of 1/ });
    rmSync(fillerOf(home));
    await box.fleet(["kill", "fix"], at).expect({ stdout: /fix {2}ended .*1 unsaved file saved/, stderr: /./ });
  }, 120_000);

  test("a fan-out leaves out a host whose disk is nearly full, and goes nowhere when all are", async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project");
    await using far = await demoHosts(box, ["far1", "far2"], "", { disk: "24m" });
    const at = { cwd: project.path, timeoutMs: 60_000 };
    const fanout = (name: string) => box.fleet(["fanout", "2", name, "-p", "note", "--host", "any"], at);
    fill(far.far1.home, 1_000_000);
    await fanout("x").expect({
      stdout: "x-A1\nx-A2\n",
      stderr: /^ {2}! left out: far1: its disk is nearly full, 0\.0 of 0\.0 GiB free\nfar2: x-A1, x-A2\n/,
    });
    fill(far.far2.home, 1_000_000);
    await fanout("y").expect({
      code: 1,
      stderr: /^✗ no host has room on its disk\n.*far1: .*far2: .*--host NAME\n$/s,
    });
    await box.fleet(["create", "z", "--host", "far1"], at).expect({ stdout: "z\n", stderr: /^ {2}! far1: its disk/ });
  }, 120_000);
}
