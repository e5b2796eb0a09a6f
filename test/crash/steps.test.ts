import { expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { disagreements, registered } from "../helpers/agreement.ts";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Repository } from "../helpers/repository.ts";
import { type Sandbox, sandbox } from "../helpers/sandbox.ts";
import {
  chosenSteps,
  dieBefore,
  requireTracing,
  type Step,
  stepSeed,
  stepsMilliseconds,
  stepsOf,
} from "../helpers/steps.ts";
import { hideTreasures, lostTreasures, type Treasures } from "../helpers/treasures.ts";

/** A command that changes the fleet. The branch it works on differs from round to round. */
interface Operation {
  readonly args: (branch: string) => readonly string[];
  /** What has to be there before it; returns what must not be lost by it. */
  readonly prepare?: (world: World, branch: string) => Promise<Treasures>;
  /** What else must hold when it has died and the next command has settled that. */
  readonly afterwards?: (world: World, branch: string) => Promise<void>;
}

const operations: Readonly<Record<string, Operation>> = {
  create: { args: (branch) => ["create", branch, "-p", "note"] },
  fanout: { args: (branch) => ["fanout", "3", branch, "-p", "note"] },
  multi: { args: (branch) => ["multi", `${branch}-1:note`, `${branch}-2:note`] },
  kill: { args: (branch) => ["kill", branch], prepare: (world, branch) => world.agent(branch) },
  "kill --commit": { args: (branch) => ["kill", branch, "--commit"], prepare: (world, branch) => world.agent(branch) },
  "kill --delete-branch": { args: (branch) => ["kill", branch, "-d"], prepare: (world, branch) => world.agent(branch) },
  stop: { args: (branch) => ["stop", branch], prepare: (world, branch) => world.agent(branch) },
  resume: {
    args: (branch) => ["resume", branch],
    async prepare(world, branch) {
      const treasures = await world.agent(branch, "-p", "note");
      await world.fleet("wait", branch);
      await world.fleet("stop", branch);
      return treasures;
    },
    async afterwards({ box, project }, branch) {
      await box.fleet(["resume", branch], { cwd: project.path });
      await box.fleet(["wait", branch], { cwd: project.path });
      expect(received(box, branch)).toBe("note\0");
    },
  },
  restore: {
    args: (branch) => ["restore", branch],
    async prepare(world, branch) {
      const treasures = await world.agent(branch);
      await world.fleet("kill", branch);
      return treasures;
    },
    async afterwards({ box, project }, branch) {
      const there = registered(box).some((agent) => agent.branch === branch);
      const { stderr, code } = await box.fleet([there ? "path" : "restore", branch], { cwd: project.path });
      expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    },
  },
  merge: {
    args: (branch) => ["merge", branch],
    async prepare(world, branch) {
      await world.fleet("create", branch);
      const worktree = registered(world.box).find((agent) => agent.branch === branch)?.worktree ?? "";
      writeFileSync(join(worktree, branch), "made by an agent\n");
      await world.project.git("-C", worktree, "add", "--all");
      await world.project.git("-C", worktree, "commit", "--quiet", "-m", branch);
      return new Map();
    },
    async afterwards({ box, project }, branch) {
      expect(await project.git("status", "--porcelain")).toBe("");
      const { code } = await box.fleet(["merge", branch], { cwd: project.path });
      expect({ code, text: await project.git("show", `main:${branch}`) }).toEqual({
        code: 0,
        text: "made by an agent",
      });
      await box.fleet(["kill", branch], { cwd: project.path });
    },
  },
  pick: {
    args: (branch) => ["pick", `${branch}-win`, "--untested"],
    async prepare(world, branch) {
      for (const name of ["win", "lose"]) {
        await world.fleet("create", `${branch}-${name}`, "--batch", branch);
        const entry = registered(world.box).find((agent) => agent.branch === `${branch}-${name}`);
        writeFileSync(join(entry?.worktree ?? "", `${branch}-${name}`), "made by an agent\n");
      }
      return new Map();
    },
    async afterwards({ box, project }, branch) {
      expect(await project.git("status", "--porcelain")).toBe("");
      const isThere = (name: string) => registered(box).some((agent) => agent.branch === `${branch}-${name}`);
      const isMerged = (await project.git("ls-tree", "--name-only", "main")).split("\n").includes(`${branch}-win`);
      expect({ winner: isThere("win"), loser: isThere("lose") }).toEqual({ winner: true, loser: !isMerged });
      const { code, stderr } = isMerged
        ? await box.fleet(["restore", `${branch}-lose`], { cwd: project.path })
        : await box.fleet(["pick", `${branch}-win`, "--untested"], { cwd: project.path });
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(await project.git("show", `main:${branch}-win`)).toBe("made by an agent");
    },
  },
  "prune -y": {
    args: () => ["prune", "-y"],
    async prepare(world, branch) {
      for (const end of ["stop", "kill"]) {
        await world.fleet("create", `${branch}-${end}`);
        await world.fleet(end, `${branch}-${end}`);
      }
      return world.agent(branch);
    },
  },
  "list --repair": {
    args: () => ["list", "--repair"],
    async prepare(world, branch) {
      const { box, project } = world;
      const treasures = await world.agent(`${branch}-1`);
      const more = await world.agent(`${branch}-2`);
      const moved = registered(box).find((agent) => agent.branch === `${branch}-2`);
      await box.tmux.run(["rename-session", "-t", `=ai_${branch}-1`, "another name"]);
      await project.git("worktree", "move", moved?.worktree ?? "", join(box.home, branch));
      rmSync(join(box.home, ".ai_fleet/state.json"));
      return new Map([...treasures, ...more]);
    },
  },
};

/** A sandbox with one repository. */
class World {
  readonly box: Sandbox;
  readonly project: Repository;

  constructor(box: Sandbox, project: Repository) {
    this.box = box;
    this.project = project;
  }

  /** Runs a command that must succeed. */
  async fleet(...args: readonly string[]): Promise<void> {
    const { code, stderr } = await this.box.fleet(args, { cwd: this.project.path });
    if (code !== 0) throw new Error(`fleet ${args.join(" ")}: ${stderr}`);
  }

  /** An agent that has a file which is in no commit. */
  async agent(branch: string, ...more: readonly string[]): Promise<Treasures> {
    await this.fleet("create", branch, ...more);
    return hideTreasures(
      registered(this.box).filter((agent) => agent.branch === branch),
      branch,
    );
  }
}

function received(box: Sandbox, branch: string): string {
  const id = registered(box).find((agent) => agent.branch === branch)?.id ?? "";
  return readFileSync(join(box.home, ".ai_fleet/agents", id, "received"), "utf8");
}

for (const [name, operation] of Object.entries(operations)) {
  test(
    `${name} dies before its steps, and the next command settles what it left (STEP_SEED=${stepSeed})`,
    async () => {
      await using box = await sandbox();
      Object.assign(box.env, { AI_FLEET_DEFAULT_AGENT: "demo", AI_FLEET_KEEP_KILLED: "0s" });
      await requireTracing(box);
      const world = new World(box, await box.repository());
      const at = { cwd: world.project.path };
      let steps: readonly Step[] = [];
      await round(world, operation, "first", (args) => world.fleet(...args));
      await round(world, operation, "undisturbed", async (args) => {
        steps = await stepsOf(box, args, at);
      });
      const tried = chosenSteps(steps);
      const missed: string[] = [];
      for (const [index, step] of tried.entries()) {
        await round(world, operation, `r${index}`, async (args) => {
          const { signal } = await dieBefore(box, step, args, at);
          if (signal !== "SIGKILL") missed.push(step.text);
          return step.text;
        });
      }
      // Agents that start at the same time do not always take the same steps: this time some did not come.
      expect(missed.length, missed.join("\n")).toBeLessThanOrEqual(tried.length / 2);
      const branches = (await world.project.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads")).split(
        "\n",
      );
      await expectNothingLeft(box, world.project, { branches });
    },
    stepsMilliseconds,
  );
}

/** Lets an operation meet its fate, settles what it left as any next command does, audits, and clears the desk. */
async function round(
  world: World,
  operation: Operation,
  branch: string,
  fate: (args: readonly string[]) => Promise<unknown>,
): Promise<void> {
  const { box, project } = world;
  const treasures = (await operation.prepare?.(world, branch)) ?? new Map();
  const where = await fate(operation.args(branch));
  const audited = async () => ({
    where,
    disagreements: await disagreements(box, project),
    lost: await lostTreasures(box, project, treasures),
  });
  const fine = { where, disagreements: [], lost: [] };
  await world.fleet("list", "--repair");
  expect(await audited()).toEqual(fine);
  await operation.afterwards?.(world, branch);
  await world.fleet("kill", "--all", "-y");
  await world.fleet("prune", "-y");
  expect(registered(box)).toEqual([]);
}
