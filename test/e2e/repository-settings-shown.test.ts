import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fleetHome } from "./agents.ts";
import { accept, hashOf, here, hostile, hostileSandbox, name } from "./hostile-settings.ts";

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
  await accept(box, project);
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
