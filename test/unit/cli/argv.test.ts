import { expect, test } from "bun:test";
import { type CommandLine, understand } from "../../../src/cli/argv.ts";
import type { FleetCommand } from "../../../src/commands/definition.ts";
import { FleetError } from "../../../src/errors.ts";
import { completions, configShow, create, exec, list, logs, prompt } from "./samples.ts";

const understood: readonly [FleetCommand, words: readonly string[], canonical: readonly string[]][] = [
  // A value is the next word, whatever it looks like, or what follows "=" or the letter.
  [create, ["fix"], ["--", "fix"]],
  [create, ["fix", "--prompt", "hi"], ["--prompt=hi", "--", "fix"]],
  [create, ["--prompt", "hi", "fix"], ["--prompt=hi", "--", "fix"]],
  [create, ["fix", "--prompt=hi"], ["--prompt=hi", "--", "fix"]],
  [create, ["fix", "-p", "hi"], ["--prompt=hi", "--", "fix"]],
  [create, ["fix", "-phi"], ["--prompt=hi", "--", "fix"]],
  [create, ["fix", "-p=hi"], ["--prompt=hi", "--", "fix"]],
  [create, ["fix", "-p=="], ["--prompt==", "--", "fix"]],
  [create, ["fix", "--prompt=a=b"], ["--prompt=a=b", "--", "fix"]],
  [create, ["fix", "--prompt", "-x"], ["--prompt=-x", "--", "fix"]],
  [create, ["fix", "--prompt=-x"], ["--prompt=-x", "--", "fix"]],
  [create, ["fix", "--prompt", "-h"], ["--prompt=-h", "--", "fix"]],
  [create, ["fix", "--prompt", "--help"], ["--prompt=--help", "--", "fix"]],
  [create, ["fix", "--prompt", "--json"], ["--prompt=--json", "--", "fix"]],
  [create, ["fix", "--prompt", "--no-verify"], ["--prompt=--no-verify", "--", "fix"]],
  [create, ["fix", "--prompt", "--no-verify is bad"], ["--prompt=--no-verify is bad", "--", "fix"]],
  [create, ["fix", "--prompt=--no-verify"], ["--prompt=--no-verify", "--", "fix"]],
  [create, ["fix", "-p", "--no-setup"], ["--prompt=--no-setup", "--", "fix"]],
  [create, ["fix", "--prompt", "--attach"], ["--prompt=--attach", "--", "fix"]],
  [create, ["fix", "--prompt", "--"], ["--prompt=--", "--", "fix"]],
  [create, ["fix", "-p", "--", "-y"], ["--prompt=--", "--yes=true", "--", "fix"]],
  [create, ["fix", "--prompt", "-"], ["--prompt=-", "--", "fix"]],
  [create, ["fix", "--prompt", ""], ["--prompt=", "--", "fix"]],
  [create, ["fix", "--prompt="], ["--prompt=", "--", "fix"]],
  [create, ["fix", "-p", ""], ["--prompt=", "--", "fix"]],
  [create, ["fix", "-p="], ["--prompt=", "--", "fix"]],
  [create, ["fix", "-p", "two\nlines\n"], ["--prompt=two\nlines\n", "--", "fix"]],
  [create, ["fix", "--prompt=two\nlines=2"], ["--prompt=two\nlines=2", "--", "fix"]],
  [create, ["fix", "--prompt-file", "notes.md"], ["--prompt-file=notes.md", "--", "fix"]],
  [create, ["fix", "--label", "a", "-l", "b", "-lc"], ["--label=c", "--", "fix"]],
  // Switches.
  [create, ["fix", "--attach"], ["--attach=true", "--", "fix"]],
  [create, ["--attach", "fix"], ["--attach=true", "--", "fix"]],
  [create, ["fix", "--no-setup"], ["--setup=false", "--", "fix"]],
  [create, ["fix", "-y"], ["--yes=true", "--", "fix"]],
  [create, ["fix", "-yd"], ["--yes=true", "--detach=true", "--", "fix"]],
  [create, ["fix", "-ydphi"], ["--yes=true", "--detach=true", "--prompt=hi", "--", "fix"]],
  [create, ["fix", "-yp", "hi"], ["--yes=true", "--prompt=hi", "--", "fix"]],
  [logs, ["fix", "-n200"], ["--lines=200", "--", "fix"]],
  [logs, ["fix", "-n", "200"], ["--lines=200", "--", "fix"]],
  [logs, ["fix", "-n=200"], ["--lines=200", "--", "fix"]],
  [logs, ["fix", "-fn200"], ["--follow=true", "--lines=200", "--", "fix"]],
  [logs, ["fix", "--lines=200"], ["--lines=200", "--", "fix"]],
  [logs, ["fix", "--lines", "-1"], ["--lines=-1", "--", "fix"]],
  [list, ["--status", "idle"], ["--status=idle", "--"]],
  [list, ["-sidle"], ["--status=idle", "--"]],
  // Operands.
  [list, [], ["--"]],
  [list, ["a", "b", "c"], ["--", "a", "b", "c"]],
  [create, ["007"], ["--", "007"]],
  [create, ["-"], ["--", "-"]],
  [create, [""], ["--", ""]],
  [create, ["--", "-fix"], ["--", "-fix"]],
  [create, ["--", "--help"], ["--", "--help"]],
  [create, ["--", "--"], ["--", "--"]],
  [create, ["--no-setup", "--", "--no-setup"], ["--setup=false", "--", "--no-setup"]],
  [prompt, ["--", "fix-42", "-h"], ["--", "fix-42", "-h"]],
  [prompt, ["fix-42", "--", "--no-verify is bad"], ["--", "fix-42", "--no-verify is bad"]],
  [prompt, ["fix-42", "--wait", "--", "--wait"], ["--wait=true", "--", "fix-42", "--wait"]],
  [configShow, [], ["--"]],
];

for (const [command, words, canonical] of understood) {
  test(`understands ${typed(command, words)}`, () => {
    const line = understand(words, command.help);
    expect(line.canonical).toEqual(canonical);
    expect(line.operands).toEqual(canonical.slice(canonical.indexOf("--") + 1));
    expect(line.passthrough).toEqual([]);
    expect(line.global).toEqual({ json: false, directory: undefined, trace: false, help: false });
  });
}

const seeCreate = "see fleet create --help";
const asPrompt = `to pass it as text, give it to -p; ${seeCreate}`;

const refused: readonly [FleetCommand, words: readonly string[], message: string, hint: string][] = [
  // Options that do not exist.
  [create, ["fix", "--promt", "x"], "unknown option --promt; did you mean --prompt?", seeCreate],
  [create, ["fix", "--promt=x y"], "unknown option --promt; did you mean --prompt?", seeCreate],
  [create, ["fix", "--promt", "-h"], "unknown option --promt; did you mean --prompt?", seeCreate],
  [create, ["fix", "--Attach"], "unknown option --Attach; did you mean --attach?", seeCreate],
  [create, ["fix", "--att"], "unknown option --att; did you mean --attach?", seeCreate],
  [create, ["fix", "--setup"], "unknown option --setup", asPrompt],
  [create, ["fix", "--setup=false"], "unknown option --setup", asPrompt],
  [create, ["fix", "-prompt", "x"], "unknown option -prompt; did you mean --prompt?", seeCreate],
  [create, ["fix", "-prompt=x"], "unknown option -prompt; did you mean --prompt?", seeCreate],
  [create, ["fix", "-P", "x"], "unknown option -P; did you mean -p?", seeCreate],
  [create, ["fix", "--no-setpu"], "unknown option --no-setpu; did you mean --no-setup?", seeCreate],
  [create, ["fix", "--no-attach"], "unknown option --no-attach", asPrompt],
  [create, ["fix", "--no-prompt"], "unknown option --no-prompt", asPrompt],
  [create, ["fix", "--_=zzz"], "unknown option --_", asPrompt],
  [create, ["fix", "--constructor"], "unknown option --constructor", asPrompt],
  [create, ["fix", "--__proto__"], "unknown option --__proto__", asPrompt],
  [create, ["fix", "--branch", "x"], "unknown option --branch", asPrompt],
  [create, ["fix", "--no-verify is bad"], 'unknown option "--no-verify is bad"', asPrompt],
  [create, ["fix", "-x"], "unknown option -x", asPrompt],
  [create, ["fix", "-yx"], "unknown option -x", asPrompt],
  [create, ["fix", "-😀 x"], 'unknown option "-😀 x"', asPrompt],
  [create, ["fix", "---"], "unknown option ---", asPrompt],
  [list, ["-9"], "unknown option -9", "see fleet list --help"],
  [
    prompt,
    ["fix", "--no-verify is bad"],
    'unknown option "--no-verify is bad"',
    "to pass it as text, put -- before it; see fleet prompt --help",
  ],
  // Values that are missing, too many or wrong.
  [create, ["fix", "--prompt"], "--prompt needs a value: --prompt TEXT", seeCreate],
  [create, ["fix", "-p"], "-p needs a value: -p TEXT", seeCreate],
  [create, ["fix", "-yp"], "-p needs a value: -p TEXT", seeCreate],
  [create, ["fix", "-C"], "-C needs a value: -C DIR", seeCreate],
  [create, ["fix", "--attach=yes"], "--attach takes no value", seeCreate],
  [create, ["fix", "--attach="], "--attach takes no value", seeCreate],
  [create, ["fix", "-y=1"], "-y takes no value", seeCreate],
  [create, ["fix", "--no-setup=false"], "--no-setup takes no value", seeCreate],
  [create, ["fix", "--json=1"], "--json takes no value", seeCreate],
  [
    list,
    ["--status", "idel"],
    "--status takes idle, working, error, not idel; did you mean idle?",
    "see fleet list --help",
  ],
  [list, ["--status="], '--status takes idle, working, error, not ""', "see fleet list --help"],
  [list, ["--order", "toString"], "--order takes age, cpu, not toString", "see fleet list --help"],
  // Options given twice.
  [create, ["fix", "-p", "a", "-p", "b"], "-p is given twice", seeCreate],
  [create, ["fix", "-p", "a", "--prompt=a"], "--prompt is given twice", seeCreate],
  [create, ["fix", "-yy"], "-y is given twice", seeCreate],
  [create, ["fix", "--no-setup", "--no-setup"], "--no-setup is given twice", seeCreate],
  [create, ["--json", "fix", "--json"], "--json is given twice", seeCreate],
  // Operands that are missing or too many.
  [create, [], "fleet create needs BRANCH", seeCreate],
  [create, ["--attach"], "fleet create needs BRANCH", seeCreate],
  [create, ["--"], "fleet create needs BRANCH", seeCreate],
  [prompt, [], "fleet prompt needs BRANCH", "see fleet prompt --help"],
  [prompt, ["fix"], "fleet prompt needs MESSAGE", "see fleet prompt --help"],
  [create, ["fix", "it"], "unexpected it", `to give it as the prompt, run fleet create fix -p it; ${seeCreate}`],
  [
    create,
    ["fix", "write a test"],
    'unexpected "write a test"',
    `to give it as the prompt, run fleet create fix -p 'write a test'; ${seeCreate}`,
  ],
  [logs, ["a", "b"], "unexpected b", "see fleet logs --help"],
  [logs, ["a", ""], 'unexpected ""', "see fleet logs --help"],
  [completions, ["bash", "zsh"], "unexpected zsh", "see fleet completions --help"],
  [configShow, ["x"], "unexpected x", "see fleet config show --help"],
  [exec, ["fix"], "fleet exec needs -- COMMAND...", "see fleet exec --help"],
  [
    exec,
    ["fix", "ls"],
    "fleet exec needs -- COMMAND...",
    "if ls is the program, run fleet exec fix -- ls; see fleet exec --help",
  ],
  [exec, ["fix", "--"], "fleet exec needs -- COMMAND...", "see fleet exec --help"],
];

for (const [command, words, message, hint] of refused) {
  test(`refuses ${typed(command, words)}`, () => {
    const error = refusal(() => understand(words, command.help));
    expect([error.kind, error.message, error.hint]).toEqual(["usage", message, hint]);
  });
}

test("takes the global options at any place but after --", () => {
  const before = understand(["--json", "-C", "../api", "--trace", "fix"], create.help);
  const after = understand(["fix", "--directory=../api", "--json", "--trace"], create.help);
  const operand = understand(["--", "--json"], create.help);
  expect(before.global).toEqual({ json: true, directory: "../api", trace: true, help: false });
  expect(after.global).toEqual(before.global);
  expect(after.canonical).toEqual(["--", "fix"]);
  expect(operand.global.json).toBe(false);
});

test("stops at a request for help and does not miss what was not read", () => {
  for (const words of [["-h"], ["--help"], ["fix", "-h", "--promt"], ["-yh"], ["a", "b", "c", "--help"]]) {
    expect(understand(words, create.help).global.help).toBe(true);
  }
});

test("a mistake before the request for help is still a mistake", () => {
  expect(refusal(() => understand(["fix", "--promt", "--help"], create.help)).message).toContain("--promt");
});

test("collects every value of a repeatable option in order", () => {
  const given = understand(["-l", "a", "fix", "--label=", "-l=c", "--label", "-l"], create.help);
  expect(given.repeated).toEqual({ label: ["a", "", "c", "-l"] });
  expect(understand(["fix"], create.help).repeated).toEqual({ label: [] });
});

test("hands the words after -- to a command that runs a program, and only those", () => {
  const line = understand(["a", "b", "--", "git", "log", "-p", "--", "x"], exec.help);
  expect(line.operands).toEqual(["a", "b"]);
  expect(line.passthrough).toEqual(["git", "log", "-p", "--", "x"]);
  expect(line.canonical).toEqual(["--", "a", "b"]);
});

function typed(command: FleetCommand, words: readonly string[]): string {
  return ["fleet", command.help.name, ...words.map((word) => JSON.stringify(word))].join(" ");
}

function refusal(attempt: () => CommandLine): FleetError {
  try {
    const line = attempt();
    throw new Error(`not refused: ${JSON.stringify(line)}`);
  } catch (error) {
    if (error instanceof FleetError) return error;
    throw error;
  }
}
