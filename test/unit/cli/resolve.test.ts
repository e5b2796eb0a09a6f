import { expect, test } from "bun:test";
import fc from "fast-check";
import { understand } from "../../../src/cli/argv.ts";
import { commandTable } from "../../../src/cli/commands.ts";
import { resolve } from "../../../src/cli/resolve.ts";
import { wantsJson } from "../../../src/cli/run.ts";
import { FleetError } from "../../../src/errors.ts";
import { commands, list } from "./samples.ts";

const found: readonly [words: readonly string[], name: string, rest: readonly string[]][] = [
  [["create", "fix", "-p", "x"], "create", ["fix", "-p", "x"]],
  [["ls"], "list", []],
  [["ps", "auth-*"], "list", ["auth-*"]],
  [["config", "show"], "config show", []],
  [["--json", "list"], "list", ["--json"]],
  [["-C", "list", "list"], "list", ["--directory=list"]],
  [["-C../api", "config", "--json", "show", "x"], "config show", ["--directory=../api", "--json", "x"]],
  [["-C", "--", "list"], "list", ["--directory=--"]],
  [["--", "list", "--", "-h"], "list", ["--", "-h"]],
  [["create", "-p", "-h"], "create", ["-p", "-h"]],
  [["create", "-p", "--version"], "create", ["-p", "--version"]],
  [["create", "--promt", "--help"], "create", ["--promt", "--help"]],
  [["create", "--", "--help"], "create", ["--", "--help"]],
  [["__complete", "targets"], "__complete", ["targets"]],
];

for (const [words, name, rest] of found) {
  test(`finds ${name} in fleet ${words.join(" ")}`, () => {
    expect(outcome(words)).toEqual({ command: name, rest });
  });
}

const asked: readonly [words: readonly string[], kind: "overview" | "version" | "help", name?: string][] = [
  [[], "overview"],
  [["--version"], "version"],
  [["-V"], "version"],
  [["--json", "-V"], "version"],
  [["--help"], "help"],
  [["-h"], "help"],
  [["--json", "-h"], "help"],
  [["--help", "create"], "help", "create"],
  [["-h", "ps"], "help", "list"],
  [["create", "-h"], "help", "create"],
  [["create", "fix", "--json", "-C", "-h", "--help"], "help", "create"],
  [["config"], "help", "config"],
  [["config", "--json"], "help", "config"],
  [["config", "-h"], "help", "config"],
  [["config", "show", "-h"], "help", "config show"],
  [["-h", "config", "show"], "help", "config show"],
];

for (const [words, kind, name] of asked) {
  test(`gives the ${kind} for fleet ${words.join(" ")}`, () => {
    expect(outcome(words)).toEqual(kind === "help" ? { help: name } : { asked: kind });
  });
}

const refused: readonly [words: readonly string[], message: string, hint: string][] = [
  [["creat"], "unknown command creat; did you mean fleet create?", "see fleet --help"],
  [["status"], "unknown command status; did you mean fleet list?", "see fleet --help"],
  [["toString"], "unknown command toString", "see fleet --help"],
  [["constructor"], "unknown command constructor", "see fleet --help"],
  [["__proto__"], "unknown command __proto__", "see fleet --help"],
  [["hasOwnProperty", "-h"], "unknown command hasOwnProperty", "see fleet --help"],
  [["__complet"], "unknown command __complet", "see fleet --help"],
  [[""], 'unknown command ""', "see fleet --help"],
  [["create fix"], 'unknown command "create fix"', "see fleet --help"],
  [["--", "--version"], "unknown command --version", "see fleet --help"],
  [["config", "shwo"], "unknown command config shwo; did you mean fleet config show?", "see fleet config --help"],
  [["config", "toString"], "unknown command config toString", "see fleet config --help"],
  [["config", "list"], "unknown command config list", "see fleet config --help"],
  [
    ["config", "--shwo"],
    "unknown option --shwo",
    "the options of a command go after its name; see fleet config --help",
  ],
  [["--jsn", "list"], "unknown option --jsn; did you mean --json?", "see fleet --help"],
  [["-p", "hi", "create", "fix"], "unknown option -p", "the options of a command go after its name; see fleet --help"],
  [["--json"], "no command in --json", "see fleet --help"],
  [["-C", "list"], "no command in -C list", "see fleet --help"],
  [["-C"], "no command in -C", "see fleet --help"],
  [["--"], "no command in --", "see fleet --help"],
];

for (const [words, message, hint] of refused) {
  test(`refuses fleet ${words.join(" ")}`, () => {
    expect(outcome(words)).toEqual({ refused: message, hint });
  });
}

function outcome(words: readonly string[]): unknown {
  try {
    const request = resolve(words, commands);
    if (request.kind === "command") return { command: request.row.name, rest: request.words };
    return request.kind === "help" ? { help: request.row?.name } : { asked: request.kind };
  } catch (error) {
    if (!(error instanceof FleetError) || error.kind !== "usage") throw error;
    return { refused: error.message, hint: error.hint };
  }
}

const word = fc.oneof(
  fc.constantFrom(
    "list",
    "ls",
    "create",
    "config",
    "show",
    "config show",
    "kill",
    "exec",
    "help",
    "prompt",
    "",
    "-",
    "--",
  ),
  fc.constantFrom(
    "-h",
    "--help",
    "--version",
    "-V",
    "--json",
    "--json=1",
    "-C",
    "-Cx",
    "-hC",
    "-p",
    "-ph",
    "--prompt",
    "--all",
  ),
  fc.constantFrom("__proto__", "constructor", "toString", "valueOf"),
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.string({ maxLength: 6 }).map((rest) => `-${rest}`),
  fc.string({ maxLength: 6 }).map((rest) => `--${rest}`),
);

test("whatever is typed, it is understood or wrong usage that says where to look", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (words) => {
      expect(await wantsJson(words)).toBeBoolean();
      try {
        const request = resolve(words, commandTable);
        if (request.kind === "command") understand(request.words, (await request.row.load()).default.help);
      } catch (error) {
        if (!(error instanceof FleetError)) throw error;
        expect(error).toMatchObject({ kind: "usage", hint: expect.stringContaining("see fleet ") });
      }
    }),
    { numRuns: 500 },
  );
});

test("behind -- nothing is an option, whatever it looks like", () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
      const line = understand(["--json", "--", ...words], list.help);
      expect(line).toMatchObject({ operands: words, canonical: ["--", ...words], global: { json: true, help: false } });
    }),
  );
});
