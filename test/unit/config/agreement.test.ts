import { expect, test } from "bun:test";
import fc from "fast-check";
import { broughtKeys, isBroughtDocument, isDocument, repositoryKeys } from "../../../src/config/document.ts";
import type { Key } from "../../../src/config/key.ts";
import { settings } from "../../../src/config/keys.ts";
import { accepts } from "../../../src/config/kinds.ts";
import { broughtSchema, documentSchema, valueSchema } from "../../../src/config/schema.ts";
import { agentKeys, hostKeys, notifyKeys, priceKeys, ruleKeys, webhookKeys } from "../../../src/config/table-keys.ts";

const keys: Readonly<Record<string, Key>> = { ...settings, ...agentKeys, ...hostKeys, ...notifyKeys, ...priceKeys };

const texts = fc.oneof(
  fc.constantFrom(
    ..."|~|~/x|~nacho/x|$HOME|$HOME/x|$HOMER/x|$\u007bHOME}/x|/|/x y|x|./x|../x|a/../b|.git|a/.GIT/b|.|a//b|-x|--x|a b|a:b".split(
      "|",
    ),
    ..."15m|90|-1|1h30m|soon|0s|8d|argument|option|waiting|idle|HEAD|'open|\"open\\|main".split("|"),
    "a\0b",
    "a\nb",
    "a".repeat(33),
    "a".repeat(65),
  ),
  fc.string(),
);

const numbers = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 0.5, 604_800, 604_801, 100_001, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53),
  fc.integer({ min: -5, max: 2000 }),
  fc.double(),
);

const scalar = fc.oneof(texts, numbers, fc.boolean(), fc.constant(new Date(0)));

/** Keys with their prototype's names among them, in tables as smol-toml makes them. */
function table<Value>(names: readonly string[], values: fc.Arbitrary<Value>) {
  return fc.dictionary(fc.oneof(fc.constantFrom(...names), texts), values, { noNullPrototype: false, maxKeys: 4 });
}

const anything = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 2, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: table(["A", "toString"], scalar) },
);

for (const [name, key] of Object.entries(keys)) {
  test(`${name}: the quick check says what the schema says`, () => {
    const schema = valueSchema(key.kind);
    const lists = fc.array(texts, { maxLength: 3 });
    fc.assert(
      fc.property(fc.oneof(anything, lists, table(["A"], texts)), (value) => {
        expect([value, accepts(key.kind, value)]).toEqual([value, schema.safeParse(value).success]);
      }),
      { numRuns: 500 },
    );
  });
}

/** One in twenty is odd, so that whole documents are right often enough to be tried. */
function mostly<Right, Odd>(right: fc.Arbitrary<Right>, odd: fc.Arbitrary<Odd>): fc.Arbitrary<Right | Odd> {
  return fc.oneof({ weight: 19, arbitrary: right }, { weight: 1, arbitrary: odd });
}

/** Mostly right values, so that a document is wrong in few places. */
function valuesOf(name: string, key: Key) {
  const right = [key.example, ...(key.default === undefined ? [] : [key.default])];
  return mostly(fc.constantFrom(...right), anything).map((value) => [name, value]);
}

function tableOf(known: Readonly<Record<string, Key>>) {
  const pairs = Object.entries(known).map(([name, key]) => valuesOf(name, key));
  const stray = fc.tuple(fc.constantFrom("toString", "max_agents", "command", "quick_setupp"), anything);
  const proper = fc.array(fc.oneof(...pairs), { maxLength: 5 });
  const strays = mostly(fc.constant([]), fc.array(stray, { maxLength: 1 }));
  return mostly(
    fc.tuple(proper, strays).map((entries) => Object.fromEntries(entries.flat())),
    anything,
  );
}

function tablesOf(right: string, odd: readonly string[], known: Readonly<Record<string, Key>>) {
  const names = mostly(fc.constant(right), fc.constantFrom(...odd));
  return mostly(fc.dictionary(names, tableOf(known), { maxKeys: 2 }), anything);
}

const subtables = {
  agents: tablesOf("qwen", ["a.b", "a b", ""], agentKeys),
  repo: tablesOf("/srv/x", ["~/x", "x", "~"], repositoryKeys()),
  hosts: tablesOf("gpu1", ["a b", "-x", ""], hostKeys),
  notify: tableOf(notifyKeys),
  webhooks: fc
    .tuple(tableOf(webhookKeys), mostly(fc.constant(undefined), fc.oneof(fc.array(tableOf(ruleKeys)), anything)))
    .map(([top, rules]) => (rules === undefined ? top : { ...Object(top), rules })),
  prices: tablesOf("qwen-3", ["a b", " ", ""], priceKeys),
};

for (const [name, subtable] of Object.entries(subtables)) {
  test(`[${name}]: the quick check says what the schema says`, () => {
    const schema = documentSchema();
    fc.assert(
      fc.property(subtable, (value) => {
        expect([value, isDocument({ [name]: value })]).toEqual([value, schema.safeParse({ [name]: value }).success]);
      }),
      { numRuns: 1000 },
    );
  });
}

test("a whole document: the quick check says what the schema says", () => {
  const schema = documentSchema();
  const documents = fc
    .tuple(tableOf(settings), fc.record(subtables, { requiredKeys: [] }))
    .map(([top, tables]) => ({ ...Object(top), ...tables }));
  const verdicts = new Set<boolean>();
  fc.assert(
    fc.property(documents, (document) => {
      const verdict = isDocument(document);
      verdicts.add(verdict);
      expect([document, verdict]).toEqual([document, schema.safeParse(document).success]);
    }),
    { numRuns: 3000 },
  );
  expect(verdicts.size).toBe(2);
});

test("the file of a repository: the quick check says what the schema says", () => {
  const schema = broughtSchema();
  const verdicts = new Set<boolean>();
  fc.assert(
    fc.property(
      tableOf(broughtKeys()).map((table) => ({ ...Object(table) })),
      (document) => {
        const verdict = isBroughtDocument(document);
        verdicts.add(verdict);
        expect([document, verdict]).toEqual([document, schema.safeParse(document).success]);
      },
    ),
    { numRuns: 2000 },
  );
  expect(verdicts.size).toBe(2);
});
