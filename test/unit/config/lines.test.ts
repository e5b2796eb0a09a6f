import { expect, test } from "bun:test";
import fc from "fast-check";
import { keyLines } from "../../../src/config/lines.ts";
import { parseToml } from "../../../src/config/toml.ts";

const text = `\
# max_agents = 1
max_agents = 2 # max_agents = 3
credential_files = [
  # ".env",
  ".env",

  "a]b", "c",
]
note = """
tmux_prefix = "x"
[notify]
"""
literal = '''
[agents]'''
empty = ""
"quick_setup" = true
agents.direct.command = "x"

[ agents . "my agent" ]
flags = []
`;

const more = `\
[repo."~/code/\\u0061pi"]
quick_setup = true
setup_commands = ['''
one
''', "two"]
[repo.'/srv/x']
  quick_setup = false
[agents.inline]
env = { A = "1", B = "2" }
[notify]
command = "x"\r
on = [["waiting"], { a = [1, 2] }, 3]
`;

const places: readonly (readonly [readonly string[], number | undefined])[] = [
  [["max_agents"], 2],
  [["credential_files"], 3],
  [["credential_files", "0"], 5],
  [["credential_files", "1"], 7],
  [["credential_files", "2"], 7],
  [["credential_files", "3"], 3],
  [["note"], 9],
  [["tmux_prefix"], undefined],
  [["notify"], undefined],
  [["literal"], 13],
  [["empty"], 15],
  [["quick_setup"], 16],
  [["agents"], 17],
  [["agents", "direct"], 17],
  [["agents", "direct", "command"], 17],
  [["agents", "my agent"], 19],
  [["agents", "my agent", "flags"], 20],
  [["agents", "my agent", "command"], 19],
];

const morePlaces: readonly (readonly [readonly string[], number | undefined])[] = [
  [["repo", "~/code/api"], 1],
  [["repo", "~/code/api", "quick_setup"], 2],
  [["repo", "~/code/api", "setup_commands", "0"], 3],
  [["repo", "~/code/api", "setup_commands", "1"], 5],
  [["repo", "/srv/x", "quick_setup"], 7],
  [["agents", "inline", "env", "B"], 9],
  [["notify", "command"], 11],
  [["notify", "on", "2"], 12],
];

for (const [toml, expected] of [[text, places] as const, [more, morePlaces] as const]) {
  for (const [path, line] of expected) {
    test(`${path.join(" > ")} is ${line === undefined ? "nowhere" : `in line ${line}`}`, () => {
      parseToml(toml);
      expect(keyLines(toml)(path)).toBe(line);
    });
  }
}

/** A value, and whether a key can follow in the same text. */
const value = fc.constantFrom(
  "1",
  "-1.5e3",
  "2026-01-01T00:00:00Z",
  '"="',
  "'[x]'",
  '"a\\"#b"',
  '"""\nfake = 1\n"quoted\\""""',
  "'''\n[fake]\n'''",
  "[\n  1, # fake = 2\n  2,\n]",
  '[["]"], [\n"[" ]]',
  '{ fake = [1, { x = "}" }] }',
);

interface Statement {
  readonly before: string;
  readonly name: string;
  readonly spelt: string;
  /** Undefined for the heading of a table. */
  readonly value: string | undefined;
}

const statement = fc.record({
  before: fc.constantFrom("", "\n", "# comment = [\n", "  \t"),
  spelling: fc.constantFrom(
    (index: number) => ({ name: `k${index}`, spelt: `k${index}` }),
    (index: number) => ({ name: `k ${index}`, spelt: `"k\\u0020${index}"` }),
  ),
  value: fc.option(value, { nil: undefined }),
});

const statements: fc.Arbitrary<readonly Statement[]> = fc
  .array(statement, { maxLength: 12 })
  .map((all) =>
    all.map(({ before, spelling, value: assigned }, index) => ({ before, ...spelling(index), value: assigned })),
  );

/** The text of the statements, and the line in which each begins. */
function written(all: readonly Statement[], lineEnd: string) {
  let text = "";
  let table: readonly string[] = [];
  const begins: (readonly [path: readonly string[], line: number])[] = [];
  for (const { before, name, spelt, value: assigned } of all) {
    text += before;
    if (assigned === undefined) table = [name];
    begins.push([assigned === undefined ? table : [...table, name], text.split("\n").length]);
    text += (assigned === undefined ? `[${spelt}]` : `${spelt} = ${assigned}`) + lineEnd;
  }
  return { text, begins };
}

test("every key of every text is found in the line where it begins", () => {
  fc.assert(
    fc.property(statements, fc.constantFrom("\n", "\r\n"), (all, lineEnd) => {
      const { text: toml, begins } = written(all, lineEnd);
      parseToml(toml);
      const lineOf = keyLines(toml);
      expect(begins.map(([path]) => [path, lineOf(path)])).toEqual(begins.map(([path, line]) => [path, line]));
    }),
  );
});
