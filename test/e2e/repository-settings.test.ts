import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Repository } from "../helpers/repository.ts";
import { agentOn, ended, filesNamed, fleetHome, registered, textOf, untilDemo } from "./agents.ts";
import {
  accept,
  answer,
  effects,
  hashOf,
  here,
  hostile,
  hostileSandbox,
  name,
  question,
  refusal,
} from "./hostile-settings.ts";

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

test("--quick with settings that were accepted skips their commands alone, and a restore uses what was accepted", async () => {
  const { box, project } = await hostileSandbox();
  await using _ = box;
  const at = { cwd: project.path };
  await accept(box, project);
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
  await accept(box, project);
  project.write(name, 'clone_directories = ["cache"]\n# changed\n');
  await box.fleet(["create", "fix", "--quick"], at).expect({ stdout: "fix\n", stderr: /not accepted, so nothing/ });
  expect(existsSync(join(agentOn(box, "fix").worktree, "cache"))).toBe(false);
  await box.fleet(["kill", "fix", "--now"], at).expect(ended("fix"));
  await box
    .fleet(["restore", "fix", "--no-resume"], at)
    .expect({ stdout: /restored/, stderr: / clone +cache, 1 file/ });
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
  await accept(box, project);
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
  await accept(box, project);
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
