import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import fc from "fast-check";
import { isDocument } from "../../../src/config/document.ts";
import { parseToml } from "../../../src/config/toml.ts";
import { findings, findingText } from "../../../src/config/validate.ts";

const environment = { HOME: "/home/nacho" };
const fixtures = join(import.meta.dir, "../../fixtures/config");

function namesIn(folder: string): readonly string[] {
  const files = readdirSync(join(fixtures, folder)).filter((file) => file.endsWith(".toml"));
  return files.map((file) => basename(file, ".toml"));
}

function findingsOf(folder: string, name: string): string {
  const text = readFileSync(join(fixtures, folder, `${name}.toml`), "utf8");
  const found = findings(text, "config.toml", environment);
  return found.map((finding) => `${findingText(finding)}\n`).join("");
}

for (const name of namesIn("valid")) {
  test(`nothing is found in ${name}.toml`, () => {
    expect(findingsOf("valid", name)).toBe("");
  });
}

for (const name of namesIn("invalid")) {
  test(`what is wrong in ${name}.toml is found`, () => {
    expect(findingsOf("invalid", name)).toBe(readFileSync(join(fixtures, "invalid", `${name}.txt`), "utf8"));
  });
}

test("every finding names its file and a line", () => {
  for (const name of namesIn("invalid")) {
    const text = readFileSync(join(fixtures, "invalid", `${name}.toml`), "utf8");
    const lines = text.split("\n").length;
    for (const { file, line } of findings(text, "/x/config.toml", environment)) {
      expect(file).toBe("/x/config.toml");
      expect(line).toBeWithin(1, lines + 1);
    }
  }
});

test("a finding without a line is shown without one", () => {
  expect(findingText({ file: "config.toml", line: undefined, problem: "is odd", hint: undefined })).toBe(
    "config.toml: is odd",
  );
});

const fragments = fc.constantFrom(
  ...[
    "max_agents",
    "quick_setup",
    "claude_flags",
    "[agents.x]",
    "[notify]",
    '[repo."~/x"]',
    "command",
    "prompt_option",
  ],
  ...[
    " = ",
    "=",
    "1",
    "true",
    '"x"',
    "[",
    "]",
    ",",
    "'",
    '"',
    '"""',
    "{",
    "}",
    "\n",
    "\n\n",
    "# c\n",
    ".",
    "\uFEFF",
    "\r",
    "\0",
  ],
  ...["max_agents = 1\n", 'command = "x"\n', 'claude_flags = ["a", "b"]\n', "quick_setup = false\n", "colour = 1\n"],
);

function isConfiguration(text: string): boolean {
  try {
    return isDocument(parseToml(text));
  } catch {
    return false;
  }
}

test("whatever cannot be loaded has a finding, and nothing else has", () => {
  const verdicts = new Set<boolean>();
  fc.assert(
    fc.property(fc.array(fragments, { maxLength: 8 }), (parts) => {
      const text = parts.join("");
      verdicts.add(isConfiguration(text));
      expect([text, findings(text, "config.toml", environment).length === 0]).toEqual([text, isConfiguration(text)]);
    }),
    { numRuns: 2000 },
  );
  expect(verdicts.size).toBe(2);
});
