import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { deletableTrash, type Ending, endedAgents, readEnding, writeEnding } from "../../../src/state/ending.ts";
import { agentFiles, trashPlace } from "../../../src/state/places.ts";
import { changedBytes, changedObject, place, readOrRefused } from "../../helpers/damage.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { agentEnding, agentEntry, placesIn } from "../../helpers/samples.ts";

const entry = agentEntry();

test("whatever an agent's folder holds, how it ended is read, or it is not said to have ended", async () => {
  const places = placesIn(temporaryFolder());
  place(agentFiles(places, entry.id).record, JSON.stringify(entry));
  const { ending: file } = agentFiles(places, entry.id);
  const text = changedObject({ ...agentEnding() }).map((value) => JSON.stringify(value));
  await fc.assert(
    fc.asyncProperty(changedBytes(text), async (bytes) => {
      place(file, bytes);
      const read = await readOrRefused(file, () => readEnding(places, entry.id));
      expect(endedAgents(places)).toEqual(read === undefined ? [] : [{ entry, ending: read }]);
      if (read === undefined) return;
      expect(new Date(read.ended_at).toISOString()).toBeString();
      expect(read).toMatchObject({ head: expect.stringMatching(/^[0-9a-f]{40}$/), running: expect.any(Boolean) });
      for (const path of read.files) expect(join("/x", path)).toStartWith("/x");
      if (read.tree !== null) expect(read.tree).toEndWith(`/.trash/${entry.id}`);
    }),
    { numRuns: 300 },
  );
});

const wrongEndings: Readonly<Partial<Record<keyof Ending, readonly unknown[]>>> = {
  ended_at: ["", "yesterday", 0],
  head: ["", "HEAD", "--all"],
  head_branch: [undefined, 1],
  unsaved: [-1, 0.5, "2"],
  saved: ["", "--output=x", 1, undefined],
  tree: ["", "/home/me", "/home/me/.trash/ffffffff", `.trash/${entry.id}`, `/a/../.trash/${entry.id}`, 1],
  running: ["yes", undefined],
  files: [[1], ["/etc/passwd"], ["../x"], ["a/../../x"], ["a\0"], "x"],
};

for (const [key, values] of Object.entries(wrongEndings)) {
  test(`an ending whose ${key} is none is no ending`, () => {
    const places = placesIn(temporaryFolder());
    for (const value of values) {
      place(agentFiles(places, entry.id).ending, JSON.stringify({ ...agentEnding(), [key]: value }));
      expect({ value, is: readEnding(places, entry.id) }).toEqual({ value, is: undefined });
    }
  });
}

test("a worktree waits in the trash as long as an ending keeps it, or does not say whether it does", () => {
  const places = placesIn(temporaryFolder());
  const ids = ["0000000a", "0000000b", "0000000c", "0000000d"] as const;
  const trash = new Map(ids.map((id) => [id, trashPlace(places, id)]));
  for (const path of trash.values()) mkdirSync(path, { recursive: true });
  const [kept, given, unreadable, unknown] = ids;
  for (const [id, tree] of [
    [kept, trash.get(kept) ?? null],
    [given, null],
  ] as const) {
    mkdirSync(agentFiles(places, id).directory, { recursive: true });
    writeEnding(places, id, { ...agentEnding(), tree });
  }
  place(agentFiles(places, unreadable).ending, '{"v":1,');
  expect(deletableTrash(places).sort()).toEqual([trash.get(given) ?? "", trash.get(unknown) ?? ""]);
});
