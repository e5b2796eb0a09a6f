import { expect, test } from "bun:test";
import { disagreements, registered } from "../helpers/agreement.ts";
import { type Sandbox, sandbox } from "../helpers/sandbox.ts";
import {
  chosenSteps,
  heldBefore,
  killHeld,
  requireTracing,
  type Step,
  stepSeed,
  stepsMilliseconds,
  stepsOf,
} from "../helpers/steps.ts";
import { hideTreasures, lostTreasures } from "../helpers/treasures.ts";

/** Two commands for the same agents, of which the first dies before a step, and before how many steps that is tried. */
const pairs = [
  { dying: "kill", other: "kill", count: 1 },
  { dying: "kill", other: "stop", count: 1 },
  { dying: "stop", other: "kill", count: 1 },
  { dying: "stop", other: "stop", count: 1 },
];

/** How long the other one has to come to where it must wait for the first. */
const togetherMilliseconds = 300;

for (const { dying, other, count } of pairs) {
  test(
    `a ${other} ends well, or says what to run, beside a ${dying} of the same agents that dies before a step (STEP_SEED=${stepSeed})`,
    async () => {
      await using box = await sandbox();
      Object.assign(box.env, { AI_FLEET_DEFAULT_AGENT: "demo", AI_FLEET_KEEP_KILLED: "0s" });
      await requireTracing(box);
      const project = await box.repository();
      const at = { cwd: project.path };
      const round = async (name: string, fate: (branches: readonly string[]) => Promise<readonly string[]>) => {
        const branches = [`${name}-1`, `${name}-2`];
        await succeed(box, ["create", branches[0] ?? ""], project.path);
        await succeed(box, ["create", branches[1] ?? ""], project.path);
        const treasures = hideTreasures(registered(box), name);
        const where = await fate(branches);
        await succeed(box, ["list", "--repair"], project.path);
        const found = { disagreements: await disagreements(box, project) };
        const lost = await lostTreasures(box, project, treasures);
        expect({ where, ...found, lost }).toEqual({ where, disagreements: [], lost: [] });
        await succeed(box, ["kill", "--all", "-y"], project.path);
        await succeed(box, ["prune", "-y"], project.path);
      };
      let steps: readonly Step[] = [];
      await round("undisturbed", async (branches) => {
        steps = await stepsOf(box, [dying, ...branches], at);
        return [];
      });
      // A half-made `.git` in a worktree must not become work of the agent.
      const pointer = steps.findLast(({ text }) => text.startsWith("rename(") && text.includes("/.git."));
      const tried = new Set([...chosenSteps(steps, count), ...(dying === other && pointer ? [pointer] : [])]);
      for (const [index, step] of [...tried].entries()) {
        await round(`r${index}`, async (branches) => {
          const held = await heldBefore(box, step, [dying, ...branches], at);
          const beside = box.start([other, ...branches], at);
          const ended = beside.ended();
          await Promise.race([ended, Bun.sleep(togetherMilliseconds)]);
          await killHeld(held);
          const { code, stdout, stderr } = await ended;
          if (code !== 0)
            expect([step.text, code, stderr]).toEqual([step.text, 1, expect.stringContaining("run fleet ")]);
          return [step.text, stdout, stderr];
        });
      }
    },
    stepsMilliseconds,
  );
}

async function succeed(box: Sandbox, args: readonly string[], cwd: string): Promise<void> {
  const { code, stderr } = await box.fleet(args, { cwd });
  if (code !== 0) throw new Error(`fleet ${args.join(" ")}: ${stderr}`);
}
