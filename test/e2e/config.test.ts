import { expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import { sandbox } from "../helpers/sandbox.ts";
import { agentOn, demoSandbox, ended, endedAll, everythingIn, fleetHome, writeConfig } from "./agents.ts";

test("the first run writes the configuration, all of it comments, and later ones leave it alone", async () => {
  await using box = await sandbox();
  const { path } = await box.repository();
  const none = "no agents here; to start one, run fleet create BRANCH -p PROMPT\n";
  await box.fleet(["list"], { cwd: path }).expect({
    stderr: `wrote [ROOT]/home/.ai_fleet/config.toml with all settings and what they mean\n${none}`,
  });
  const file = join(fleetHome(box), "config.toml");
  const text = readFileSync(file, "utf8");
  expect(text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
  expect(text).toContain('\n#claude_flags = "--dangerously-skip-permissions"\n');
  expect(text).toContain('\n#worktree_root = "~/.ai_fleet/worktrees"\n');
  expect(statSync(file).mode & 0o777).toBe(0o600);

  writeFileSync(file, `${text}# mine\n`);
  await box.fleet(["list"], { cwd: path }).expect({ stderr: none });
  await box.fleet(["config", "path"], { cwd: path }).expect({ stdout: "[ROOT]/home/.ai_fleet/config.toml\n" });
  await box.fleet(["config", "validate"], { cwd: path }).expect({
    stdout: "[ROOT]/home/.ai_fleet/config.toml: fine\n",
  });
  expect(readFileSync(file, "utf8")).toBe(`${text}# mine\n`);
});

test("everything that the first configuration offers is valid when it is uncommented", async () => {
  await using box = await sandbox();
  await box.fleet(["list"]);
  const file = join(fleetHome(box), "config.toml");
  writeFileSync(file, readFileSync(file, "utf8").replace(/^#(?=[\w[\]" ])(?! )/gm, ""));
  await box.fleet(["config", "validate"]).expect({ stdout: "[ROOT]/home/.ai_fleet/config.toml: fine\n" });
});

const file = "[ROOT]/home/.ai_fleet/config.toml";

test("a file that is not TOML stops every command that needs it, with line and column", async () => {
  await using box = await demoSandbox('default_agent = "demo"\ntmux_prefix = \n');
  const project = await box.repository();
  const at = { cwd: project.path };
  const problem = `${file}:2: not TOML at column 15: invalid value`;
  const refused = { code: 2, stderr: `✗ ${problem}\n  to fix it, run fleet config edit\n` };
  for (const words of [
    ["create", "fix"],
    ["fanout", "2", "-p", "x"],
    ["multi", "a:b"],
    ["list"],
    ["kill", "x"],
    ["config", "show"],
  ]) {
    await box.fleet(words, at).expect(refused);
  }
  await box.fleet(["config", "validate"], at).expect({ code: 2, stdout: `${problem}\n` });
  await box.fleet(["config", "path"], at).expect({ stdout: `${file}\n` });
  expect(everythingIn(fleetHome(box))).toEqual([join(fleetHome(box), "config.toml")]);
  await expectNothingLeft(box, project);
});

test("wrong values and unknown keys are all named, with line, what was expected, and what was probably meant", async () => {
  await using box = await demoSandbox(
    'tmux_prefix = 3\nsetup_commands = "npm install"\n\nquick_setupp = true\n[agents.x]\nflags = "-y"\n[zzz]\n',
  );
  const project = await box.repository();
  const at = { cwd: project.path };
  const problems = [
    `${file}:1: tmux_prefix: expected at most 32 letters, digits, "_" and "-", not 3; for example: tmux_prefix = "ai_"`,
    `${file}:2: setup_commands: expected a list of commands, not "npm install"; for example: setup_commands = ["bundle install", "npm install"]`,
    `${file}:4: unknown key "quick_setupp"; did you mean "quick_setup"?`,
    `${file}:5: command in [agents.x]: expected a command, not nothing; for example: command = "my-agent"`,
    `${file}:7: unknown key "zzz"`,
  ];
  const [first, ...others] = problems;
  await box.fleet(["create", "fix", "-p", "x"], at).expect({
    code: 2,
    stderr: `✗ ${first}\n${others.map((line) => `  │ ${line}\n`).join("")}  to fix it, run fleet config edit\n`,
  });
  await box.fleet(["config", "validate"], at).expect({
    code: 2,
    stdout: problems.map((line) => `${line}\n`).join(""),
  });
  const { stdout } = await box.fleet(["config", "validate", "--json"], at).expect({ code: 2, stdout: /./ });
  const { findings } = JSON.parse(stdout) as { findings: unknown[] };
  expect(findings).toMatchObject([{ line: 1 }, { line: 2 }, { line: 4 }, { line: 5 }, { line: 7 }]);
  expect(findings[2]).toEqual({
    file: join(fleetHome(box), "config.toml"),
    line: 4,
    problem: 'unknown key "quick_setupp"',
    hint: 'did you mean "quick_setup"?',
  });
  await expectNothingLeft(box, project);
});

test("a variable of the environment wins over the file, and one that cannot be used is named", async () => {
  await using box = await demoSandbox('tmux_prefix = "file_"\nworktree_root = "~/trees"\n');
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "one"], at).expect({ stdout: "one\n", stderr: /./ });
  const env = { AI_FLEET_TMUX_PREFIX: "env_", AI_FLEET_WORKTREE_ROOT: join(box.home, "other trees") };
  await box.fleet(["create", "two"], { ...at, env }).expect({ stdout: "two\n", stderr: /./ });
  await box.fleet(["create", "three"], { ...at, env: { AI_FLEET_TMUX_PREFIX: "" } }).expect({
    stdout: "three\n",
    stderr: /./,
  });
  expect(
    ["one", "two", "three"].map((name) => agentOn(box, name)).map(({ session, worktree }) => [session, worktree]),
  ).toEqual([
    ["file_one", join(box.home, "trees/one")],
    ["env_two", join(box.home, "other trees/two")],
    ["three", join(box.home, "trees/three")],
  ]);
  await box.fleet(["list"], { ...at, env: { AI_FLEET_QUICK_SETUP: "maybe", AI_FLEET_MAX_AGENTS: "-1" } }).expect({
    code: 2,
    stderr: [
      '✗ AI_FLEET_QUICK_SETUP: expected true or false, not "maybe"\n',
      '  │ AI_FLEET_MAX_AGENTS: expected a whole number from 0 to 100000, not "-1"\n',
      "  to go on without them, run unset AI_FLEET_QUICK_SETUP AI_FLEET_MAX_AGENTS\n",
    ].join(""),
  });
  await box.fleet(["kill", "--all"], at).expect(endedAll(3));
  await expectNothingLeft(box, project);
});

test("config show says where each value comes from", async () => {
  await using box = await demoSandbox(
    '\ntmux_prefix = "x_"\nquick_setup = true\n[repo."~/code/project"]\nsetup_commands = ["make"]\n',
  );
  const project = await box.repository();
  const { stdout } = await box.fleet(["config", "show"], { cwd: project.path, env: { AI_FLEET_QUICK_SETUP: "0" } });
  const rows = Object.fromEntries(stdout.split("\n").map((line) => [line.split(" ")[0], line.split(/ {2,}/).slice(1)]));
  const path = join(fleetHome(box), "config.toml");
  expect(rows).toMatchObject({
    tmux_prefix: ['"x_"', `${path}:2`],
    quick_setup: ["false", "$AI_FLEET_QUICK_SETUP"],
    setup_commands: ['["make"]', `${path}:5, [repo."~/code/project"]`],
    max_agents: ["0", "default"],
    default_agent: ['"demo"', "$AI_FLEET_DEFAULT_AGENT"],
  });
  const elsewhere = await box.fleet(["config", "show"]);
  expect(elsewhere.stdout).toMatch(/^setup_commands +\[\] +default$/m);
});

test("AI_FLEET_HOME moves everything", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  box.env.AI_FLEET_HOME = join(box.home, "moved");
  await box.fleet(["create", "fix"], { cwd: project.path }).expect({
    stdout: "fix\n",
    stderr: /^wrote \[ROOT\]\/home\/moved\/config\.toml with all settings and what they mean\n {2}branch/,
  });
  await box.fleet(["path", "fix"], { cwd: project.path }).expect({ stdout: "[ROOT]/home/moved/worktrees/fix\n" });
  expect(everythingIn(fleetHome(box))).toEqual([join(fleetHome(box), "config.toml")]);
  await box.fleet(["kill", "fix"], { cwd: project.path }).expect(ended("fix"));
  await expectNothingLeft(box, project);
});

test("the number of agents can be limited", async () => {
  await using box = await demoSandbox("max_agents = 2\n");
  const project = await box.repository();
  await box
    .fleet(["fanout", "2", "a", "-p", "work 0"], { cwd: project.path })
    .expect({ stdout: "a-A1\na-A2\n", stderr: /./ });
  await box.fleet(["create", "third"], { cwd: project.path }).expect({
    code: 1,
    stderr: [
      "✗ max_agents is 2, and 2 agents run already\n",
      "  │ a-A1  [ROOT]/home/code/project\n  │ a-A2  [ROOT]/home/code/project\n",
      "  to end one, run fleet stop BRANCH or fleet kill BRANCH; to raise the limit, run fleet config edit\n",
    ].join(""),
  });
});

test("config edit opens the editor, and goes back in until the file is right or the user gives up", async () => {
  await using box = await sandbox();
  // Each visit writes the next of the prepared texts.
  const editor = box.executable("my-editor", '#!/bin/sh\nset -- "$2" "$HOME"/next-*\ncp "$2" "$1"\nrm "$2"\n');
  const prepare = (...texts: string[]) =>
    texts.forEach((text, index) => {
      writeFileSync(join(box.home, `next-${index}`), text);
    });
  const env = { EDITOR: `${editor} --wait` };

  prepare("max_agents = many\n", "max_agent = 3\n", "max_agents = 3\n");
  const stubborn = await box.terminal(["fleet", "config", "edit"], { env, columns: 200 });
  await stubborn.waitFor(/config\.toml:1: not TOML at column 14: .*\ngo back and mend it\? \[y\/N\]/);
  await stubborn.type("y");
  await stubborn.press("Enter");
  await stubborn.waitFor(/unknown key "max_agent"; did you mean "max_agents"\?\ngo back and mend it\? \[y\/N\]/);
  await stubborn.type("yes");
  await stubborn.press("Enter");
  expect(await stubborn.exitCode()).toBe(0);
  expect(readFileSync(join(fleetHome(box), "config.toml"), "utf8")).toBe("max_agents = 3\n");

  prepare("max_agent = 4\n");
  const weary = await box.terminal(["fleet", "config", "edit"], { env, columns: 200 });
  await weary.waitFor("go back and mend it? [y/N]");
  await weary.press("Enter");
  expect(await weary.exitCode()).toBe(2);
  expect(readFileSync(join(fleetHome(box), "config.toml"), "utf8")).toBe("max_agent = 4\n");

  writeConfig(box, "");
  const broken = await box.terminal(["fleet", "config", "edit"], { env: { EDITOR: "false" } });
  expect(await broken.exitCode()).toBe(1);
  expect(await broken.screen()).toBe("✗ the editor ended with exit code 1: false");
});
