import { expect, test } from "bun:test";
import { demoSandbox, registered } from "../e2e/agents.ts";
import { expectNothingLeft } from "../helpers/audit.ts";

const rounds = 20;

test(`two fan-outs, a kill and ten lists at the same time, ${rounds} times, lose nothing and fail nowhere`, async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  for (let round = 1; round <= rounds; round += 1) {
    await box.fleet(["fanout", "2", `old${round}`, "-p", "work 60"], at);
    const lists = Array.from({ length: 10 }, () => box.fleet(["list", "--json"], at));
    const results = await Promise.all([
      box.fleet(["fanout", "3", `left${round}`, "-p", "work 60"], at),
      box.fleet(["fanout", "3", `right${round}`, "-p", "work 60"], at),
      box.fleet(["kill", `old${round}`], at),
      ...lists,
    ]);
    expect(results.map(({ code }) => code)).toEqual(results.map(() => 0));
    const names = [1, 2, 3].flatMap((number) => [`left${round}-A${number}`, `right${round}-A${number}`]);
    expect(
      registered(box)
        .map(({ branch }) => branch)
        .sort(),
    ).toEqual(names.sort());
    expect((await box.tmux.sessions()).map(({ name }) => name).sort()).toEqual(
      names.map((name) => `ai_${name}`).sort(),
    );
    await box.fleet(["kill", `left${round}`, `right${round}`], at);
  }
  await expectNothingLeft(box, project);
}, 120_000);
