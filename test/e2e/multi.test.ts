import { expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { scrub } from "../helpers/scrub.ts";
import { agentOn, demoSandbox, endedAll, receivedBy, registered, sorted, untilDemo } from "./agents.ts";

test("fleet multi with three pairs", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const tasks = {
    "fix-auth": "Fix login bug",
    "add-tests": "Add auth module tests",
    "update-docs": "Update API documentation: all of it",
  };
  const branches = Object.keys(tasks);
  const pairs = Object.entries(tasks).map(([branch, prompt]) => `${branch}:${prompt}`);
  const result = await box.fleet(["multi", ...pairs], at).expect({
    stdout: "fix-auth\nadd-tests\nupdate-docs\n",
    stderr: /./,
  });
  expect(sorted(scrub(result.stderr, box))).toEqual(
    [
      ...branches.flatMap((branch) => [
        `  ${branch}  agent: demo, never asks`,
        `  ${branch}  branch: ${branch}, new, from main@[SHA]`,
      ]),
      "3 of 3 are working.",
      "  fleet list --grouped     fleet attach",
    ].sort(),
  );
  for (const [branch, prompt] of Object.entries(tasks)) {
    await untilDemo(box, branch, "idle", 1);
    expect(receivedBy(box, branch)).toEqual([prompt]);
    expect(agentOn(box, branch).batch_id).toMatch(/^manual-\d{4}-\d\d-\d\d$/);
  }
  await box.fleet(["kill", "--all"], at).expect(endedAll(3));
  await expectNothingLeft(box, project, { branches: ["main", ...branches] });
});

test("everything is checked before anything is made", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await project.git("branch", "taken/x");
  await box.fleet(["multi", "good:do it", "b ad:do it", "main:do it", "taken:do it", "good:again"], at).expect({
    code: 2,
    stderr: [
      "✗ 4 of 5 agents cannot be made, so none was\n",
      '  │ b ad: git does not accept "b ad" as a branch name: it has a space\n',
      "  │ main: the branch main is checked out in [ROOT]/home/code/project\n",
      "  │ taken: git cannot keep a branch taken beside the branch taken/x\n",
      "  │ good: good is named twice\n",
      "  to see the rules, run git help check-ref-format\n",
    ].join(""),
  });
  // It is no fault of the command line, as it is none for a single agent.
  await box.fleet(["multi", "one:do it", "two:do it", "--from", "nowhere"], at).expect({
    code: 1,
    stderr: [
      "✗ 2 of 2 agents cannot be made, so none was\n",
      "  │ one: there is no commit called nowhere here\n",
      "  │ two: there is no commit called nowhere here\n",
      "  to see the branches there are, run git branch --all; to get what a remote has, run git fetch\n",
    ].join(""),
  });
  await expectNothingLeft(box, project, { branches: ["main", "taken/x"] });
});

/** Writes a file of tasks beside the repository's files and runs `multi` on it. */
function multi(box: Sandbox, cwd: string, text: string) {
  writeFileSync(join(box.home, "tasks.toml"), text);
  return box.fleet(["multi", "--file", "../../tasks.toml"], { cwd });
}

test("a file of tasks has long prompts, files, and what holds for all", async () => {
  await using box = await demoSandbox('[agents.other]\ncommand = "sh"\nflags = ["-c", "read -r _", "other"]\n');
  const project = await box.repository();
  project.write("second", "");
  await project.commit("second");
  mkdirSync(join(box.home, "prompts"));
  writeFileSync(join(box.home, "prompts/docs.md"), "# Docs\n\nwrite them\n");
  await multi(
    box,
    project.path,
    [
      'from = "main~1"',
      'prompt = "what holds for all"',
      "[[task]]",
      'branch = "fix/auth"',
      'prompt = """',
      'Fix the "login" bug:',
      "all of it",
      '"""',
      "[[task]]",
      'branch = "docs"',
      'prompt_file = "prompts/docs.md"',
      'from = "main"',
      "[[task]]",
      'branch = "rest"',
      "[[task]]",
      'branch = "elsewhere"',
      'agent = "other"',
    ].join("\n"),
  ).expect({ stdout: "fix/auth\ndocs\nrest\nelsewhere\n", stderr: /\n4 of 4 are working\.\n/ });
  for (const branch of ["fix/auth", "docs", "rest"]) await untilDemo(box, branch, "idle", 1);
  expect(receivedBy(box, "fix/auth")).toEqual(['Fix the "login" bug:\nall of it\n']);
  expect(receivedBy(box, "docs")).toEqual(["# Docs\n\nwrite them\n"]);
  expect(receivedBy(box, "rest")).toEqual(["what holds for all"]);
  const [first, second] = [await project.git("rev-parse", "main~1"), await project.git("rev-parse", "main")];
  expect(
    ["fix/auth", "docs", "rest", "elsewhere"].map((name) => agentOn(box, name)).map(({ base, agent }) => [base, agent]),
  ).toEqual([
    [first, "demo"],
    [second, "demo"],
    [first, "demo"],
    [first, "other"],
  ]);
});

test("tasks can come from standard input, together with pairs", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const input = '[[task]]\nbranch = "b"\nprompt = "work 0"\n';
  await box.fleet(["multi", "a:work 0", "--file", "-", "--batch", "mine"], { cwd: path, input }).expect({
    stdout: "a\nb\n",
    stderr: /\n2 of 2 are working\.\n/,
  });
  expect(registered(box).map(({ batch_id }) => batch_id)).toEqual(["mine", "mine"]);
});

test("mistakes in a file of tasks are named with their lines, and nothing is made", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const form = "  for the form of the file, see fleet multi --help\n";
  const refused = (text: string, ...problems: string[]) => {
    const [first, ...others] = problems;
    const stderr = `✗ ${first}\n${others.map((line) => `  │ ${line}\n`).join("")}${form}`;
    return multi(box, project.path, text).expect({ code: 2, stderr });
  };
  await refused("[[task]\n", "../../tasks.toml:1: not TOML at column 8: expected end of table array declaration");
  await refused(
    '[[task]]\nbranch = "a"\nprompt = "x"\n[[task]]\nprompt = "x"\n[[task]]\nbranch = 3\n',
    "../../tasks.toml:4: branch: invalid input: expected string, received undefined",
    "../../tasks.toml:7: branch: invalid input: expected string, received number",
  );
  await refused(
    '[[task]]\nbranch = "a"\n[[task]]\nbranch = "b"\nprompt = "x"\nprompt_file = "y"\n[[task]]\nbranch = "c"\nprompt_file = "gone.md"\n',
    "../../tasks.toml:1: it has no prompt",
    "../../tasks.toml:3: it has prompt and prompt_file; one is enough",
    "../../tasks.toml:7: the prompt file gone.md cannot be read: there is no such file",
  );
  await multi(
    box,
    project.path,
    '[[task]]\nbranch = "a"\nprompt = "x"\n[[task]]\nbranch = "b..c"\nprompt = "x"\n',
  ).expect({
    code: 2,
    stderr: [
      "✗ 1 of 2 agents cannot be made, so none was\n",
      '  │ ../../tasks.toml:4: git does not accept "b..c" as a branch name: it has two dots in a row\n',
      "  to see the rules, run git help check-ref-format\n",
    ].join(""),
  });
  await box.fleet(["multi", "--file", "gone.toml"], { cwd: project.path }).expect({
    code: 2,
    stderr: [
      "✗ the file of tasks gone.toml cannot be read: there is no such file\n",
      "  to see what is there, run ls -l [ROOT]/home/code/project/gone.toml\n",
    ].join(""),
  });
  await expectNothingLeft(box, project);
});

test("an agent that cannot be made, and one whose setup fails, do not disturb the others", async () => {
  await using box = await demoSandbox('setup_commands = ["case $PWD in */b) exit 7 ;; esac"]\n');
  const project = await box.repository();
  const at = { cwd: project.path };
  const lock = join(project.path, ".git/refs/heads/c.lock");
  writeFileSync(lock, "");
  await box.fleet(["multi", "a:work 0", "b:work 0", "c:work 0", "d:work 0"], at).expect({
    code: 1,
    stdout: "a\nd\n",
    stderr:
      /\n✗ b: a setup command failed with exit code 7, so the agent was not started: .*\n.*\n✗ c: git worktree failed\n(?: {2}│ .*\n)+ {2}if no git .* run rm \S+c\.lock\n2 of 4 are working\.\n/,
  });
  rmSync(lock);
  for (const branch of ["a", "d"]) await untilDemo(box, branch, "idle", 1);
  expect(
    registered(box)
      .map(({ branch }) => branch)
      .sort(),
  ).toEqual(["a", "b", "d"]);
  await box.fleet(["kill", "--all"], at).expect(endedAll(3));
  await expectNothingLeft(box, project);
});
