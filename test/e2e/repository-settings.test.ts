import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Repository } from "../helpers/repository.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import type { Terminal } from "../helpers/terminal.ts";
import {
  agentOn,
  demoSandbox,
  ended,
  everythingIn,
  filesNamed,
  fleetHome,
  registered,
  textOf,
  untilDemo,
} from "./agents.ts";

const name = ".ai_fleet.toml";
const question = "Run with these settings? [y]es, [N]o, [q]uick (without them)";

/** It would be seen if anything of it took effect: files that are made or copied, another agent, variables. */
const hostile = `default_agent = "evil"
credential_files = ["secret"]
clone_directories = ["cache"]
setup_commands = ["touch ~/pwned", "env > ~/pwned-env"]

[env]
PATH = "/nowhere"
GIT_SSH_COMMAND = "touch ~/pwned"
LD_AUDIT = "/nowhere/pwned.so"
COLOUR = "red"
`;

const evilAgent = '[agents.evil]\ncommand = "evil"\n';

function hashOf(text: string | Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A user whose default agent is demo, and a repository that wants another one. */
async function hostileSandbox(text = hostile): Promise<{ readonly box: Sandbox; readonly project: Repository }> {
  const box = await demoSandbox(`default_agent = "demo"\n${evilAgent}`);
  delete box.env.AI_FLEET_DEFAULT_AGENT;
  box.executable("evil", '#!/bin/sh\nenv >"$HOME/evil-env"\nexec sleep 1000\n');
  const project = await box.repository();
  project.write(".gitignore", "secret\n");
  project.write(name, text);
  project.write("secret", "key");
  await project.commit("settings");
  return { box, project };
}

/** What a repository's own file would have done, if it had been used. */
function effects(box: Sandbox): string[] {
  const made = everythingIn(box.root).filter((path) => /\/(?:pwned|pwned-env|evil-env)$/.test(path));
  const copied = registered(box)
    .map(({ worktree }) => join(worktree, "secret"))
    .filter(existsSync);
  return [...made, ...copied, ...registered(box).flatMap(({ agent }) => (agent === "evil" ? ["evil runs"] : []))];
}

async function answer(terminal: Terminal, words: string): Promise<string> {
  await terminal.type(words);
  await terminal.press("Enter");
  await terminal.exitCode();
  return terminal.screen();
}

function refusal(path: string, text: string, problem = "has not been accepted") {
  return {
    code: 2,
    stderr: [
      `✗ ${path}/${name} ${problem}, so nothing of it may take effect\n`,
      `  to accept exactly what is in it now, run fleet config trust --hash ${hashOf(text)}\n`,
    ].join(""),
  };
}

const here = "[ROOT]/home/code/project";

test("without a terminal nothing is made until the content was accepted by its hash", async () => {
  const { box, project } = await hostileSandbox();
  await using _ = box;
  const at = { cwd: project.path };
  for (const words of [
    ["create", "fix"],
    ["create", "fix", "--dry-run"],
    ["create", "fix", "--agent", "demo", "-p", "x"],
    ["fanout", "2", "auth", "-p", "x"],
    ["multi", "a:x"],
  ]) {
    await box.fleet(words, at).expect(refusal(here, hostile));
  }
  const { stdout } = await box.fleet(["create", "fix", "--json"], at).expect({ code: 2, stdout: /./ });
  expect(JSON.parse(stdout).error).toMatchObject({
    kind: "config",
    hint: `to accept exactly what is in it now, run fleet config trust --hash ${hashOf(hostile)}`,
  });
  await box.fleet(["config", "trust"], at).expect(refusal(here, hostile));
  expect([effects(box), registered(box)]).toEqual([[], []]);
  await expectNothingLeft(box, project);

  const wrong = "0".repeat(64);
  await box.fleet(["config", "trust", "--hash", wrong], at).expect({
    code: 2,
    stderr: [
      `✗ ${here}/${name} has the SHA-256 ${hashOf(hostile)}, so it is not what you wanted to accept\n`,
      "  to see what is in it, run fleet config trust on a terminal\n",
    ].join(""),
  });
  await box.fleet(["create", "fix"], at).expect(refusal(here, hostile));
  await box.fleet(["config", "trust", "--hash", hashOf(hostile).toUpperCase()], at).expect({
    stderr: `${here}/${name}: accepted\n`,
  });
  await box.fleet(["create", "fix"], at).expect({ stdout: "fix\n", stderr: /./ });
  expect(agentOn(box, "fix").agent).toBe("evil");
  expect(filesNamed("pwned", box)).toEqual([join(box.home, "pwned")]);
  expect(readFileSync(join(agentOn(box, "fix").worktree, "secret"), "utf8")).toBe("key");

  await box.fleet(["config", "trust", "--revoke"], at).expect({ stderr: `${here}: forgotten\n` });
  await box.fleet(["config", "trust", "--revoke"], at).expect({ stderr: `${here}: nothing had been accepted\n` });
  await box.fleet(["create", "other"], at).expect(refusal(here, hostile));
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await expectNothingLeft(box, project);
});

test("what is accepted is kept for the user alone, for each repository", async () => {
  const { box, project } = await hostileSandbox('setup_commands = ["true"]\n');
  await using _ = box;
  const text = readFileSync(join(project.path, name), "utf8");
  await box.fleet(["config", "trust", "--hash", hashOf(text), "--json"], { cwd: project.path }).expect({
    stdout: /"accepted": true/,
  });
  const folder = join(fleetHome(box), "trust");
  const [file = ""] = readdirSync(folder);
  expect(readdirSync(folder)).toHaveLength(1);
  expect([statSync(folder).mode & 0o777, statSync(join(folder, file)).mode & 0o777]).toEqual([0o700, 0o600]);
  expect(JSON.parse(readFileSync(join(folder, file), "utf8"))).toEqual({ v: 1, root: project.path, text });

  const twin = await box.repository("twin");
  twin.write(name, text);
  await box.fleet(["create", "fix"], { cwd: twin.path }).expect(refusal("[ROOT]/home/code/twin", text));
  await box.fleet(["create", "fix"], { cwd: project.path }).expect({ stdout: "fix\n", stderr: /./ });

  writeFileSync(join(folder, file), "{}");
  await box.fleet(["create", "other"], { cwd: project.path }).expect(refusal(here, text));
});

test("on a terminal the user is shown all of it and asked: no", async () => {
  const { box, project } = await hostileSandbox();
  await using _ = box;
  const terminal = await box.terminal(["fleet", "create", "fix"], { cwd: project.path, columns: 150, rows: 30 });
  const asked = await terminal.waitFor(question);
  expect(asked.split("\n")).toEqual([
    `${project.path}/${name} is how this repository wants its agents to be set up:`,
    ...hostile
      .trimEnd()
      .split("\n")
      .map((line) => `  │ ${line}`.trimEnd()),
    `That is all: 10 lines. SHA-256 of the file: ${hashOf(hostile)}`,
    question,
  ]);
  expect(effects(box)).toEqual([]);
  expect((await answer(terminal, "")).split("\n").slice(-2)).toEqual([
    "✗ nothing was done",
    "  to go on without these settings, add --quick; to accept them after all, run fleet config trust",
  ]);
  expect(await terminal.exitCode()).toBe(1);
  expect([effects(box), registered(box)]).toEqual([[], []]);
  await expectNothingLeft(box, project);
});

test("on a terminal: quick, which uses nothing of it and accepts nothing", async () => {
  const { box, project } = await hostileSandbox();
  await using _ = box;
  const at = { cwd: project.path };
  const terminal = await box.terminal(["fleet", "fanout", "2", "auth", "-p", "x"], { ...at, columns: 150, rows: 40 });
  await terminal.waitFor(question);
  expect(await answer(terminal, "q")).toContain("2 of 2 are working.");
  expect(await terminal.screen()).toContain(`! not accepted, so nothing of it is used: ${project.path}/${name}`);
  expect(registered(box).map(({ agent }) => agent)).toEqual(["demo", "demo"]);
  await box.fleet(["create", "fix", "--quick"], at).expect({
    stdout: "fix\n",
    stderr: new RegExp(`not accepted, so nothing of it is used: .*/${name}`),
  });
  expect(effects(box)).toEqual([]);
  const [pane] = await box.tmux.panes();
  expect(textOf(`/proc/${pane?.pid}/environ`)).not.toContain("COLOUR");
  await box.fleet(["multi", "a:x"], at).expect(refusal(here, hostile));
});

test("on a terminal: yes, and from then on it is not asked again", async () => {
  const { box, project } = await hostileSandbox();
  await using _ = box;
  const at = { cwd: project.path, env: { GIT_SSH_COMMAND: "mine" } };
  const terminal = await box.terminal(["fleet", "create", "fix"], { ...at, columns: 150, rows: 30 });
  await terminal.waitFor(question);
  expect(await answer(terminal, "yes")).toContain("fix is ready for a prompt.");
  await box.fleet(["create", "other"], at).expect({ stdout: "other\n", stderr: /./ });
  await box.fleet(["create", "third", "--agent", "demo"], at).expect({ stdout: "third\n", stderr: /./ });
  expect(registered(box).map(({ agent }) => agent)).toEqual(["evil", "evil", "demo"]);
  const variables = textOf(join(box.home, "pwned-env")).split("\n");
  expect(variables).toContain("COLOUR=red");
  expect(variables).toContain("LD_AUDIT=/nowhere/pwned.so");
  expect(variables).toContain("GIT_SSH_COMMAND=mine");
  expect(variables).toContain(`PATH=${box.env.PATH}`);
});

test("--quick with settings that were accepted skips their commands alone, and a restore uses what was accepted", async () => {
  const { box, project } = await hostileSandbox();
  await using _ = box;
  const at = { cwd: project.path };
  await box.fleet(["config", "trust", "--hash", hashOf(hostile)], at);
  await box.fleet(["create", "fix", "--quick"], at).expect({ stdout: "fix\n", stderr: /./ });
  expect(agentOn(box, "fix").agent).toBe("evil");
  expect(existsSync(join(agentOn(box, "fix").worktree, "secret"))).toBe(true);
  expect(filesNamed("pwned", box)).toEqual([]);

  project.write(name, "not even TOML");
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await box.fleet(["restore", "fix", "--no-resume"], at).expect({ stdout: /restored/ });
  expect(existsSync(join(agentOn(box, "fix").worktree, "secret"))).toBe(true);
});

test("--quick clones no directory that was accepted earlier, and a restore does", async () => {
  const { box, project } = await hostileSandbox('clone_directories = ["cache"]\n');
  await using _ = box;
  const at = { cwd: project.path };
  project.write("cache/.gitignore", "*\n");
  await box.fleet(["config", "trust", "--hash", hashOf(readFileSync(join(project.path, name)))], at);
  project.write(name, 'clone_directories = ["cache"]\n# changed\n');
  await box.fleet(["create", "fix", "--quick"], at).expect({ stdout: "fix\n", stderr: /not accepted, so nothing/ });
  expect(existsSync(join(agentOn(box, "fix").worktree, "cache"))).toBe(false);
  await box.fleet(["kill", "fix", "--now"], at).expect(ended("fix"));
  await box
    .fleet(["restore", "fix", "--no-resume"], at)
    .expect({ stdout: /restored/, stderr: / clone +cache, 1 file/ });
});

test("what has changed is shown as a diff, and asked about again", async () => {
  const { box, project } = await hostileSandbox('# one\n# two\n# three\n# four\nsetup_commands = ["true"]\n');
  await using _ = box;
  const at = { cwd: project.path };
  await box.fleet(["config", "trust", "--hash", hashOf(readFileSync(join(project.path, name)))], at);
  await box.fleet(["create", "one"], at).expect({ stdout: "one\n", stderr: /./ });
  const changed = '# one\n# two\n# three\n# four\nsetup_commands = ["touch ~/pwned"]\n';
  project.write(name, changed);
  await box.fleet(["create", "two"], at).expect(refusal(here, changed, "has changed since it was accepted"));
  const terminal = await box.terminal(["fleet", "create", "two"], { ...at, columns: 150, rows: 30 });
  expect((await terminal.waitFor(question)).split("\n")).toEqual([
    `${project.path}/${name} has changed since you accepted it:`,
    "  │ @@ -2,4 +2,4 @@",
    "  │  # two",
    "  │  # three",
    "  │  # four",
    '  │ -setup_commands = ["true"]',
    '  │ +setup_commands = ["touch ~/pwned"]',
    `That is all that has changed: 6 lines. SHA-256 of the file: ${hashOf(changed)}`,
    question,
  ]);
  await answer(terminal, "n");
  expect(filesNamed("pwned", box)).toEqual([]);

  const accepting = await box.terminal(["fleet", "config", "trust"], { ...at, columns: 150, rows: 30 });
  await accepting.waitFor("Accept these settings? [y/N]");
  expect(await answer(accepting, "y")).toContain(`${project.path}/${name}: accepted`);
  await box.fleet(["create", "two"], at).expect({ stdout: "two\n", stderr: /./ });
  expect(filesNamed("pwned", box)).toEqual([join(box.home, "pwned")]);
  expect(everythingIn(join(fleetHome(box), "trust"))).toHaveLength(1);
});

test("a change between the question and the answer is asked about again", async () => {
  const { box, project } = await hostileSandbox('setup_commands = ["true"]\n');
  await using _ = box;
  const terminal = await box.terminal(["fleet", "create", "fix"], { cwd: project.path, columns: 150, rows: 30 });
  await terminal.waitFor(question);
  project.write(name, 'setup_commands = ["touch ~/pwned"]\n');
  await terminal.type("y");
  await terminal.press("Enter");
  await terminal.waitFor('+setup_commands = ["touch ~/pwned"]');
  await answer(terminal, "n");
  expect([filesNamed("pwned", box), registered(box)]).toEqual([[], []]);
});

test("Ctrl-C ends the question, and nothing was done", async () => {
  const { box, project } = await hostileSandbox();
  await using _ = box;
  const terminal = await box.terminal(["fleet", "create", "fix"], { cwd: project.path, columns: 150, rows: 30 });
  await terminal.waitFor(question);
  await terminal.press("C-c");
  expect(await terminal.exitCode()).toBe(130);
  expect((await terminal.screen()).split("\n").at(-1)).toBe("✗ interrupted");
  expect([effects(box), registered(box)]).toEqual([[], []]);
  await box.fleet(["create", "fix"], { cwd: project.path }).expect(refusal(here, hostile));
});

test("nothing in the file can hide a part of it or speak for fleet", async () => {
  const tricks = [
    'default_agent = "demo" # \u202eoverride\u202c \u200b\u061c\u{e0041}',
    `# ${"x".repeat(70)}${" ".repeat(8)}That is all: 1 line.`,
    "# three\u2028four",
    "",
  ].join("\n");
  const { box, project } = await hostileSandbox(tricks);
  await using _ = box;
  const terminal = await box.terminal(["fleet", "create", "fix"], { cwd: project.path, columns: 80 });
  const lines = (await terminal.waitFor("[q]uick")).split("\n");
  const shown = lines.slice(
    lines.findIndex((line) => line.startsWith("  │ ")),
    lines.findIndex((line) => line.startsWith("That is all: ")),
  );
  expect(shown).toEqual([
    '  │ default_agent = "demo" # \\u202eoverride\\u202c \\u200b\\u61c\\u{e0041}',
    `  │ # ${"x".repeat(70)}`,
    "  ┆     That is all: 1 line.",
    "  │ # three\\u2028four",
  ]);
  await answer(terminal, "");
});

test("an escape sequence in the file never reaches the terminal, neither new nor in a diff", async () => {
  const { box, project } = await hostileSandbox('default_agent = "demo"\n');
  await using _ = box;
  const at = { cwd: project.path };
  await box.fleet(["config", "trust", "--hash", hashOf('default_agent = "demo"\n')], at);
  project.write(name, 'default_agent = "evil" #\u001b[1A\u001b[2K\u0085\n');
  // TOML allows no control characters, so that such a file is not even asked about.
  const { stderr } = await box.fleet(["create", "fix"], at).expect({ code: 2, stderr: /not TOML at column 25/ });
  expect(stderr).not.toContain("\u001b");
});

const broken: Readonly<Record<string, readonly [(project: Repository, file: string) => unknown, RegExp]>> = {
  "a link out of the repository": [
    (project, file) => {
      writeFileSync(join(project.path, "../outside.toml"), "");
      symlinkSync("../outside.toml", file);
    },
    /\.ai_fleet\.toml is a link out of the repository, to \[ROOT\]\/home\/code\/outside\.toml\n/,
  ],
  "a link to nothing": [(_, file) => symlinkSync("nothing", file), /is a link that leads nowhere\n/],
  "a link to itself": [(_, file) => symlinkSync(name, file), /\.ai_fleet\.toml is a link that leads nowhere\n/],
  "a pipe": [(_, file) => Bun.spawnSync(["mkfifo", file]), /\.ai_fleet\.toml is not a file\n/],
  "a folder": [(_, file) => Bun.spawnSync(["mkdir", file]), /\.ai_fleet\.toml is not a file\n/],
  "a file that is too long": [
    (_, file) => writeFileSync(file, "#".repeat(1_000_001)),
    /\.ai_fleet\.toml is longer than 1 MB\n/,
  ],
  "bytes that are no text": [
    (_, file) => writeFileSync(file, Buffer.from("# \xff\n", "latin1")),
    /\.ai_fleet\.toml is not text in UTF-8\n/,
  ],
  "no TOML": [(_, file) => writeFileSync(file, "\nsetup_commands = [\n"), /\.ai_fleet\.toml:\d: not TOML at column /],
  "unknown keys": [
    (_, file) => writeFileSync(file, 'setup_command = ["x"]\nclaude_flags = ""\n[agents.x]\ncommand = "x"\n'),
    new RegExp(
      [
        '^✗ .*:1: unknown key "setup_command"; did you mean "setup_commands"\\?\n',
        '  │ .*:2: unknown key "claude_flags"; only a user\'s own config.toml may have it\n',
        '  │ .*:3: unknown key "agents"; only a user\'s own config.toml may have it\n',
        "  to check it again once it is mended, run fleet config validate\n$",
      ].join(""),
    ),
  ],
  "wrong values": [
    (_, file) => writeFileSync(file, 'credential_files = ["../x"]\n[env]\nPORT = 3000\n"a b" = ""\n'),
    /:1: item 1 of credential_files: expected .*\n.*:3: PORT of env: expected text, not 3000; for example: env = \{ RAILS_ENV = "test" \}\n.*:4: /,
  ],
  "variables of fleet, the shell and the terminal": [
    (_, file) => writeFileSync(file, '[env]\nAI_FLEET_HOME = "/x"\nUID = "0"\nTERM = "x"\nGIT_DIR = "/x"\n'),
    /:2: AI_FLEET_HOME in \[env\]: not for a repository to set, .*\n.*:3: UID in .*\n.*:4: TERM in .*\n.*:5: GIT_DIR in /,
  ],
};

for (const [what, [make, said]] of Object.entries(broken)) {
  test(`${what} in its place is named by what needs it, and by nothing else`, async () => {
    const { box, project } = await hostileSandbox();
    await using _ = box;
    const at = { cwd: project.path };
    const file = join(project.path, name);
    rmSync(file);
    make(project, file);
    await box.fleet(["create", "fix", "-p", "x"], at).expect({ code: 2, stderr: said });
    await box.fleet(["config", "trust"], at).expect({ code: 2, stderr: said });
    await box.fleet(["list"], at).expect({ stderr: /no agents here/ });
    await box.fleet(["create", "fix", "--quick"], at).expect({ stdout: "fix\n", stderr: /nothing of it is used: / });
    await box.fleet(["stop", "fix"], at).expect({ stdout: "  fix  stopped\n" });
    await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  });
}

test("a link inside of the repository is as good as a file, and comments alone need no consent", async () => {
  const { box, project } = await hostileSandbox();
  await using _ = box;
  const at = { cwd: project.path };
  rmSync(join(project.path, name));
  project.write("etc/fleet.toml", "# nothing yet\n");
  symlinkSync("etc/fleet.toml", join(project.path, name));
  await box.fleet(["create", "fix"], at).expect({ stdout: "fix\n", stderr: /./ });
  project.write("etc/fleet.toml", hostile);
  await box.fleet(["create", "other"], at).expect(refusal(here, hostile));
});

test("agents have the file of the main checkout: what one writes into its own has no effect", async () => {
  const text = 'setup_commands = ["true"]\n';
  const { box, project } = await hostileSandbox(text);
  await using _ = box;
  await box.fleet(["config", "trust", "--hash", hashOf(text)], { cwd: project.path });
  await box.fleet(["create", "fix"], { cwd: project.path }).expect({ stdout: "fix\n", stderr: /./ });
  const { worktree } = agentOn(box, "fix");
  writeFileSync(join(worktree, name), hostile);
  await box.fleet(["create", "other"], { cwd: worktree }).expect({ stdout: "other\n", stderr: /./ });
  expect(effects(box)).toEqual([]);
  await box.fleet(["config", "trust", "--hash", hashOf(hostile)], { cwd: worktree }).expect({ code: 2, stderr: /./ });
});

test("a bare repository brings nothing", async () => {
  const { box, project } = await hostileSandbox();
  await using _ = box;
  const bare = join(box.home, "bare.git");
  await project.git("clone", "--quiet", "--bare", ".", bare);
  writeFileSync(join(bare, name), hostile);
  await box.fleet(["create", "fix"], { cwd: bare }).expect({ stdout: "fix\n", stderr: /./ });
  expect(effects(box)).toEqual([]);
});

test("a resume runs the setup that failed only with what is accepted now; an agent that ran comes back as it was", async () => {
  const failing = 'setup_commands = ["test -e ~/ready"]\n[env]\nCOLOUR = "red"\n';
  const { box, project } = await hostileSandbox(failing);
  await using _ = box;
  const at = { cwd: project.path };
  await box.fleet(["config", "trust", "--hash", hashOf(failing)], at);
  await box.fleet(["create", "fix"], at).expect({ code: 1, stderr: /a setup command failed/ });
  await box.fleet(["create", "other"], at).expect({ code: 1, stderr: /a setup command failed/ });
  project.write(name, hostile);
  await box.fleet(["resume", "other", "--quick"], at).expect({
    stdout: "  other  resumed  started anew\n",
    stderr: /not accepted, so nothing of it is used: /,
  });
  await box.fleet(["kill", "other"], at).expect(ended("other"));
  await box.fleet(["resume", "fix"], at).expect(refusal(here, hostile, "has changed since it was accepted"));
  const elsewhere = `run fleet -C ${here} config trust --hash ${hashOf(hostile)}\n`;
  await box.fleet(["resume", "fix", "-A"]).expect({ code: 2, stderr: new RegExp(`${RegExp.escape(elsewhere)}$`) });
  const terminal = await box.terminal(["fleet", "resume", "fix"], { ...at, columns: 150, rows: 30 });
  await terminal.waitFor(question);
  await answer(terminal, "no");
  expect(effects(box)).toEqual([]);

  writeFileSync(join(box.home, "ready"), "");
  project.write(name, failing);
  await box.fleet(["resume", "fix"], at).expect({ stdout: "  fix  resumed  started anew\n", stderr: /./ });
  await untilDemo(box, "fix", "idle");
  await box.fleet(["stop", "fix"], at);
  project.write(name, hostile);
  await box.fleet(["resume", "fix"], at).expect({ stdout: "  fix  resumed  started anew\n", stderr: "" });
  const [pane] = await box.tmux.panes();
  const { stdout } = await box.run(["pgrep", "-P", `${pane?.pid}`]);
  expect(textOf(`/proc/${stdout.trim()}/environ`).split("\0")).toContain("COLOUR=red");
  expect(effects(box)).toEqual([]);
});

test("config show says what comes from the file, and when nothing does", async () => {
  const { box, project } = await hostileSandbox();
  await using _ = box;
  const at = { cwd: project.path };
  const path = join(project.path, name);
  const show = async (env: Record<string, string> = {}) => {
    const { stdout, stderr } = await box.fleet(["config", "show"], { ...at, env });
    const rows = stdout.split("\n").map((line) => [line.split(" ")[0], line.split(/ {2,}/).slice(1)]);
    return { rows: Object.fromEntries(rows), stderr };
  };
  expect(await show()).toMatchObject({
    rows: { setup_commands: ["[]", "default"], env: ["{}", "default"] },
    stderr: `  ! ${path} is not accepted, so nothing of it is used\n    to look at it and accept it, run fleet config trust\n`,
  });
  await box.fleet(["config", "trust", "--hash", hashOf(hostile)], at);
  expect(await show({ AI_FLEET_SETUP_COMMANDS: "make" })).toMatchObject({
    rows: {
      default_agent: ['"evil"', `${path}:1`],
      credential_files: ['["secret"]', `${path}:2`],
      setup_commands: ['["make"]', "$AI_FLEET_SETUP_COMMANDS"],
      env: [expect.stringContaining('"COLOUR":"red"'), `${path}:6`],
    },
    stderr: "",
  });
  const { stdout } = await box.fleet(["config", "show", "--json"], at).expect({ stdout: /./ });
  expect(JSON.parse(stdout)).toMatchObject({ repository_file: { path, sha256: hashOf(hostile), accepted: true } });
});

test("config validate checks what both files point at, with the line of each", async () => {
  const text = [
    'credential_files = [\n  ".env",\n  "secret",\n  "keys/*.pem",\n  "src",\n]\nclone_directories = ["vendor", "secret"]',
    'setup_commands = [\n  "FOO=1 no-such-program --x",\n  "cd src && make",\n  "sh -c true",\n  "./made-before",\n  "$TOOL x",\n]\n',
  ].join("\n");
  const { box, project } = await hostileSandbox(text);
  await using _ = box;
  project.write("src/main.c", "");
  const at = { cwd: project.path };
  const file = `${here}/${name}`;
  await box.fleet(["config", "validate"], at).expect({
    code: 2,
    stdout: [
      `${file}:2: credential_files: .env is not in the main checkout\n`,
      `${file}:4: credential_files: keys/*.pem matches no untracked file of the main checkout\n`,
      `${file}:7: clone_directories: vendor is no directory of the main checkout\n`,
      `${file}:7: clone_directories: secret is no directory of the main checkout\n`,
      `${file}:9: setup_commands: there is no no-such-program on the PATH\n`,
    ].join(""),
  });
  project.write(name, 'setup_commands = ["./nothing"]\n');
  writeFileSync(join(fleetHome(box), "config.toml"), '[repo."~/code/project"]\ndefault_agent = "evill"\n');
  const config = "[ROOT]/home/.ai_fleet/config.toml";
  await box.fleet(["config", "validate"], at).expect({
    code: 2,
    stdout: new RegExp(
      `^${RegExp.escape(config)}:2: default_agent: there is no agent called evill; known are claude, .*\n` +
        `${RegExp.escape(file)}:1: setup_commands: ./nothing is no program that can be run\n$`,
    ),
  });
  writeFileSync(join(fleetHome(box), "config.toml"), "");
  project.write(name, 'setup_commands = ["true"]\n');
  await box
    .fleet(["config", "validate"], at)
    .expect({ stdout: `${config}: fine\n${file}: fine, but not accepted yet\n` });
  project.write(name, 'setup_commands = "true"\n');
  await box.fleet(["config", "validate"], at).expect({
    code: 2,
    stdout: new RegExp(
      `^${RegExp.escape(file)}:1: setup_commands: expected a list of commands, not "true"; for example: `,
    ),
  });
  await box.fleet(["config", "trust", "--hash", "x"], at).expect({ code: 2, stderr: /64 hexadecimal digits/ });
  await box.fleet(["config", "trust", "--revoke", "--hash", "x"], at).expect({ code: 2, stderr: /cannot be combined/ });
  rmSync(join(project.path, name));
  await box
    .fleet(["config", "trust"], at)
    .expect({ code: 1, stderr: /brings no settings: there is no \.ai_fleet\.toml/ });
});

test("hooks that a repository brings for claude are let run, and no more, by a word of the user", async () => {
  const { box, project } = await hostileSandbox();
  await using _ = box;
  const at = { cwd: project.path };
  const notes = () => JSON.parse(readFileSync(join(box.home, ".ai_fleet/trust/claude.json"), "utf8")) as unknown;
  await box.fleet(["config", "trust", "--hooks"], at).expect({
    stderr: "[ROOT]/home/code/project: its hooks run in agents\n",
  });
  expect(notes()).toEqual({ trusted: [], hooks: [project.path] });
  await box.fleet(["config", "trust", "--hooks", "--revoke"], at).expect({
    stderr: "[ROOT]/home/code/project: its hooks stay off in agents\n",
  });
  expect(notes()).toEqual({ trusted: [], hooks: [] });
});
