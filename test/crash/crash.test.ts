import { expect, test } from "bun:test";
import { disagreements, type Entry, generator, registered } from "../helpers/agreement.ts";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Repository } from "../helpers/repository.ts";
import { type Sandbox, sandbox } from "../helpers/sandbox.ts";
import { hideTreasures, lostTreasures } from "../helpers/treasures.ts";

const rounds = Number(process.env.CRASH_ROUNDS ?? 200);
const seed = Number(process.env.CRASH_SEED ?? Math.floor(Math.random() * 1_000_000));

/** A command to be killed, and about how long it takes when it is not. */
interface Victim {
  readonly args: readonly string[];
  readonly milliseconds: number;
}

test(`${rounds} commands die at any moment, and the next one settles what they left (CRASH_SEED=${seed})`, async () => {
  await using box = await sandbox();
  box.env.AI_FLEET_DEFAULT_AGENT = "demo";
  const project = await box.repository("project", { files: { "README.md": "# Project\n", ".gitignore": "secret\n" } });
  const random = generator(seed);
  for (let round = 1; round <= rounds; round += 1) {
    const before = registered(box);
    const treasures = hideTreasures(before, `round ${round}`);
    const victim = chooseVictim(before, round, random);
    const program = box.start(victim.args, { cwd: project.path });
    await Bun.sleep(random() * victim.milliseconds);
    program.signal("SIGKILL");
    await program.ended();
    await settle(box, project);
    const where = `round ${round} of CRASH_SEED=${seed}: fleet ${victim.args.join(" ")}`;
    expect({ where, disagreements: await disagreements(box, project) }).toEqual({ where, disagreements: [] });
    expect({ where, lost: await lostTreasures(box, project, treasures) }).toEqual({ where, lost: [] });
  }
  await box.fleet(["kill", "--all", "-y"], { cwd: project.path });
  const branches = (await project.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads")).split("\n");
  await expectNothingLeft(box, project, { branches });
}, 600_000);

function chooseVictim(present: readonly Entry[], round: number, random: () => number): Victim {
  const [first] = present;
  if (first === undefined) return { args: ["fanout", "3", `r${round}`, "-p", "note"], milliseconds: 250 };
  const choices: readonly Victim[] = [
    { args: ["create", `c${round}`, "-p", "note"], milliseconds: 120 },
    { args: ["fanout", "2", `f${round}`, "-p", "work 5"], milliseconds: 180 },
    { args: ["kill", first.branch], milliseconds: 150 },
    { args: ["kill", "--all", "-y"], milliseconds: 250 },
    { args: ["restore", "--last"], milliseconds: 200 },
    { args: ["stop", first.branch], milliseconds: 100 },
    { args: ["resume", first.branch], milliseconds: 100 },
    { args: ["list", "--repair"], milliseconds: 80 },
  ];
  if (present.length > 8) return { args: ["kill", "--all", "-y"], milliseconds: 300 };
  return choices[Math.floor(random() * choices.length)] ?? { args: ["list"], milliseconds: 50 };
}

/** What any next command does first. */
async function settle(box: Sandbox, project: Repository): Promise<void> {
  const { code, stderr } = await box.fleet(["list", "--repair"], { cwd: project.path });
  if (code !== 0) throw new Error(`list --repair: ${stderr}`);
}
