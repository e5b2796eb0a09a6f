import { expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Expected } from "../helpers/run.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { hostilePrompts, longestArgumentBytes } from "../helpers/text.ts";
import {
  agentDirectory,
  agentFile,
  demoSandbox,
  everythingIn,
  filesNamed,
  receivedBy,
  registered,
  textOf,
  untilDemo,
} from "./agents.ts";

/** What an agent is given as an argument at most; it is told to read a longer prompt from its file. */
const longestMessage = 120_000;

/** How many commands run at a time: enough to keep two cores busy. */
const lanes = 8;

const fitsArgument = (text: string) => Buffer.byteLength(text) <= longestArgumentBytes;

test("every first prompt that fits into an argument reaches the agent", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const texts = hostilePrompts.map(({ text }) => text).filter((text) => fitsArgument(`prompt-99:${text}`));
  await box.fleet(["multi", ...texts.map((text, index) => `prompt-${index}:${text}`)], { cwd: path }).expect({
    stdout: texts.map((_, index) => `prompt-${index}\n`).join(""),
    stderr: new RegExp(`\n${texts.length} of ${texts.length} are working\\.\n`),
  });
  for (const [index, text] of texts.entries()) await expectFirstPrompt(box, `prompt-${index}`, text);
  expect(filesNamed("pwned", box)).toEqual([]);
});

test("every first prompt that a command line could misread reaches the agent with -p", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  // A lone dash stands for standard input.
  const texts = hostilePrompts
    .map(({ text }) => text)
    .filter(
      (text) => fitsArgument(text) && text !== "-" && (/^[-=\s@/!;~#]|\s$/.test(text) || !fitsArgument(`${text}x`)),
    );
  await inLanes(texts, async (text, index) => {
    const branch = `prompt-${index}`;
    await box.fleet(["create", branch, "-p", text], { cwd: path }).expect(madeAgent(branch));
    await expectFirstPrompt(box, branch, text);
  });
  expect(registered(box).length).toBe(texts.length);
});

test("a first prompt that an argument could not carry as it is reaches the agent from a file and from standard input", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const prompts = hostilePrompts.filter(({ text }) => !fitsArgument(text) || /^-$|^\ufeff|\r|\n$/.test(text));
  await inLanes(prompts, async ({ text }, index) => {
    const [file, input] = [`file-${index}`, `input-${index}`];
    writeFileSync(join(box.home, file), text);
    const fromFile = ["create", file, "--prompt-file", join(box.home, file)];
    await box.fleet(fromFile, { cwd: path }).expect(madeAgent(file));
    await box.fleet(["create", input, "-p", "-"], { cwd: path, input: text }).expect(madeAgent(input));
    await expectFirstPrompt(box, file, text);
    await expectFirstPrompt(box, input, text);
  });
  expect(registered(box).length).toBe(2 * prompts.length);
});

function madeAgent(branch: string): Expected {
  return { stdout: `${branch}\n`, stderr: new RegExp(`\n${branch} is working\\.\n`) };
}

/** Waits until the agent has its prompt, byte for byte. */
async function expectFirstPrompt(box: Sandbox, branch: string, text: string): Promise<void> {
  await untilDemo(box, branch, "idle", 1);
  expect(agentFile(box, branch, "prompt")).toBe(text);
  expect(receivedBy(box, branch)).toEqual([expectedMessage(box, branch, text, "prompt")]);
}

test("every later prompt reaches the agent, without its control characters", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  const branches = Array.from({ length: lanes }, (_, lane) => `lane-${lane}`);
  await box.fleet(["multi", ...branches.map((branch) => `${branch}:begin`)], at);
  // Agents that are busy reading at the same time would be too slow for a paste of this size.
  const pastes = hostilePrompts.filter(({ name }) => name !== "100 KB");
  await inLanes(pastes, async ({ text }, _, lane) => {
    const branch = `lane-${lane}`;
    const before = receivedBy(box, branch).length || 1;
    await untilDemo(box, branch, "idle", before);
    const asWord = text !== "-" && fitsArgument(text);
    const given = asWord
      ? box.fleet(["prompt", branch, "--", text], at)
      : box.fleet(["prompt", branch, "--file", "-"], { ...at, input: text });
    await given.expect({ stdout: `  ${branch}  submitted\n` });
    await untilDemo(box, branch, "idle", before + 1);
    const plain = text
      .replaceAll("\r\n", "\n")
      .replaceAll("\r", "\n")
      .replace(/[\0-\x08\x0b-\x1f\x7f]/g, "");
    expect(receivedBy(box, branch).at(-1)).toEqual(expectedMessage(box, branch, plain, "prompt-\\d+"));
    expect(receivedBy(box, branch).length).toBe(before + 1);
  });
  expect(filesNamed("pwned", box)).toEqual([]);
});

/** A prompt that is too long for an argument is handed over as a file; its content is checked here. */
function expectedMessage(box: Sandbox, branch: string, text: string, file: string): string {
  if (Buffer.byteLength(text) <= longestMessage) return text;
  const directory = agentDirectory(box, branch);
  const kept = everythingIn(directory).filter((path) => new RegExp(`/${file}$`).test(path));
  expect(kept.some((path) => textOf(path) === text)).toBe(true);
  return expect.stringMatching(new RegExp(`^Read the task in ${directory}/${file} and do it\\.$`));
}

/** Works on all items, a few at a time. */
async function inLanes<Item>(
  items: readonly Item[],
  work: (item: Item, index: number, lane: number) => Promise<void>,
): Promise<void> {
  const queue = [...items.entries()];
  const lane = async (number: number) => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next[1], next[0], number);
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
}

test("a prompt without a word is refused, whatever it comes from", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  writeFileSync(join(box.home, "blank"), " \n\t\n");
  const refusal = {
    code: 2,
    stderr: "✗ the prompt is empty\n  to start an agent without a prompt, leave -p out\n",
  };
  await box.fleet(["create", "x", "-p", ""], at).expect(refusal);
  await box.fleet(["create", "x", "-p", " \n "], at).expect(refusal);
  await box.fleet(["create", "x", "--prompt-file", "/dev/null"], at).expect(refusal);
  await box.fleet(["create", "x", "--prompt-file", join(box.home, "blank")], at).expect(refusal);
  await box.fleet(["create", "x", "-p", "-"], { ...at, input: "\n" }).expect(refusal);
  expect(registered(box)).toEqual([]);
  expect(await project.git("branch", "--format=%(refname:short)")).toBe("main");

  await box.fleet(["create", "x"], at);
  const later = { code: 2, stderr: "✗ the message is empty\n  see fleet prompt --help\n" };
  await box.fleet(["prompt", "x", ""], at).expect(later);
  await box.fleet(["prompt", "x", "-p", " \n"], at).expect(later);
  await box.fleet(["prompt", "x", "-"], { ...at, input: "" }).expect(later);
  expect(receivedBy(box, "x")).toEqual([]);
});

test("a prompt that is not text is refused", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  writeFileSync(join(box.home, "nul"), "before\0after");
  writeFileSync(join(box.home, "latin1"), Buffer.from([0x66, 0xfc, 0x72]));
  const nul = {
    code: 2,
    stderr: [
      "✗ the prompt has a NUL byte, which no program can be given\n",
      "  to pass a file that is not text, name it in the prompt instead\n",
    ].join(""),
  };
  await box.fleet(["create", "x", "--prompt-file", join(box.home, "nul")], at).expect(nul);
  await box.fleet(["create", "x", "-p", "-"], { ...at, input: "a\0" }).expect(nul);
  await box.fleet(["create", "x", "--prompt-file", join(box.home, "latin1")], at).expect({
    code: 2,
    stderr: [
      "✗ the prompt [ROOT]/home/latin1 is not UTF-8 text\n",
      "  to let the agent read a file that is not text, name it in the prompt\n",
    ].join(""),
  });
  expect(registered(box)).toEqual([]);
  expect(await project.git("branch", "--format=%(refname:short)")).toBe("main");
});

test("a prompt is given once and can be read", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "x", "-p", "a", "--prompt-file", "b"], at).expect({
    code: 2,
    stderr: "✗ --prompt and --prompt-file cannot be combined\n  see fleet create --help\n",
  });
  await box.fleet(["create", "x", "--prompt-file", "nowhere.md"], at).expect({
    code: 2,
    stderr: [
      "✗ the prompt nowhere.md cannot be read: there is no such file\n",
      "  to see what is there, run ls -l [ROOT]/home/code/project/nowhere.md\n",
    ].join(""),
  });
  const terminal = await box.terminal(["fleet", "create", "x", "-p", "-"], at);
  expect(await terminal.exitCode()).toBe(2);
  expect(await terminal.screen()).toStartWith("✗ the prompt is to come from standard input, which is a terminal\n");
  expect(registered(box)).toEqual([]);
});

test("the first prompt can be written in an editor", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const editor = box.executable("editor", '#!/bin/sh\nprintf "written\\nby hand\\n" >"$1"\n');
  const terminal = await box.terminal(["fleet", "create", "x", "-e"], { cwd: path, env: { EDITOR: editor } });
  expect(await terminal.exitCode()).toBe(0);
  await untilDemo(box, "x", "idle", 1);
  expect(receivedBy(box, "x")).toEqual(["written\nby hand\n"]);
  expect(everythingIn(box.temporary)).toEqual([]);
});

test("what was written in an editor is kept and named when no agent gets it", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const failing = (script: string) => ({ EDITOR: box.executable("editor", `#!/bin/sh\n${script}\n`) });
  const kept = async (words: readonly string[], env: Record<string, string>) => {
    const terminal = await box.terminal(["fleet", ...words], { cwd: path, env, columns: 200 });
    expect(await terminal.exitCode()).not.toBe(0);
    const [file = ""] = readdirSync(box.temporary);
    expect(await terminal.screen()).toStartWith(
      `What you wrote is kept: to pass it, use --prompt-file ${join(box.temporary, file)}\n`,
    );
    const text = readFileSync(join(box.temporary, file), "utf8");
    rmSync(join(box.temporary, file));
    return text;
  };
  const writes = 'echo "a long text" >"$1"';
  expect(await kept(["create", "x", "-e", "--from", "nowhere"], failing(writes))).toBe("a long text\n");
  expect(await kept(["fanout", "2", "x", "-e", "--from", "nowhere"], failing(writes))).toBe("a long text\n");
  expect(await kept(["create", "x", "-e"], failing(`${writes}; exit 1`))).toBe("a long text\n");
  const empty = await box.terminal(["fleet", "create", "x", "-e"], { cwd: path, env: failing("exit 1") });
  expect(await empty.exitCode()).toBe(1);
  expect(everythingIn(box.temporary)).toEqual([]);
  expect(registered(box)).toEqual([]);
});

test("an agent whose pane somebody moved out of its session is sent its prompts where it is", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  await untilDemo(box, "fix", "idle", 0);
  await box.tmux.run(["new-session", "-d", "-s", "mine", "sleep 600"]);
  await box.tmux.run(["move-pane", "-s", "=ai_fix:", "-t", "=mine:"]);
  await box.fleet(["prompt", "fix", "next"], { cwd: path }).expect({ stdout: "  fix  submitted\n" });
  await untilDemo(box, "fix", "idle", 1);
  expect(agentFile(box, "fix", "received")).toBe("next\0");
});
