import { expect, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cutAt, cutInHook, goingWrong, wrapProgram } from "../helpers/cut-link.ts";
import type { TestHost } from "../helpers/hosts.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { requireTracing } from "../helpers/steps.ts";
import { agentOn, demoSandbox, fleetHome, textOf } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";

interface Fault {
  readonly cause: (host: TestHost) => void;
  readonly told: RegExp;
  /** What is listed before the same command is given again. */
  readonly left: string;
}

/** What goes wrong on the host while an agent comes there, and what comes of it. */
const faults: Readonly<Record<string, Fault>> = {
  "the link is cut before the host is asked what it bears": {
    cause: (host) => cutAt(host, '"call":"host_look"', "in"),
    told: /the link to far1 was lost/,
    left: "here idle",
  },
  "the link is cut while objects go there": {
    cause: (host) => cutInHook(host, "pre-receive"),
    told: /git push failed/,
    left: "here idle",
  },
  "the link is cut when all objects are there": {
    cause: (host) => cutInHook(host, "post-receive"),
    told: /git push failed/,
    left: "here idle",
  },
  "the link is cut before the host is asked to take it": {
    cause: (host) => cutAt(host, '"call":"host_take"', "in"),
    told: /nobody can tell whether fix is on far1; where it was it is stopped\n {2}when far1 is back, run fleet move fix --host far1/,
    left: "here stopped",
  },
  "the link is cut after the host has taken it": {
    cause: (host) => cutAt(host, '"at_rest"', "out"),
    told: /nobody can tell whether fix is on far1; where it was it is stopped\n {2}when far1 is back, run fleet move fix --host far1/,
    left: "here stopped",
  },
  "the host's program dies when it begins to take it": {
    cause: (host) => dieAtRename(host, 6),
    told: /nobody can tell whether fix is on far1/,
    left: "here stopped",
  },
  "the host's program dies when most of it is there": {
    cause: (host) => dieAtRename(host, 11),
    told: /nobody can tell whether fix is on far1/,
    left: "here stopped",
  },
  "the disk of the host is full": {
    cause: (host) => wrapProgram(host, "trap '' XFSZ; ulimit -f 1; exec PROGRAM \"$@\""),
    told: /far1: .*(?:file too large|failed with exit code)/,
    left: "here idle",
  },
};

for (const [fault, { cause, told, left }] of Object.entries(faults)) {
  test(`${fault}: the agent is in one place, whole, and the same move finishes`, async () => {
    await using box = await demoSandbox();
    const project = await box.repository("project");
    await requireTracing(box);
    await using far = await demoHosts(box, ["far1"]);
    const at = { cwd: project.path, timeoutMs: 60_000 };
    await box.fleet(["create", "there", "--host", "far1"], at);
    await box.fleet(["kill", "there"], at);
    await box.fleet(["create", "fix"], at);
    const here = agentOn(box, "fix").worktree;
    writeFileSync(join(here, "unsaved.txt"), "in no commit\n");
    const undo = goingWrong(far.far1, cause);

    const { code, stdout, stderr } = await box.fleet(["move", "fix", "--host", "far1"], at);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: expect.stringMatching(told) });
    expect(textOf(join(here, "unsaved.txt"))).toBe("in no commit\n");
    expect(await listed(box, project.path)).toEqual([left]);
    undo();

    const again = await box.fleet(["move", "fix", "--host", "far1"], at);
    expect({ code: again.code, stdout: again.stdout }).toEqual({
      code: 0,
      stdout: "  fix  is on far1  runs, with a new conversation\n",
    });
    expect(textOf(join(far.far1.home, ".ai_fleet/worktrees/fix/unsaved.txt"))).toBe("in no commit\n");
    expect([existsSync(here), await listed(box, project.path)]).toEqual([false, ["far1 idle"]]);
    for (const home of [fleetHome(box), join(far.far1.home, ".ai_fleet")]) {
      expect(readdirSync(join(home, "journal")).filter((name) => name.endsWith(".json"))).toEqual([]);
    }
  });
}

async function listed(box: Sandbox, cwd: string): Promise<string[]> {
  const { stdout } = await box.fleet(["list", "--json"], { cwd });
  const { agents } = JSON.parse(stdout) as { agents: { host?: string; status: string }[] };
  return agents.map(({ host = "here", status }) => `${host} ${status === "starting" ? "idle" : status}`);
}

/** Ends the program there when it is about to put a file in its place for the nth time. */
function dieAtRename(host: TestHost, count: number): void {
  const injection = `-o /dev/null -e trace=rename -e inject=rename:signal=SIGKILL:when=${count}`;
  wrapProgram(host, `[ "$1" = api ] || exec PROGRAM "$@"\nexec strace ${injection} PROGRAM "$@"`);
}
