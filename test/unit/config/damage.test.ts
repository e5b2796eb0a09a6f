import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { loadConfig } from "../../../src/config/load.ts";
import { parseTasks } from "../../../src/config/tasks.ts";
import { FleetError } from "../../../src/errors.ts";
import { changedBytes, noFiles, readOrRefused } from "../../helpers/damage.ts";
import { temporaryHome } from "./home.ts";

const megabyte = "x".repeat(1_000_000);
const whole = readFileSync(join(import.meta.dir, "../../fixtures/config/valid/every-key.toml"), "utf8");

const value = fc.oneof(
  fc.constantFrom(
    "1",
    "-1",
    "1.5",
    "inf",
    "nan",
    "true",
    "2020-01-01",
    "9007199254740993",
    '""',
    '"\\u0000"',
    "''",
    '"~x"',
  ),
  fc.constantFrom(
    "[]",
    "[[]]",
    "{}",
    "[1, 'x']",
    "{ a = 1 }",
    "{ __proto__ = 1 }",
    '"\\ud800"',
    '"""\n"""',
    "[",
    "{",
    '"',
    "",
  ),
  fc.string().map((text) => JSON.stringify(text)),
);

/** A file of which lines are gone, are there twice, have other values, or belong to another table. */
function changedToml(text: string): fc.Arbitrary<string> {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const changedLine = (line: string) =>
    fc.oneof(
      { weight: 60, arbitrary: fc.constant(line) },
      value.map((other) => line.replace(/=.*/, `= ${other}`)),
      fc.constantFrom(
        "",
        `${line}\n${line}`,
        "[__proto__]",
        "[[task]]",
        "[agents.x]",
        '[repo."/x"]',
        "[notify]",
        "other = 1",
      ),
    );
  return fc.tuple(...lines.map(changedLine)).map((changed) => changed.join("\n"));
}

test("whatever config.toml holds, it is a configuration or refused by its name", async () => {
  const { file, environment } = temporaryHome(whole);
  await fc.assert(
    fc.asyncProperty(changedBytes(changedToml(whole)), async (bytes) => {
      writeFileSync(file, bytes);
      const loaded = await readOrRefused(file, () => loadConfig(environment));
      expect(readFileSync(file).equals(bytes)).toBe(true);
      if (loaded === undefined) return;
      const { config } = loaded;
      for (const path of [config.worktree_root, config.state_file, config.agents_root, config.journal_root])
        expect(path).toStartWith("/");
      for (const number of [config.max_agents, config.setup_timeout, config.keep_killed, config.ports_per_agent])
        expect(Number.isSafeInteger(number) && number >= 0).toBe(true);
      for (const words of [config.claude_flags, config.credential_files, config.setup_commands])
        expect(words.every((word) => typeof word === "string")).toBe(true);
    }),
    { numRuns: 200 },
  );
});

const tasks = `prompt = "all"
agent = "demo"

[[task]]
branch = "a"
prompt = "one"
from = "main"

[[task]]
branch = "b"
prompt_file = "b.md"
`;

test("whatever a file of tasks holds, it is tasks or wrong usage, with its name", () => {
  fc.assert(
    fc.property(changedBytes(changedToml(tasks)), (bytes) => {
      try {
        for (const { branch, prompt = "", promptFile = "", agent = "", from = "", origin } of parseTasks(
          Buffer.from(bytes).toString(),
          "tasks.toml",
        )) {
          for (const text of [branch, prompt, promptFile, agent, from]) expect(text).toBeString();
          expect(origin).toMatch(/^tasks\.toml(:\d+)?$/);
        }
      } catch (error) {
        if (!(error instanceof FleetError)) throw error;
        expect(error).toMatchObject({ kind: "usage", message: expect.stringMatching(/^tasks\.toml(:\d+)?: /) });
      }
    }),
    { numRuns: 200 },
  );
});

for (const [what, make] of Object.entries(noFiles)) {
  test(`${what} in the place of config.toml is refused by its name, at once`, async () => {
    const { file, environment } = temporaryHome("");
    rmSync(file);
    mkdirSync(dirname(file), { recursive: true });
    make(file);
    expect(await readOrRefused(file, () => loadConfig(environment))).toBeUndefined();
  });
}

const large: Readonly<Record<string, string>> = {
  "a key of a megabyte": `${megabyte} = 1`,
  "a value of a megabyte": `default_agent = "${megabyte}"`,
  "lists in lists": `x = ${"[".repeat(100_000)}`,
  "tables in tables": `x = ${"{a=".repeat(100_000)}`,
};

for (const [what, text] of Object.entries(large)) {
  test(`${what} is refused in a few words`, async () => {
    const { environment } = temporaryHome(text);
    const refused = await loadConfig(environment).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(FleetError);
    expect((refused as FleetError).message.length).toBeLessThan(400);
  });
}

test("a key of a megabyte in a file of tasks is refused in a few words", () => {
  expect(() => parseTasks(`[[task]]\nbranch = "a"\n${megabyte} = 1`, "tasks.toml")).toThrow(
    /^tasks.toml:3: unknown key.{1,100}$/,
  );
});
