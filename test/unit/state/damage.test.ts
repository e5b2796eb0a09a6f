import { expect, onTestFinished, setSystemTime, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { endedAgents, readEnding, writeEnding } from "../../../src/state/ending.ts";
import { type AgentEntry, isAgentEntry } from "../../../src/state/entry.ts";
import { writeMark } from "../../../src/state/marks.ts";
import { agentFiles, type StatePlaces } from "../../../src/state/places.ts";
import { readRecords } from "../../../src/state/records.ts";
import { changeRegistry, readRegistry } from "../../../src/state/registry.ts";
import { changedBytes, changedObject, noFiles, place, readOrRefused } from "../../helpers/damage.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { agentEnding, agentEntry, placesIn } from "../../helpers/samples.ts";

const entry = agentEntry();
const other = agentEntry({ id: "0000000b", branch: "other" });

function keep(places: StatePlaces, kept: AgentEntry, id = kept.id): void {
  place(agentFiles(places, id).record, JSON.stringify(kept));
}

/** What was set aside, by its content. */
function setAside({ stateFile }: StatePlaces): Buffer[] {
  return readdirSync(dirname(stateFile))
    .filter((name) => name.startsWith("state.json.unreadable-"))
    .map((name) => readFileSync(join(dirname(stateFile), name)));
}

const stateText = fc
  .oneof(
    fc.array(fc.oneof(changedObject({ ...entry }), changedObject({ ...other }), fc.jsonValue()), { maxLength: 4 }),
    fc.jsonValue(),
  )
  .map((value) => JSON.stringify(value, null, 2));

test("whatever state.json holds, it is read or refused, and what is not understood of it is kept", async () => {
  const places = placesIn(temporaryFolder());
  keep(places, entry);
  await fc.assert(
    fc.asyncProperty(changedBytes(stateText), async (bytes) => {
      for (const name of readdirSync(dirname(places.stateFile)).filter((file) => file.startsWith("state.json")))
        rmSync(join(dirname(places.stateFile), name));
      place(places.stateFile, bytes);
      const read = await readOrRefused(places.stateFile, () => readRegistry(places));
      if (read === undefined) {
        expect(() => changeRegistry(places, (entries) => entries)).toThrow();
        expect(readFileSync(places.stateFile).equals(bytes)).toBe(true);
        return;
      }
      expect(read.every(isAgentEntry)).toBe(true);
      expect(new Set(read.map(({ id }) => id)).size).toBe(read.length);
      changeRegistry(places, (entries) => entries);
      expect(readRegistry(places)).toEqual(read);
      const [aside] = setAside(places);
      if (aside === undefined) expect(JSON.parse(Buffer.from(bytes).toString().replace("\ufeff", ""))).toEqual(read);
      else expect(aside.equals(bytes)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("an agent that state.json has twice is one agent, and the file is kept", () => {
  const places = placesIn(temporaryFolder());
  place(places.stateFile, JSON.stringify([entry, other, { ...entry, prompt: "again" }]));
  expect(readRegistry(places).map(({ id }) => id)).toEqual([entry.id, other.id]);
  changeRegistry(places, (entries) => entries);
  expect(setAside(places)).toHaveLength(1);
});

test("bytes in state.json that are not UTF-8 are kept", () => {
  const places = placesIn(temporaryFolder());
  const [before, after] = JSON.stringify([{ ...entry, prompt: "caf|" }]).split("|");
  const bytes = Buffer.concat([Buffer.from(before ?? ""), Buffer.from([0xe9]), Buffer.from(after ?? "")]);
  place(places.stateFile, bytes);
  changeRegistry(places, (entries) => entries);
  expect(setAside(places)).toEqual([bytes]);
});

test("a state.json that an editor has put a byte order mark in front of is read", () => {
  const places = placesIn(temporaryFolder());
  place(places.stateFile, `\ufeff${JSON.stringify([entry])}`);
  expect(readRegistry(places)).toEqual([entry]);
});

test("a path with a NUL is no path", () => {
  const places = placesIn(temporaryFolder());
  keep(places, agentEntry({ worktree: "/a\0b" }));
  expect(readRegistry(places)).toEqual([]);
});

test("the copy of an agent's folder is no second agent", () => {
  const places = placesIn(temporaryFolder());
  mkdirSync(join(places.worktreeRoot, "fix-42"), { recursive: true });
  const present = agentEntry({ worktree: join(places.worktreeRoot, "fix-42") });
  keep(places, present);
  keep(places, present, "0a1b2c3d.bak");
  keep(places, { ...present, id: "0000000c" }, "0000000d");
  place(agentFiles(places, present.id).ending, JSON.stringify(agentEnding()));
  place(agentFiles(places, "0a1b2c3d.bak").ending, JSON.stringify(agentEnding()));
  expect(readRecords(places)).toEqual([present]);
  expect(readRegistry(places)).toEqual([present]);
  expect(endedAgents(places)).toEqual([{ entry: present, ending: agentEnding() }]);
});

test("of several agents that had the same worktree, it is that of the one that was not killed, or of the last", () => {
  const worktree = join(temporaryFolder(), "fix-42");
  mkdirSync(worktree);
  const agents = ["0000000a", "0000000b", "0000000c"].map((id, day) =>
    agentEntry({ id, worktree, created_at: `2025-06-0${day + 1}T00:00:00Z` }),
  );
  const rebuilt = (...killed: readonly number[]) => {
    const places = placesIn(temporaryFolder());
    for (const agent of agents) keep(places, agent);
    for (const index of killed) writeEnding(places, agents[index]?.id ?? "", agentEnding());
    return readRegistry(places).map((found) => agents.findIndex(({ id }) => id === found.id));
  };
  expect(rebuilt()).toEqual([2]);
  expect(rebuilt(0, 1)).toEqual([2]);
  expect(rebuilt(1, 2)).toEqual([0]);
  expect(rebuilt(0, 2)).toEqual([1]);
  expect(rebuilt(0, 1, 2)).toEqual([2]);
});

for (const [what, make] of Object.entries(noFiles)) {
  test(`${what} in the place of a file is refused by its name, at once, and left alone`, async () => {
    const places = placesIn(temporaryFolder());
    const { record, ending: ended } = agentFiles(places, entry.id);
    const readers: readonly (readonly [string, () => unknown])[] = [
      [places.stateFile, () => readRegistry(places)],
      [places.stateFile, () => changeRegistry(places, () => [])],
      [record, () => readRecords(places)],
      [ended, () => readEnding(places, entry.id)],
    ];
    for (const path of new Set(readers.map(([file]) => file))) make(path);
    for (const [path, read] of readers) expect(await readOrRefused(path, read)).toBeUndefined();
    expect(existsSync(places.stateFile)).toBe(true);
  });
}

test("two files that are set aside in the same millisecond are both kept", () => {
  const places = placesIn(temporaryFolder());
  setSystemTime(new Date("2025-05-31T23:05:00Z"));
  onTestFinished(() => void setSystemTime());
  for (const text of ["first", "second", "third"]) {
    place(places.stateFile, text);
    changeRegistry(places, (entries) => entries);
  }
  expect(setAside(places).map(String).sort()).toEqual(["first", "second", "third"]);
});

test("the mark in a worktree says whose it is, whoever was there last by the clock", () => {
  const places = placesIn(temporaryFolder());
  const worktree = join(temporaryFolder(), "fix-42");
  const admin = join(temporaryFolder(), "admin");
  const [owner, last] = ["0000000a", "0000000b"].map((id, day) =>
    agentEntry({ id, worktree, created_at: `2025-06-0${day + 1}T00:00:00Z` }),
  ) as [AgentEntry, AgentEntry];
  for (const agent of [owner, last]) keep(places, agent);
  place(join(worktree, ".git"), `gitdir: ${admin}\n`);
  mkdirSync(admin);
  writeMark(admin, owner, places);
  expect(readRegistry(places)).toEqual([owner]);
});
