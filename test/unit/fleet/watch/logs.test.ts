import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import type { Fleet } from "../../../../src/fleet/fleet.ts";
import { addedLines, killedAgent } from "../../../../src/fleet/watch/logs.ts";
import type { AgentEntry } from "../../../../src/state/entry.ts";
import { temporaryFolder } from "../../../helpers/folder.ts";
import { agentEntry, configuration, filesIn, placesIn } from "../../../helpers/samples.ts";

const looks: readonly {
  readonly what: string;
  readonly before: string;
  readonly after: string;
  readonly added: string;
}[] = [
  { what: "nothing has come", before: "abc", after: "abc", added: "" },
  { what: "lines have come below", before: "abc", after: "abcde", added: "de" },
  { what: "the screen has scrolled", before: "abc", after: "bcd", added: "d" },
  { what: "all but one line has scrolled away", before: "abc", after: "cdef", added: "def" },
  { what: "everything has scrolled away", before: "abc", after: "def", added: "def" },
  { what: "the screen was empty", before: "", after: "ab", added: "ab" },
  { what: "the screen was cleared", before: "abc", after: "", added: "" },
  { what: "lines repeat", before: "aaab", after: "aabaa", added: "aa" },
];

for (const { what, before, after, added } of looks) {
  test(`when ${what}, ${added === "" ? "no line is new" : `${[...added].join(", ")} are new`}`, () => {
    expect(addedLines([...before], [...after])).toEqual([...added]);
  });
}

test("a line that was not finished at the first look does not bring back the lines above it", () => {
  expect(addedLines(["one", "two", "thr"], ["one", "two", "three", "four"])).toEqual(["three", "four"]);
});

const screen = fc.record({ lines: fc.nat(40), height: fc.integer({ min: 1, max: 12 }) });

test("what was shown and what was added make up all that a scrolling screen has shown", () => {
  fc.assert(
    fc.property(screen, fc.array(fc.nat(12), { maxLength: 6 }), ({ lines, height }, growths) => {
      let shown = lines;
      let before = lastOf(shown, height);
      const printed = [...before];
      for (const growth of growths) {
        shown += growth;
        const after = lastOf(shown, height);
        printed.push(...addedLines(before, after));
        before = after;
      }
      // Only what scrolled through between two looks can be missing.
      const seen = new Set(printed);
      expect(printed).toEqual(lastOf(shown, shown).filter((line) => seen.has(line)));
      expect(seen.size).toBe(printed.length);
    }),
  );
});

test("what was shown and what was added end as the screen does, whatever repeats on it", () => {
  const repetitive = fc.array(fc.constantFrom("a", "b", ""), { maxLength: 8 });
  fc.assert(
    fc.property(repetitive, repetitive, (before, after) => {
      const together = [...before, ...addedLines(before, after)];
      expect(together.slice(together.length - after.length)).toEqual(after);
    }),
  );
});

/** The last lines of an output whose lines all differ. */
function lastOf(count: number, height: number): string[] {
  return Array.from({ length: count }, (_, index) => `line ${index}`).slice(-height);
}

test("the record of a killed agent is the newest of its branch, of this repository if there is one", () => {
  const folder = temporaryFolder();
  const old = agentEntry({ id: "00000001", created_at: "2025-01-01T00:00:00Z" });
  const newest = agentEntry({ id: "00000002", created_at: "2025-03-01T00:00:00Z", repo: "/code/other" });
  const newer = agentEntry({ id: "00000003", created_at: "2025-02-01T00:00:00Z" });
  const fleet = fleetWithRecords(folder, [old, newest, newer]);
  mkdirSync(filesIn(folder, "00000004").directory);
  writeFileSync(filesIn(folder, "00000004").record, "{");
  expect(killedAgent(fleet, "fix-42", undefined)).toEqual(newest);
  expect(killedAgent(fleet, "fix-42", "/code/project")).toEqual(newer);
  expect(killedAgent(fleet, "fix-42", "/code/unknown")).toBeUndefined();
  expect(killedAgent(fleet, "typo", undefined)).toBeUndefined();
});

test("there is no record of a killed agent before there was any agent", () => {
  expect(killedAgent(fleetWithRecords(temporaryFolder(), []), "fix-42", undefined)).toBeUndefined();
});

function fleetWithRecords(folder: string, entries: readonly AgentEntry[]): Fleet {
  for (const entry of entries) {
    const { directory, record } = filesIn(folder, entry.id);
    mkdirSync(directory, { recursive: true });
    writeFileSync(record, JSON.stringify(entry));
  }
  const { agentsRoot: agents_root } = placesIn(folder);
  return {
    settings: { file: "", firstRun: false, config: configuration({ agents_root }), origins: {}, repositories: [] },
    environment: {},
    program: "/usr/bin/fleet",
    directory: folder,
    cancelled: new AbortController().signal,
    report: () => undefined,
  };
}
