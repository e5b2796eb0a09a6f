import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { PromptChannel } from "../../../../src/agents/adapter.ts";
import {
  environmentFile,
  type LauncherPlan,
  planFile,
  writeLauncher,
} from "../../../../src/fleet/life/launcher/launcher.ts";
import { quoteForShell } from "../../../../src/system/shell.ts";
import { temporaryFolder } from "../../../helpers/folder.ts";
import { filesIn } from "../../../helpers/samples.ts";
import { hostilePrompts, longestArgumentBytes } from "../../../helpers/text.ts";

/** The shells of this machine that may be /bin/sh on another one. */
const shells: readonly (readonly string[])[] = [
  ["/bin/sh"],
  ...[
    ["bash", "--posix"],
    ["busybox", "sh"],
  ].filter(([name = ""]) => Bun.which(name) !== null),
];
const environment = { PATH: "/usr/bin:/bin" };
/** What waits on the standard input of the launcher: in a pane that is the terminal. */
const typed = "typed on the terminal\n";

const hostileTexts = hostilePrompts.map(({ text }) => text);
const shortTexts = hostileTexts.filter((text) => Buffer.byteLength(text) < 10_000);
const isArgument = (text: string) => Buffer.byteLength(text) < longestArgumentBytes - 100;
/** Anything that a program can be given. */
const anyText = fc.string({ unit: "binary" }).map((text) => text.toWellFormed().replaceAll("\0", ""));

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

async function runShell(shell: readonly string[], args: readonly string[], env = environment): Promise<Ended> {
  const child = Bun.spawn([...shell, ...args], { env, stdin: new Blob([typed]), stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { stdout, stderr, exitCode: child.exitCode };
}

/** The texts as a shell reads them from a script that quotes them. */
async function readBack(shell: readonly string[], texts: readonly string[], script: string): Promise<string[]> {
  writeFileSync(script, `printf '%s\\0' ${texts.map(quoteForShell).join(" ")}\n`);
  const { stdout } = await runShell(shell, [script]);
  return stdout.split("\0").slice(0, -1);
}

for (const shell of shells) {
  const name = shell.join(" ");

  test(`${name} reads a quoted text back as it was`, async () => {
    const script = join(temporaryFolder(), "script");
    expect(await readBack(shell, [...hostileTexts, ""], script)).toEqual([...hostileTexts, ""]);
    await fc.assert(
      fc.asyncProperty(fc.array(anyText, { minLength: 1, maxLength: 100 }), async (texts) => {
        expect(await readBack(shell, texts, script)).toEqual(texts);
      }),
      { numRuns: 10 },
    );
  });

  test(`${name} exports what the environment file says, byte for byte`, async () => {
    const file = join(temporaryFolder(), "environment");
    const texts = hostileTexts.filter(isArgument);
    const exported = Object.fromEntries(texts.map((text, index) => [`V${index}`, text]));
    writeFileSync(file, environmentFile({ ...exported, EMPTY: "", ABSENT: undefined }));
    const { stdout } = await runShell(shell, ["-c", '. "$1" && exec env -0', "sh", file]);
    const variables = stdout
      .split("\0")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
    const ours = variables.filter(([variable = ""]) => /^(?:V\d+|EMPTY|ABSENT)$/.test(variable));
    expect(Object.fromEntries(ours)).toEqual({ ...exported, EMPTY: "" });
  });

  test(`${name} gives an agent its words and its message byte for byte`, async () => {
    const words = ["", "-x", ...shortTexts];
    const long = hostileTexts.filter((text) => !shortTexts.includes(text) && isArgument(text));
    for (const message of [shortTexts.join("\n"), "one\n\n", "\n", "-", ...long]) {
      const agent = launched({ argv: words, message });
      await start(shell, agent);
      expect(received(agent)).toEqual([...words, message]);
    }
  });
}

const channels: Readonly<Record<string, { channel: PromptChannel; words: readonly string[]; input: string }>> = {
  "its last argument": { channel: { kind: "argument" }, words: ["--", "do\nit\n"], input: typed },
  "the value of an option": {
    channel: { kind: "option", option: "--say it" },
    words: ["--", "--say it", "do\nit\n"],
    input: typed,
  },
  "its standard input": { channel: { kind: "stdin" }, words: ["--"], input: "do\nit\n" },
};

for (const [what, { channel, words, input }] of Object.entries(channels)) {
  test(`a message can be ${what}`, async () => {
    const agent = launched({ argv: ["--"], message: "do\nit\n", channel });
    await start(["/bin/sh"], agent);
    expect(received(agent)).toEqual([...words]);
    expect(readFileSync(agent.input, "utf8")).toBe(input);
  });
}

test("without a prompt the agent gets its words alone", async () => {
  const agent = launched({ argv: ["--resume"] });
  await start(["/bin/sh"], agent);
  expect(received(agent)).toEqual(["--resume"]);
});

test("the agent has the environment of its plan, and of the pane what tmux says of the terminal", async () => {
  const agent = launched({ argv: [], program: 'env -0 >"$OUT"', environment: { HOME: "/home/me", MULTI: "a\n'b'\n" } });
  await start(["/bin/sh"], agent, { TERM: "tmux-256color", TMUX_PANE: "%3", HOME: "/old", STALE: "yes" });
  const variables = received(agent).filter((line) => !/^(?:PWD|OLDPWD|SHLVL|_|OUT|IN|PATH)=/.test(line));
  expect(variables.sort()).toEqual(["HOME=/home/me", "MULTI=a\n'b'\n", "TERM=tmux-256color", "TMUX_PANE=%3"]);
});

test("the exports are gone before the agent runs, and are nobody else's to read", async () => {
  const look = 'cd "$(dirname "$OUT")" && test ! -e agents/0a1b2c3d/environment && printf "gone\\0" >"$OUT"';
  const agent = launched({ argv: [], program: look });
  expect(modeOf(agent.files.environment)).toBe(0o600);
  expect(modeOf(agent.files.plan)).toBe(0o600);
  expect(modeOf(agent.files.directory)).toBe(0o700);
  await start(["/bin/sh"], agent);
  expect(received(agent)).toEqual(["gone"]);
});

test("the process that is written down is the agent itself, in its worktree", async () => {
  const agent = launched({ argv: [], program: 'printf "%s\\0%s\\0" "$$" "$PWD" >"$OUT"' });
  await start(["/bin/sh"], agent);
  expect(received(agent)).toEqual([readFileSync(agent.files.pid, "utf8").trim(), agent.worktree]);
});

test("how the agent ended is written down", async () => {
  for (const [program, code] of [
    ["exit 0", "0"],
    ["exit 7", "7"],
    ["kill -TERM $$", "143"],
  ] as const) {
    const agent = launched({ argv: [], program });
    const { exitCode } = await start(["/bin/sh"], agent);
    expect(readFileSync(agent.files.exit, "utf8")).toBe(`${code}\n`);
    expect(exitCode).toBe(Number(code));
  }
});

test("setup commands run in the worktree, in order, with their output kept", async () => {
  const setupCommands = ["echo 'it'\\''s one'", "pwd; cat", "echo two >&2"];
  const agent = launched({ argv: ["x"], setupCommands });
  await start(["/bin/sh"], agent);
  expect(received(agent)).toEqual(["x"]);
  expect(readFileSync(agent.files.setupLog, "utf8")).toBe(
    ["$ echo 'it'\\''s one'", "it's one", "$ pwd; cat", agent.worktree, "$ echo two >&2", "two", ""].join("\n"),
  );
});

test("a setup command that fails keeps the agent from starting, and says which and how", async () => {
  const agent = launched({ argv: ["x"], setupCommands: ["true", "exit 9", "touch third"] });
  const { exitCode } = await start(["/bin/sh"], agent);
  expect(exitCode).toBe(9);
  expect(readFileSync(agent.files.phase, "utf8")).toBe("failed 2 9\n");
  expect(readFileSync(agent.files.setupLog, "utf8")).toEndWith("setup command 2 failed with exit code 9: exit 9\n");
  expect(existsSync(agent.output)).toBe(false);
  expect(existsSync(join(agent.worktree, "third"))).toBe(false);
});

test("an agent that was called off does not start", async () => {
  const agent = launched({ argv: ["x"] });
  mkdirSync(agent.files.claim);
  await start(["/bin/sh"], agent);
  expect(existsSync(agent.output)).toBe(false);
  expect(existsSync(agent.files.pid)).toBe(false);
});

test("a launcher does not start its agent a second time", async () => {
  const agent = launched({ argv: ["x"] });
  await start(["/bin/sh"], agent);
  const again = await start(["/bin/sh"], agent);
  expect(again).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("fleet resume") });
});

test("a setup command is one word of the plan, whatever is in it", () => {
  const setup = setupOf(["a'b\nc"]);
  const plan = planFile(filesIn("/f"), {
    worktree: "/w",
    setup,
    notification: undefined,
    wrapper: [],
    argv: ["p"],
    prompt: undefined,
    environment: {},
  });
  expect(plan).toContain("  ai_fleet_setup 'a'\\''b\nc'\n");
});

interface Launched {
  readonly files: ReturnType<typeof filesIn>;
  readonly worktree: string;
  /** Where the agent notes its words, and what it read. */
  readonly output: string;
  readonly input: string;
}

interface Wanted extends Partial<Pick<LauncherPlan, "environment">> {
  readonly setupCommands?: readonly string[];
  readonly argv: readonly string[];
  readonly message?: string;
  readonly channel?: PromptChannel;
  /** What the agent does; it notes its words, unless given. */
  readonly program?: string;
}

function setupOf(commands: readonly string[]): LauncherPlan["setup"] {
  return { commands, timeoutSeconds: 60, parallel: 2, queue: join(temporaryFolder(), "queue") };
}

/** Writes the launcher of an agent that tells what it got. */
function launched({
  argv,
  message,
  channel = { kind: "argument" },
  program,
  setupCommands = [],
  environment: added,
}: Wanted): Launched {
  const folder = temporaryFolder();
  const files = filesIn(folder);
  const [worktree, output, input, agent] = ["work tree", "output", "input", "agent"].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  mkdirSync(worktree);
  writeFileSync(agent, `#!/bin/sh\n${program ?? 'printf "%s\\0" "$@" >"$OUT"; cat >"$IN"'}\n`);
  chmodSync(agent, 0o755);
  const file = join(folder, "it's the message");
  if (message !== undefined) writeFileSync(file, message);
  writeLauncher(files, {
    worktree,
    setup: setupOf(setupCommands),
    notification: undefined,
    wrapper: [],
    argv: [agent, ...argv],
    prompt: message === undefined ? undefined : { channel, file },
    environment: { ...environment, ...added, OUT: output, IN: input },
  });
  return { files, worktree, output, input };
}

/** Runs the launcher: /bin/sh from its first line, another shell from where the environment of the pane is gone. */
function start(shell: readonly string[], { files }: Launched, pane = {}): Promise<Ended> {
  const inPlace = shell[0] === "/bin/sh";
  return runShell(shell, [files.launcher, ...(inPlace ? [] : ["clean"])], { ...environment, ...pane });
}

function received({ output }: Launched): string[] {
  return readFileSync(output, "utf8").split("\0").slice(0, -1);
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}
