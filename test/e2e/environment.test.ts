import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { agentDirectory, agentOn, demoSandbox, everythingIn, fleetHome, textOf } from "./agents.ts";

/** An agent that writes down its environment as it got it, and waits to be ended. */
const spy = `#!/bin/sh
env -0 >"$HOME/environment.new"
mv "$HOME/environment.new" "$HOME/environment"
read -r _
`;

async function spySandbox(config = ""): Promise<Sandbox> {
  const box = await demoSandbox(`[agents.spy]\ncommand = "spy"\n${config}`);
  box.env.AI_FLEET_DEFAULT_AGENT = "spy";
  box.executable("spy", spy);
  return box;
}

async function seenBySpy(box: Sandbox): Promise<Record<string, string>> {
  const text = await eventually(() => readFileSync(join(box.home, "environment"), "utf8"), { what: "the spy" });
  const variables = text.split("\0").filter(Boolean);
  return Object.fromEntries(
    variables.map((variable) => [variable.slice(0, variable.indexOf("=")), variable.slice(variable.indexOf("=") + 1)]),
  );
}

test("an agent gets the exports of the caller exactly, also on a server that was started without them", async () => {
  await using box = await spySandbox();
  const { path } = await box.repository();
  await box.tmux.run(["new-session", "-d", "-s", "mine", "--", "/bin/sh"], path);
  const exported = {
    PATH: `${box.bin}:/usr/bin:/bin:${box.home}/it's "here" $HOME`,
    LINES_OF_TEXT: "one\n\n  two\t\nthree\n",
    QUOTES: `'"'"' \\' \\\\ "`,
    NOT_EXPANDED: "$HOME `id` $(id) ~ * ? {a,b} !! #(id) #S %s",
    UNICODE: "\u00fcber \u{1f680} \u2028 \ufeff",
    INVISIBLE: "\x1b[31m\x01\x7f",
    EMPTY: "",
    SPACES: "  ",
    LONG: "x".repeat(100_000),
    code: "1",
    message: "2",
    name: "3",
    value: "4",
    directory: "5",
    i: "6",
    _private: "7",
    ENV: "8",
    CDPATH: "9",
    LANG: "C",
    LC_ALL: "C",
  };
  await box.fleet(["create", "fix"], { cwd: path, env: exported }).expect({ stdout: "fix\n", stderr: /./ });
  expect(await seenBySpy(box)).toMatchObject(exported);
});

test("an agent gets nothing of the caller's terminal, of git, of Bun, or of an agent that called fleet", async () => {
  await using box = await spySandbox();
  const { path } = await box.repository();
  const other = await box.repository("other");
  const dropped = {
    TERM_PROGRAM: "caller",
    COLUMNS: "77",
    LINES: "33",
    STY: "1.caller",
    WINDOWID: "4",
    SSH_TTY: "/dev/caller",
    KITTY_WINDOW_ID: "5",
    ITERM_SESSION_ID: "6",
    GIT_DIR: join(other.path, ".git"),
    GIT_WORK_TREE: other.path,
    GIT_INDEX_FILE: join(other.path, "caller-index"),
    BUN_OPTIONS: "--smol",
    BUN_JSC_useJIT: "1",
    CLAUDECODE: "1",
    CLAUDE_CODE_ENTRYPOINT: "cli",
    CLAUDE_CODE_CHILD_SESSION: "1",
    CODEX_THREAD_ID: "7",
    AI_FLEET_ID: "00000000",
    AI_FLEET_BRANCH: "outer",
    AI_FLEET_BATCH: "outer",
    AI_FLEET_REPO: "/outer",
    "BASH_FUNC_f%%": "() { :; }",
    UID: "12345",
    PPID: "12345",
  };
  await box.fleet(["create", "fix", "--batch", "b1"], { cwd: path, env: dropped }).expect({
    stdout: "fix\n",
    stderr: /./,
  });
  const seen = await seenBySpy(box);
  const entry = agentOn(box, "fix");
  expect(entry.repo).toBe(path);
  for (const [name, value] of Object.entries(dropped)) expect([name, seen[name]]).not.toEqual([name, value]);
  const there = Object.keys(dropped).filter((name) => name in seen && !name.startsWith("AI_FLEET_"));
  expect(there.filter((name) => name !== "TERM_PROGRAM")).toEqual([]);
  expect(seen).toMatchObject({
    AI_FLEET_ID: entry.id,
    AI_FLEET_BRANCH: "fix",
    AI_FLEET_BATCH: "b1",
    AI_FLEET_REPO: path,
    AI_FLEET_TMUX_SOCKET: box.env.AI_FLEET_TMUX_SOCKET ?? "",
    PWD: entry.worktree,
    TMUX: expect.stringContaining(box.tmux.socket),
    TMUX_PANE: expect.stringMatching(/^%\d+$/),
  });
});

test("what is configured for an agent is added to its environment", async () => {
  await using box = await spySandbox('[agents.spy.env]\nMINE = "it\'s $HOME"\nEDITOR = "ours"\n');
  const { path } = await box.repository();
  await box.fleet(["create", "fix"], { cwd: path, env: { EDITOR: "callers" } });
  expect(await seenBySpy(box)).toMatchObject({ MINE: "it's $HOME", EDITOR: "ours" });
});

test("a tmux server that fleet starts makes no other pane look like inside of an agent", async () => {
  await using box = await spySandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix"], { cwd: path, env: { CLAUDECODE: "1", AI_FLEET_ID: "00000000", KEPT: "yes" } });
  const global = (await box.tmux.run(["show-environment", "-g"])).split("\n");
  expect(global).toContain("KEPT=yes");
  expect(global.filter((line) => /^(CLAUDECODE|AI_FLEET_ID|AI_FLEET_BRANCH)=/.test(line))).toEqual([]);
});

test("a secret in the environment is never on a command line, nor in a file that others can read or that stays", async () => {
  await using box = await spySandbox();
  const { path } = await box.repository();
  const secret = `sk-${crypto.randomUUID()}`;
  const setup = '["until [ -e ~/seen ]; do sleep 0.02; done"]';
  const program = box.start(["create", "fix"], { cwd: path, env: { API_KEY: secret, AI_FLEET_SETUP_COMMANDS: setup } });
  const leaks = new Set<string>();
  let looks = 0;
  while (program.running) {
    for (const command of commandLines()) if (command.includes(secret)) leaks.add(`command line ${command}`);
    for (const file of readableFiles(fleetHome(box), secret)) leaks.add(`file ${file}`);
    looks += 1;
    if (looks === 6) writeFileSync(join(box.home, "seen"), "");
    await Bun.sleep(1);
  }
  await program.ended().expect({ stdout: "fix\n", stderr: /./ });
  expect((await seenBySpy(box)).API_KEY).toBe(secret);
  expect([...leaks]).toEqual([]);
  expect(everythingIn(fleetHome(box)).filter((file) => textOf(file).includes(secret))).toEqual([]);
  expect(everythingIn(box.temporary)).toEqual([]);
  expect(readdirSync(agentDirectory(box, "fix"))).not.toContain("environment");
});

function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " "));
}

/** The files that hold a text and that somebody else may read, as far as the folders above let them. */
function readableFiles(folder: string, text: string): string[] {
  return everythingIn(folder).filter((path) => textOf(path).includes(text) && (modeOf(path) & 0o077) !== 0);
}

function modeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
}

test("everything that fleet keeps is for its user alone", async () => {
  await using box = await spySandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "a secret task"], { cwd: path });
  await seenBySpy(box);
  expect(modeOf(fleetHome(box)) & 0o777).toBe(0o700);
  expect(modeOf(join(fleetHome(box), "state.json")) & 0o777).toBe(0o600);
  expect(modeOf(agentDirectory(box, "fix")) & 0o777).toBe(0o700);
});
