import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { demoHosts } from "../e2e/demo-hosts.ts";
import { disagreements, registered } from "../helpers/agreement.ts";
import { sandbox } from "../helpers/sandbox.ts";
import { chosenSteps, dieBefore, requireTracing, stepSeed, stepsMilliseconds, stepsOf } from "../helpers/steps.ts";

test(
  `a move dies before its steps, there and back, and the same command finishes it (STEP_SEED=${stepSeed})`,
  async () => {
    await using box = await sandbox();
    Object.assign(box.env, { AI_FLEET_DEFAULT_AGENT: "demo", AI_FLEET_KEEP_KILLED: "0s" });
    await requireTracing(box);
    const project = await box.repository();
    await using far = await demoHosts(box, ["far1"]);
    const at = { cwd: project.path, timeoutMs: 60_000 };
    const succeed = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await box.fleet(args, at);
      expect({ args, code, stderr }).toMatchObject({ args, code: 0 });
      return stdout;
    };
    await succeed("create", "fix", "-p", "note");
    await succeed("wait", "fix");
    const trees = {
      here: registered(box)[0]?.worktree ?? "",
      far1: join(far.far1.home, ".ai_fleet/worktrees/fix"),
    };
    const text = "made by an agent, in no commit\n";
    writeFileSync(join(trees.here, "treasure"), text);
    const journals = () =>
      [box.home, far.far1.home].flatMap((home) =>
        readdirSync(join(home, ".ai_fleet/journal")).filter((name) => name.endsWith(".json")),
      );
    const found = async () => ({
      listed: (JSON.parse(await succeed("list", "--json")).agents as readonly Listed[]).map(
        ({ host = "here", status, ahead }) => ({ host, status, ahead }),
      ),
      trees: Object.entries(trees).flatMap(([place, tree]) => (existsSync(tree) ? [place] : [])),
      text: Object.values(trees).flatMap((tree) => readIfThere(join(tree, "treasure"))),
      journals: journals(),
      disagreements: await disagreements(box, project),
    });
    const ways = [
      { to: "far1", move: ["move", "fix", "--host", "far1"], back: ["move", "fix", "--here"] },
      { to: "here", move: ["move", "fix", "--here"], back: ["move", "fix", "--host", "far1"] },
    ] as const;
    await succeed(...ways[0].move);
    await succeed(...ways[1].move);
    for (const { to, move, back } of ways) {
      const steps = await stepsOf(box, move, at);
      for (const step of chosenSteps(steps, 3)) {
        await succeed(...back);
        await dieBefore(box, step, move, at);
        // What it dies before may be the tidying after a move that is over: then there is nothing to finish, and it is said so.
        const code = journals().length === 0 && existsSync(trees[to]) ? 2 : 0;
        const again = await box.fleet(move, at);
        await succeed("list", "--repair");
        const where = { step: step.text, again: again.stderr, code: again.code };
        const listed = [{ host: to, status: "idle", ahead: 1 }];
        expect({ ...where, ...(await found()) }).toEqual({
          ...{ ...where, code, listed, trees: [to], text: [text], journals: [], disagreements: [] },
        });
      }
    }
  },
  stepsMilliseconds,
);

interface Listed {
  readonly host?: string;
  readonly status: string;
  readonly ahead: number;
}

function readIfThere(file: string): string[] {
  return existsSync(file) ? [readFileSync(file, "utf8")] : [];
}
