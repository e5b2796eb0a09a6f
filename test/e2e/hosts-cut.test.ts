import { expect, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cutAt, cutInHook, cutInTransfer, goingWrong } from "../helpers/cut-link.ts";
import type { TestHost } from "../helpers/hosts.ts";
import { demoSandbox, fleetHome, textOf } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";

interface Cut {
  readonly command: string;
  readonly cause: (host: TestHost) => void;
  readonly outcome: { readonly code: number; readonly stdout: string; readonly told: RegExp };
  /** What is told by the first command that reaches the host again. */
  readonly settled?: RegExp;
  /** Which agents there are afterwards, and what the same command says then. */
  readonly left: readonly string[];
  readonly again: { readonly code: number; readonly stdout: RegExp; readonly stderr: RegExp };
  readonly atLast: readonly string[];
}

const lostIn = (row: string) =>
  `the link to far1 was lost during ${row}; what it had begun goes on there\\n +to see what came of it, run fleet hosts check far1, then fleet list\\n`;

const launches: Readonly<Record<string, Cut>> = {
  "create is cut off while objects go there": {
    command: "create new --host far1",
    cause: (host) => cutInHook(host, "pre-receive"),
    outcome: { code: 1, stdout: "", told: /✗ new: git push failed\n/ },
    left: ["fix"],
    again: { code: 0, stdout: /^new\n$/, stderr: /^far1: new\n/ },
    atLast: ["fix", "new"],
  },
  "create is cut off before the host is asked to start it": {
    command: "create new --host far1",
    cause: (host) => cutAt(host, '"call":"host_launch"', "in"),
    outcome: { code: 1, stdout: "", told: new RegExp(`✗ new: ${lostIn("host_launch")}`) },
    left: ["fix"],
    again: { code: 0, stdout: /^new\n$/, stderr: /^far1: new\n/ },
    atLast: ["fix", "new"],
  },
  "create is cut off after the host has started it": {
    command: "create new --host far1",
    cause: (host) => cutAt(host, '"failures":[', "out"),
    outcome: { code: 1, stdout: "", told: new RegExp(`✗ new: ${lostIn("host_launch")}`) },
    left: ["fix", "new"],
    again: {
      code: 1,
      stdout: /^$/,
      stderr:
        /^✗ the name is taken, so nothing was made\n +│ new: an agent on far1 already\n +to go to the one that is there, run fleet attach new; else choose another name\n$/,
    },
    atLast: ["fix", "new"],
  },
  "fanout is cut off before the host is asked to start them": {
    command: "fanout 2 x -p note --host far1",
    cause: (host) => cutAt(host, '"call":"host_launch"', "in"),
    outcome: {
      code: 1,
      stdout: "",
      told: new RegExp(`✗ x-A1: ${lostIn("host_launch")}✗ x-A2: ${lostIn("host_launch")}`),
    },
    left: ["fix"],
    again: { code: 0, stdout: /^x-A1\nx-A2\n$/, stderr: /^far1: x-A1, x-A2\n/ },
    atLast: ["fix", "x-A1", "x-A2"],
  },
  "fanout is cut off after the host has started them": {
    command: "fanout 2 x -p note --host far1",
    cause: (host) => cutAt(host, '"failures":[', "out"),
    outcome: {
      code: 1,
      stdout: "",
      told: new RegExp(`✗ x-A1: ${lostIn("host_launch")}✗ x-A2: ${lostIn("host_launch")}`),
    },
    left: ["fix", "x-A1", "x-A2"],
    again: {
      code: 1,
      stdout: /^$/,
      stderr: /^✗ 2 of the 2 names are taken, so nothing was made\n.*x-A1\n.*x-A2\n.*fanout 2 x --continue/,
    },
    atLast: ["fix", "x-A1", "x-A2"],
  },
};

const readings: Readonly<Record<string, Cut>> = {
  "fetch is cut off before the host is asked": reading(
    "fetch fix",
    "in",
    1,
    /^ {2}fix {2}far1 {2}\S+, and 1 unsaved file\n$/,
  ),
  "fetch is cut off before the host's answer": reading(
    "fetch fix",
    "out",
    1,
    /^ {2}fix {2}far1 {2}\S+, and 1 unsaved file\n$/,
  ),
  "diff is cut off before the host is asked": reading("diff fix --name-only", "in", 0, /^unsaved\.txt\n$/),
  "diff is cut off before the host's answer": reading("diff fix --name-only", "out", 0, /^unsaved\.txt\n$/),
};

function reading(command: string, direction: "in" | "out", code: number, again: RegExp): Cut {
  const text = direction === "in" ? '"call":"host_work"' : '"unheld"';
  return {
    command,
    cause: (host) => cutAt(host, text, direction),
    outcome: {
      code,
      stdout: "",
      told: /! the link to far1 was lost during host_work; what it had begun goes on there; this is what was fetched at /,
    },
    left: ["fix"],
    again: { code: 0, stdout: again, stderr: /^$/ },
    atLast: ["fix"],
  };
}

const transfers: Readonly<Record<string, Cut>> = {
  "create is cut off in the middle of the objects": {
    command: "create new --host far1",
    cause: (host) => cutInTransfer(host, "git-receive-pack"),
    outcome: { code: 1, stdout: "", told: /✗ new: git push failed\n/ },
    left: ["fix"],
    again: { code: 0, stdout: /^new\n$/, stderr: /^far1: new\n/ },
    atLast: ["fix", "new"],
  },
  "fetch is cut off in the middle of the objects": {
    ...reading("fetch fix", "in", 1, /^ {2}fix {2}far1 {2}\S+, and 1 unsaved file\n$/),
    cause: (host) => cutInTransfer(host, "git-upload-pack"),
    outcome: {
      code: 1,
      stdout: "",
      told: /^ {2}! git fetch from far1 failed: .*; this is what was fetched at .*\n.* fleet hosts check far1\n$/,
    },
  },
};

const changes: Readonly<Record<string, Cut>> = {
  "merge is cut off before the host is asked for what is new": {
    ...reading("merge fix --commit", "in", 0, /^ {2}fix {2}merged {2}main is at .*\n$/),
    outcome: {
      code: 1,
      stdout: "",
      told: /! .* this is what was fetched at .*\n.*\n✗ what fix has now could not be fetched from far1; nothing was changed\n/,
    },
    again: {
      code: 0,
      stdout: /^ {2}fix {2}merged {2}main is at .*\n$/,
      stderr: /^Undo the last: fleet merge --undo\n$/,
    },
  },
  "pick is cut off before the host is asked for what is new": {
    ...reading("pick fix", "in", 1, /^/),
    outcome: { code: 1, stdout: "", told: /✗ what fix has now could not be fetched from far1; nothing was changed\n/ },
    again: { code: 0, stdout: /^ {2}fix {2}taken {2}main is at .*\n$/, stderr: /^fix was the only one\.\nUndo: / },
  },
  "stop is cut off before the host is asked": stopping("in", "it never arrived, so nothing was done"),
  "stop is cut off before the host's answer": stopping("out", "done"),
};

/** What the host did is told by the first command that reaches it again, which is a list here. */
function stopping(direction: "in" | "out", told: string): Cut {
  return {
    command: "stop fix",
    cause: (host) => cutAt(host, direction === "in" ? '"call":"stop"' : '"outcome":"stopped"', direction),
    outcome: {
      code: 1,
      stdout: "  fix  kept  the link to far1 was lost during stop; what it had begun goes on there\n",
      told: /^$/,
    },
    settled: new RegExp(`^far1: stop of fix at .*: ${told}\n$`),
    left: ["fix"],
    again: { code: 0, stdout: /^ {2}fix {2}stopped.*\n$/, stderr: /^$/ },
    atLast: ["fix"],
  };
}

const cuts = { ...launches, ...readings, ...transfers, ...changes };

for (const [moment, { command, cause, outcome, settled, left, again, atLast }] of Object.entries(cuts)) {
  test(`${moment}: it says so, nothing is lost or there twice, and the same again says how it is`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project");
    await using far = await demoHosts(box, ["far1"]);
    appendFileSync(join(fleetHome(box), "config.toml"), "slots = 8\n");
    const at = { cwd: project.path, timeoutMs: 60_000 };
    await box.fleet(["create", "fix", "--host", "far1"], at);
    await box.fleet(["fetch", "fix"], at);
    const unsaved = join(far.far1.home, ".ai_fleet/worktrees/fix/unsaved.txt");
    writeFileSync(unsaved, "in no commit\n");
    const undo = goingWrong(far.far1, cause);
    const list = () => box.fleet(["list", "-q"], at);
    const names = async () => (await list()).stdout.split("\n").filter(Boolean).sort();

    const { code, stdout, stderr } = await box.fleet(command.split(" "), at);
    expect({ code, stdout, stderr }).toEqual({
      code: outcome.code,
      stdout: outcome.stdout,
      stderr: expect.stringMatching(outcome.told),
    });
    undo();
    if (settled !== undefined) expect((await list()).stderr).toMatch(settled);
    expect(await names()).toEqual([...left]);
    expect(await box.fleet(command.split(" "), at)).toMatchObject({
      code: again.code,
      stdout: expect.stringMatching(again.stdout),
      stderr: expect.stringMatching(again.stderr),
    });
    expect([await names(), textOf(unsaved)]).toEqual([[...atLast], "in no commit\n"]);
  });
}

for (const row of ["host_work", "kill"]) {
  test(`kill is cut off before the host is asked for ${row}: the agent is kept and whole, and the same kill ends it`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project");
    await using far = await demoHosts(box, ["far1"]);
    const at = { cwd: project.path, timeoutMs: 60_000 };
    await box.fleet(["create", "fix", "--host", "far1"], at);
    writeFileSync(join(far.far1.home, ".ai_fleet/worktrees/fix/unsaved.txt"), "in no commit\n");
    const undo = goingWrong(far.far1, (host) => cutAt(host, `"call":"${row}"`, "in"));

    const { code, stdout, stderr } = await box.fleet(["kill", "fix"], at);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: expect.stringMatching(new RegExp(`^ {2}fix {2}kept {2}the link to far1 was lost during ${row};`)),
      stderr: "0 of 1 ended.\n",
    });
    undo();
    expect((await box.fleet(["list", "-q"], at)).stdout).toBe("fix\n");
    const again = await box.fleet(["kill", "fix"], at);
    expect({ code: again.code, stderr: again.stderr }).toEqual({
      code: 0,
      stderr: "1 of 1 ended. Undo: fleet restore fix\n",
    });
    expect((await box.fleet(["list", "-q"], at)).stdout).toBe("");
    await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /^ {2}fix {2}restored/ });
    expect(textOf(join(fleetHome(box), "worktrees/fix/unsaved.txt"))).toBe("in no commit\n");
  });
}

test("kill is cut off after the host has ended it: the same kill finishes, and restore brings all of it back", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1"]);
  const at = { cwd: project.path, timeoutMs: 60_000 };
  await box.fleet(["create", "fix", "--host", "far1"], at);
  writeFileSync(join(far.far1.home, ".ai_fleet/worktrees/fix/unsaved.txt"), "in no commit\n");
  const undo = goingWrong(far.far1, (host) => cutAt(host, '"outcome":"ended"', "out"));
  expect((await box.fleet(["kill", "fix"], at)).code).toBe(1);
  undo();
  expect((await box.fleet(["kill", "fix"], at)).code).toBe(0);
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(textOf(join(fleetHome(box), "worktrees/fix/unsaved.txt"))).toBe("in no commit\n");
});
