import { expect, test } from "bun:test";
import { isAgentEntry, newerVersion } from "../../../src/state/entry.ts";
import { agentEntry } from "../../helpers/samples.ts";

test("an entry is one, with keys that only a later version knows, too", () => {
  expect(isAgentEntry(agentEntry())).toBe(true);
  expect(isAgentEntry({ ...agentEntry(), cost: 3, v2: { nested: true } })).toBe(true);
});

const allowed: Readonly<Record<string, readonly unknown[]>> = {
  pid: [null, 0, 4711],
  agent_session: [null, "6f9619ff-8b86-d011-b42d-00cf4fc964ff"],
  prompt: ["", "\u{1f680}"],
  base: ["1".repeat(40), "f".repeat(64)],
  created_at: ["2025-05-31T23:05:00Z", "2025-05-31T23:05:00+02:00"],
};

for (const [key, values] of Object.entries(allowed)) {
  test(`${key} may be ${values.map((value) => JSON.stringify(value)).join(" or ")}`, () => {
    expect(values.filter((value) => !isAgentEntry({ ...agentEntry(), [key]: value }))).toEqual([]);
  });
}

const wrong: Readonly<Record<string, readonly unknown[]>> = {
  v: [0, "1", undefined, 2],
  id: ["", "0A1B2C3D", "0a1b2c3", "0a1b2c3d4", "../../etc", 12345678],
  branch: ["", null, 1],
  worktree: ["", "worktrees/fix", null],
  session: ["", null],
  pid: ["4711", 1.5, undefined],
  batch_id: ["", null],
  agent: ["", null],
  created_at: ["", "yesterday", 0],
  repo: ["", "project", null],
  base: ["", "HEAD", "1".repeat(39), "G".repeat(40)],
  adopted: ["yes", 1, undefined],
  socket: ["", "default", null],
  agent_session: ["", 1, undefined],
  prompt: [null, undefined, 1],
};

for (const [key, values] of Object.entries(wrong)) {
  test(`${key} may not be ${values.map((value) => String(JSON.stringify(value))).join(" or ")}`, () => {
    expect(values.filter((value) => isAgentEntry({ ...agentEntry(), [key]: value }))).toEqual([]);
  });
}

test("every key is needed", () => {
  for (const key of Object.keys(agentEntry())) {
    const { [key]: _, ...rest } = { ...agentEntry() } as Record<string, unknown>;
    expect({ key, is: isAgentEntry(rest) }).toEqual({ key, is: false });
  }
});

test("what is no object is no entry", () => {
  for (const value of [null, undefined, 1, "text", true, [], {}]) expect(isAgentEntry(value)).toBe(false);
});

test("only a version above ours is newer", () => {
  expect([{ v: 2 }, { v: 99 }].map(newerVersion)).toEqual([2, 99]);
  for (const value of [{ v: 1 }, { v: 0 }, { v: "2" }, {}, null, 3]) expect(newerVersion(value)).toBeUndefined();
});
