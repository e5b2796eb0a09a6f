import { expect, test } from "bun:test";
import { disagreements, generator, registered } from "../helpers/agreement.ts";
import { expectNothingLeft } from "../helpers/audit.ts";
import { Diary } from "../helpers/diary.ts";
import { type Sandbox, sandbox } from "../helpers/sandbox.ts";

const workers = 8;
const seconds = Number(process.env.SOAK_SECONDS ?? 25);
const seed = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 1_000_000));

test(
  `${workers} users of one home do as they like for ${seconds} s (SOAK_SEED=${seed})`,
  async () => {
    await using box = await sandbox();
    box.env.AI_FLEET_DEFAULT_AGENT = "demo";
    const project = await box.repository();
    const diary = new Diary();
    const deadline = performance.now() + seconds * 1000;
    await Promise.all(
      Array.from({ length: workers }, async (_, worker) => {
        const random = generator(seed + worker);
        for (let turn = 0; performance.now() < deadline; turn += 1) {
          const args = command(box, random, `w${worker}t${turn}`);
          await diary.write(worker, args, box.fleet(args, { cwd: project.path }));
        }
      }),
    );
    expect(diary.bugs()).toEqual([]);
    await diary.write(workers, ["list", "--repair"], box.fleet(["list", "--repair"], { cwd: project.path }));
    const found = await disagreements(box, project);
    expect(found.map((line) => `${line}\n${diary.about(line)}`)).toEqual([]);
    await diary.write(workers, ["kill", "--all", "-y"], box.fleet(["kill", "--all", "-y"], { cwd: project.path }));
    const branches = (await project.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads")).split("\n");
    await expectNothingLeft(box, project, { branches }).catch((error: Error) => {
      throw new Error(`${error.message}\n${diary.about(error.message)}`);
    });
  },
  (seconds + 120) * 1000,
);

/** Anything a user might type, sensible at this moment or not: others are at work, so it may be refused. */
function command(box: Sandbox, random: () => number, name: string): readonly string[] {
  const agents = registered(box);
  const target = agents[Math.floor(random() * agents.length)]?.branch ?? "nobody";
  const choices: readonly (readonly string[])[] = [
    ["create", name, "-p", "note"],
    ["create", "shared", "-p", "work 1"],
    ["fanout", "2", name, "-p", "work 1"],
    ["list"],
    ["list", "--json", "-A"],
    ["logs", target],
    ["prompt", target, "go on"],
    ["interrupt", target],
    ["stop", target],
    ["resume", target],
    ["kill", target],
    ["kill", target],
    ["kill", "w*A1", "-y"],
    ["restore", target],
    ["restore", "--last"],
    ["list", "--repair"],
    ["prune", "-y"],
    ["exec", target, "--", "git", "status", "--short"],
  ];
  return choices[Math.floor(random() * choices.length)] ?? ["list"];
}
