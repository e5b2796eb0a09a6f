import { expect, test } from "bun:test";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import { everythingIn, filesNamed, fleetHome, registered, textOf } from "./agents.ts";
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

test("what has changed is shown as a diff, and asked about again", async () => {
  const { box, project } = await hostileSandbox('# one\n# two\n# three\n# four\nsetup_commands = ["true"]\n');
  await using _ = box;
  const at = { cwd: project.path };
  await accept(box, project);
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
  await accept(box, project);
  project.write(name, 'default_agent = "evil" #\u001b[1A\u001b[2K\u0085\n');
  // TOML allows no control characters, so that such a file is not even asked about.
  const { stderr } = await box.fleet(["create", "fix"], at).expect({ code: 2, stderr: /not TOML at column 25/ });
  expect(stderr).not.toContain("\u001b");
});
