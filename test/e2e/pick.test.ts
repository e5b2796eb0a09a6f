import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentOn, demoSandbox, fleetHome, registered, textOf, writeConfig } from "./agents.ts";

/** What each agent of the race makes of the task, beside what the demo agent itself notes and commits. */
const attempts = `
case $AI_FLEET_BRANCH in
  race-A1) cd "$AI_FLEET_REPO" && echo moved >shared.txt && git commit --quiet --all --message moved ;;
  race-A2) echo good >good; for line in 1 2 3 4 5; do echo $line; done >more ;;
  race-A3) echo good >good; echo 1 >more ;;
  race-A4) echo good >good; echo mine >shared.txt ;;
  *) echo bad >bad ;;
esac
`;

test("of eight attempts three pass, one of them conflicts, and of the others the smaller is merged; seven are saved", async () => {
  await using box = await demoSandbox();
  const script = join(box.root, "attempts.sh");
  writeFileSync(script, attempts);
  writeConfig(box, `setup_commands = [${JSON.stringify(`sh ${script}`)}]\n`);
  const repository = await box.repository("project", { files: { "shared.txt": "shared\n" } });
  const at = { cwd: repository.path, timeoutMs: 60_000 };
  const race = ["fanout", "8", "race", "-p", "make it good", "--test", "test -e good", "--pick"];
  const { code, stdout, stderr } = await box.fleet([...race, "--report", "report.md", "--junit", "report.xml"], at);
  expect({ code, last: stdout.split("\n").at(-2) }).toEqual({
    code: 0,
    last: expect.stringMatching(/^ {2}race-A3 {2}taken {2}main is at [0-9a-f]{7}$/),
  });
  expect(stderr).toContain("race-A3 before race-A2: its change is smaller, 3 lines to 7.\n");
  expect(stderr).toContain("7 others ended and saved. Undo: fleet restore --last\n");
  expect(await repository.git("show", "main:more")).toBe("1");
  expect(await repository.git("show", "main:shared.txt")).toBe("moved");
  expect(await repository.git("status", "--porcelain")).toBe("?? report.md\n?? report.xml");
  expect(registered(box).map(({ branch }) => branch)).toEqual(["race-A3"]);
  const report = readFileSync(join(repository.path, "report.md"), "utf8");
  expect(report).toStartWith("# race-A3 was taken\n\nrace-A3 before race-A2: its change is smaller");
  expect(report).toMatch(/\| 3 \| race-A4 \| demo \| passed \| shared\.txt \| 3 \| \d+ \| {2}\|\n/);
  expect(report.match(/ended; fleet restore brings it back/g)).toHaveLength(7);
  expect(textOf(join(repository.path, "report.xml")).match(/<testsuite name=/g)).toHaveLength(8);
  await box.fleet(["restore", "--last"], at).expect({ stdout: /\n {2}race-A3 {2}taken back {2}main is at / });
  expect(await repository.git("log", "-1", "--format=%s", "main")).toBe("moved");
  expect(registered(box)).toHaveLength(8);
  expect(textOf(join(agentOn(box, "race-A2").worktree, "more"))).toBe("1\n2\n3\n4\n5\n");
});

test("attempts that came to the same files are no rivals: one of them is taken", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project");
  const at = { cwd: repository.path };
  for (const [name, text] of [
    ["a", "good\n"],
    ["b", "good\n"],
    ["c", "good\nand long\n"],
  ] as const) {
    await box.fleet(["create", name, "--batch", "race"], at);
    writeFileSync(join(agentOn(box, name).worktree, "new.txt"), text);
  }
  const why = "a and b have the same files and come before c: its change is smaller, 1 line to 2.\n";
  await box.fleet(["compare", "race"], at).expect({ stdout: /^1 {2}a\*? /m, stderr: new RegExp(`\n${why}$`) });
  await box
    .fleet(["pick", "--best", "race", "--test", "test -e new.txt"], at)
    .expect({ stdout: /^ {2}a {2}taken {2}/, stderr: new RegExp(`^${why}2 others ended`) });
  expect(await repository.git("show", "main:new.txt")).toBe("good");
});

test("nobody is taken, and nobody ended, when the best is untested, failed, conflicts or is no better than another", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files: { "shared.txt": "shared\n" } });
  const at = { cwd: repository.path };
  for (const name of ["a", "b"]) {
    await box.fleet(["create", name, "--batch", "race"], at);
    writeFileSync(join(agentOn(box, name).worktree, "shared.txt"), `${name}\n`);
  }
  const main = await repository.git("rev-parse", "main");
  const best = ["pick", "--best", "race"];
  await box.fleet(best, at).expect({ code: 1, stderr: /^✗ the tests have not run on what [ab] is now\n/ });
  await box.fleet([...best, "--untested"], at).expect({
    code: 1,
    stderr: /^✗ nothing decides between a and b\n {2}to take one, run fleet pick a\n$/,
  });
  await box.fleet([...best, "--test", "false", "--report", "r.md"], at).expect({
    code: 1,
    stderr: /^✗ the tests of [ab] did not pass\n/,
  });
  expect(textOf(join(repository.path, "r.md"))).toStartWith("# No attempt was taken\n\nthe tests of ");
  await box
    .fleet([...best, "a", "--test", "grep -q a shared.txt"], at)
    .expect({ stdout: /^ {2}a {2}taken/, stderr: /1 other ended/ });
  await box.fleet(["restore", "--last"], at).expect({ stdout: /^ {2}b {2}restored .*\n {2}a {2}taken back .*\n$/ });
  repository.write("shared.txt", "moved\n");
  await repository.commit("moved");
  await box.fleet(["pick", "a"], at).expect({
    code: 1,
    stderr:
      "✗ a conflicts with main\n  │ shared.txt\n  to let the agent resolve it, run fleet merge --resolve --into main a\n",
  });
  expect(await repository.git("rev-parse", "main~1")).toBe(main);
  expect(registered(box)).toHaveLength(2);
});

test("who asks or ends with an error is out of the race, named and kept, and the report says so", async () => {
  await using box = await demoSandbox(
    '[agents.broken]\ncommand = "/bin/sh"\nflags = "-c \'exit 7\'"\nprompt = "argument"\n',
  );
  const repository = await box.repository();
  const at = { cwd: repository.path, timeoutMs: 60_000 };
  const reports = ["--report", "r.md", "--junit", "r.xml"];
  const race = ["fanout", "2", "race", "--agent", "demo,broken", "-p", "note", "--test", "true", "--pick", ...reports];
  const out = "race-A2 is out of the race: it has exited: code 7";
  await box.fleet(race, at).expect({
    code: 1,
    stdout: /\n {2}race-A1 {2}taken /,
    stderr: new RegExp(`\n {2}! ${out}\nrace-A1 was the only one\\.\n`),
  });
  expect(textOf(join(repository.path, "r.md"))).toMatch(new RegExp(`^# race-A1 was taken\n(.*\n)*- ${out}\n$`));
  const errorOf = (branch: string, why: string) =>
    `<testsuite name="${branch}" tests="1" failures="0" errors="1" skipped="0" time="0">\n` +
    `<testcase name="not tested" classname="${branch}" time="0"><error message="${why}"/></testcase>\n</testsuite>\n`;
  const junit = textOf(join(repository.path, "r.xml"));
  expect(junit).toContain('<testsuite name="race-A1" tests="1" failures="0" errors="0"');
  expect(junit).toEndWith(`${errorOf("race-A2", "has exited: code 7")}</testsuites>\n`);
  expect(registered(box).map(({ branch }) => branch)).toContain("race-A2");
  const asking = ["fanout", "2", "asking", "-p", "ask which one?", "--test", "true", "--pick", ...reports];
  const { code, stderr } = await box.fleet(asking, at);
  expect(code).toBe(1);
  for (const name of ["asking-A1", "asking-A2"]) {
    expect(stderr).toContain(`  ! ${name} is out of the race: it is waiting: which one?\n`);
  }
  expect(stderr).toEndWith("✗ no agent came to an end of its work\n  to see why, run fleet list\n");
  const report = textOf(join(repository.path, "r.md"));
  expect(report).toStartWith("# No attempt was taken\n\nno agent came to an end of its work.\n\n- asking-A");
  expect(textOf(join(repository.path, "r.xml"))).toEndWith(
    `<testsuites>\n${errorOf("asking-A1", "is waiting: which one?")}${errorOf("asking-A2", "is waiting: which one?")}</testsuites>\n`,
  );
});

test("restore --last takes a pick back as a whole, once, and not a merge that somebody has built on", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository();
  const at = { cwd: repository.path };
  const main = await repository.git("rev-parse", "main");
  const pickOf = async (batch: string) => {
    for (const name of ["win", "lose"]) {
      await box.fleet(["create", `${batch}-${name}`, "--batch", batch], at);
      writeFileSync(join(agentOn(box, `${batch}-${name}`).worktree, `${batch}-${name}`), "");
    }
    await box
      .fleet(["pick", `${batch}-win`, "--untested"], at)
      .expect({ stdout: /taken/, stderr: /\n1 other ended and saved\. Undo: fleet restore --last\n$/ });
  };
  await pickOf("one");
  const { stdout } = await box.fleet(["restore", "--last", "--json"], at);
  expect(JSON.parse(stdout)).toMatchObject({
    agents: [{ branch: "one-lose", running: true }],
    merge_undone: { branch: "one-win", undone: { target: "main", old: main } },
    failures: [],
  });
  expect(await repository.git("rev-parse", "main")).toBe(main);
  await box.fleet(["merge", "one-win"], at);
  await box.fleet(["kill", "one-lose"], at);
  await box.fleet(["restore", "--last"], at).expect({ stdout: /^ {2}one-lose {2}restored .*\n$/ });
  await pickOf("two");
  repository.write("more", "");
  const built = await repository.commit("built on it");
  await box.fleet(["restore", "--last"], at).expect({
    code: 1,
    stdout:
      /^ {2}two-lose {2}restored .*\n {2}two-win {3}still merged {2}main has moved since two-win was merged {2}to take back that commit alone, run git revert \[SHA\]\n$/,
  });
  expect(await repository.git("rev-parse", "main")).toBe(built);
});

test("what passes alone but not together with what is new in the branch is not merged", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files: { one: "1\n" } });
  const at = { cwd: repository.path };
  await box.fleet(["create", "a", "--batch", "race"], at);
  writeFileSync(join(agentOn(box, "a").worktree, "two"), "2\n");
  repository.write("three", "3\n");
  const main = await repository.commit("three");
  await box.fleet(["pick", "a", "--test", "test $(ls | wc -l) -lt 3"], at).expect({
    code: 1,
    stderr: /^✗ a passes alone, but not merged with what is new in the branch it goes into\n/,
  });
  expect(await repository.git("rev-parse", "main")).toBe(main);
  await box
    .fleet(["pick", "a", "--test", "test $(ls | wc -l) -lt 4"], at)
    .expect({ stdout: /^ {2}a {2}taken/, stderr: /was the only one/ });
});

test("a pick that died when its winner had been taken ends the others, and one that died before ends nobody", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository();
  const at = { cwd: repository.path };
  for (const name of ["a", "b"]) {
    await box.fleet(["create", name, "--batch", "race"], at);
    writeFileSync(join(agentOn(box, name).worktree, name), "");
  }
  const died = (since: string) => {
    const owner = { pid: 1, start: "0", boot: "another", namespace: "" };
    const pick = { winner: agentOn(box, "a"), since };
    const plan = { v: 1, id: "0badcafe", kind: "pick", owner, agents: [agentOn(box, "b")], new_branches: [], pick };
    writeFileSync(join(fleetHome(box), "journal", "0badcafe.json"), JSON.stringify(plan));
  };
  died("2020-01-01T00:00:00.000Z");
  await box.fleet(["list", "-q"], at).expect({
    stdout: /^[ab]\n[ab]\n$/,
    stderr: "a: picking it was interrupted; nobody is ended; run fleet pick again\n",
  });
  await box.fleet(["merge", "a", "--commit"], at);
  died("9999-01-01T00:00:00.000Z");
  await box.fleet(["list", "-q"], at).expect({ stdout: /^[ab]\n[ab]\n$/, stderr: /nobody is ended/ });
  died("2020-01-01T00:00:00.000Z");
  await box.fleet(["list", "-q"], at).expect({
    stdout: "a\n",
    stderr:
      /^a: picking it was interrupted; it is taken, and the others are ended now\n(.*\n)*b: ending it was interrupted; it is gone now\n$/,
  });
  await box.fleet(["restore", "--last"], at).expect({ stdout: /^ {2}b {2}restored .*\n {2}a {2}taken back .*\n$/ });
  expect(readFileSync(join(agentOn(box, "b").worktree, "b"), "utf8")).toBe("");
});
