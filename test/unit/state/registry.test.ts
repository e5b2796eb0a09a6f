import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { AgentEntry } from "../../../src/state/entry.ts";
import { agentFiles, type StatePlaces } from "../../../src/state/places.ts";
import { changeRegistry, readRegistry, withStateLock } from "../../../src/state/registry.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { agentEntry, placesIn } from "../../helpers/samples.ts";

function places(state?: unknown): StatePlaces {
  const all = placesIn(temporaryFolder());
  if (state !== undefined) writeFileSync(all.stateFile, typeof state === "string" ? state : JSON.stringify(state));
  return all;
}

/** Writes what an agent keeps beside its other files, and makes its worktree. */
function agentWithRecord(all: StatePlaces, id: string, different: Partial<AgentEntry> = {}): AgentEntry {
  const entry = agentEntry({ id, worktree: `${all.worktreeRoot}/${id}`, ...different });
  const { directory, record } = agentFiles(all, id);
  mkdirSync(directory, { recursive: true });
  mkdirSync(entry.worktree, { recursive: true });
  writeFileSync(record, JSON.stringify(entry));
  return entry;
}

function setAside(all: StatePlaces): string[] {
  return readdirSync(dirname(all.stateFile)).filter((name) => name.startsWith("state.json."));
}

const first = agentEntry({ id: "00000001" });
const second = agentEntry({ id: "00000002", branch: "other" });

test("before the first agent there is none", () => {
  expect(readRegistry(places())).toEqual([]);
  expect(readRegistry(places([]))).toEqual([]);
});

test("what is written is what is read", () => {
  const all = places();
  expect(changeRegistry(all, () => [first, second])).toEqual({ setAside: undefined });
  expect(readRegistry(all)).toEqual([first, second]);
  changeRegistry(all, (entries) => entries.filter(({ id }) => id !== first.id));
  expect(readRegistry(all)).toEqual([second]);
});

test("the file is an array that people can read, and nobody else may", () => {
  const all = places();
  changeRegistry(all, () => [first]);
  expect(readFileSync(all.stateFile, "utf8")).toBe(`${JSON.stringify([first], null, 2)}\n`);
  expect(statSync(all.stateFile).mode & 0o777).toBe(0o600);
});

test("keys that we do not know survive a rewrite", () => {
  const foreign = { ...first, cost_usd: 1.5, labels: ["urgent"] };
  const all = places([foreign]);
  changeRegistry(all, (entries) => [...entries, second]);
  expect(JSON.parse(readFileSync(all.stateFile, "utf8"))).toEqual([foreign, second]);
});

test("a change that fails leaves the file as it was", () => {
  const all = places([first]);
  const before = readFileSync(all.stateFile, "utf8");
  expect(() =>
    changeRegistry(all, () => {
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(readFileSync(all.stateFile, "utf8")).toBe(before);
});

for (const [what, text] of Object.entries({ "half a file": '[{"v":1,', "an empty file": "", "no array": "{}" })) {
  test(`${what} is answered from the records, set aside by the next change, and never lost`, () => {
    const all = places(text);
    const younger = agentWithRecord(all, "0000000a", { created_at: "2025-06-02T00:00:00Z" });
    const older = agentWithRecord(all, "0000000b", { created_at: "2025-06-01T00:00:00Z" });
    expect(readRegistry(all)).toEqual([older, younger]);
    expect(readFileSync(all.stateFile, "utf8")).toBe(text);
    const { setAside: aside = "" } = changeRegistry(all, (entries) => [...entries, second]);
    expect(readRegistry(all)).toEqual([older, younger, second]);
    expect(setAside(all).map((name) => `${dirname(all.stateFile)}/${name}`)).toEqual([aside]);
    expect(readFileSync(aside, "utf8")).toBe(text);
  });
}

test("a registry that was deleted is rebuilt from the agents whose worktree is there", () => {
  const all = places();
  const there = agentWithRecord(all, "0000000a");
  rmSync(agentWithRecord(all, "0000000b").worktree, { recursive: true });
  const broken = agentWithRecord(all, "0000000c");
  writeFileSync(agentFiles(all, broken.id).record, "{");
  mkdirSync(agentFiles(all, "0000000d").directory);
  writeFileSync(`${all.agentsRoot}/usage.json`, "{}");
  expect(readRegistry(all)).toEqual([there]);
  expect(existsSync(all.stateFile)).toBe(false);
});

test("a registry that says there are no agents is believed", () => {
  const all = places([]);
  agentWithRecord(all, "0000000a");
  expect(readRegistry(all)).toEqual([]);
});

test("an entry that is none is answered from its record, if it has one, and the file that had it is kept", () => {
  const state = [first, { v: 1, id: "broken" }, "text", null];
  const all = places(state);
  const recorded = agentWithRecord(all, "0000000a");
  agentWithRecord(all, first.id);
  expect(readRegistry(all)).toEqual([first, recorded]);
  changeRegistry(all, (entries) => entries);
  expect(JSON.parse(readFileSync(all.stateFile, "utf8"))).toEqual([first, recorded]);
  expect(setAside(all).map((name) => JSON.parse(readFileSync(`${dirname(all.stateFile)}/${name}`, "utf8")))).toEqual([
    state,
  ]);
});

test("a registry of a newer version is neither read nor changed", () => {
  const all = places([first, { v: 2, everything: "is different" }]);
  const before = readFileSync(all.stateFile, "utf8");
  expect(() => readRegistry(all)).toThrow(`${all.stateFile} was written by a newer fleet (version 2 of its entries)`);
  expect(() => changeRegistry(all, () => [])).toThrow("newer fleet");
  expect(readFileSync(all.stateFile, "utf8")).toBe(before);
  expect(setAside(all)).toEqual([]);
});

test("changes under the state lock do not lose each other", async () => {
  const all = placesIn(`${temporaryFolder()}/not/there/yet`);
  const ids = Array.from({ length: 12 }, (_, index) => index.toString(16).padStart(8, "0"));
  await Promise.all(
    ids.map((id) =>
      withStateLock(all, {}, async () => {
        const entries = readRegistry(all);
        await Bun.sleep(1);
        changeRegistry(all, () => [...entries, agentEntry({ id })]);
      }),
    ),
  );
  expect(
    readRegistry(all)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(ids);
  expect(setAside(all)).toEqual([]);
});
