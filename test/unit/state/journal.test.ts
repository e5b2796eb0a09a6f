import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { isAgentEntry } from "../../../src/state/entry.ts";
import { beginOperation, endOperation, readJournal } from "../../../src/state/journal.ts";
import { identityOf, isRunning } from "../../../src/system/processes/identity.ts";
import { changedBytes, changedObject, noFiles, place, readOrRefused } from "../../helpers/damage.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { agentEntry, placesIn } from "../../helpers/samples.ts";

const plan = { id: "0f0f0f0f", kind: "create", agents: [agentEntry()], new_branches: ["fix-42"] } as const;

test("without a journal there is no operation", () => {
  expect(readJournal(placesIn(temporaryFolder()))).toEqual([]);
});

test("an operation is written down whole, with the process that does it", async () => {
  const places = placesIn(temporaryFolder());
  const operation = await beginOperation(places, plan);
  const owner = await identityOf(process.pid);
  if (owner === undefined) throw new Error("this process is not in the process table");
  expect(operation).toEqual({ v: 1, ...plan, owner: { ...owner, noted: expect.any(Number) } });
  expect(readJournal(places)).toEqual([operation]);
  expect(await isRunning(operation.owner)).toBe(true);
  expect(statSync(join(places.journalRoot, "0f0f0f0f.json")).mode & 0o777).toBe(0o600);
  expect(statSync(places.journalRoot).mode & 0o777).toBe(0o700);
});

test("an operation that is done is forgotten, the others are not", async () => {
  const places = placesIn(temporaryFolder());
  await beginOperation(places, plan);
  const other = await beginOperation(places, { ...plan, id: "11111111", kind: "kill" });
  endOperation(places, plan.id);
  expect(readJournal(places)).toEqual([other]);
  endOperation(places, plan.id);
  endOperation(places, other.id);
  expect(readdirSync(places.journalRoot)).toEqual([]);
});

test("what is no whole operation is left for a person to look at", async () => {
  const places = placesIn(temporaryFolder());
  const operation = await beginOperation(places, plan);
  const strange = {
    "empty.json": "",
    "half.json": JSON.stringify(operation).slice(0, 40),
    "null.json": "null",
    "list.json": "[]",
    "newer.json": JSON.stringify({ ...operation, v: 2 }),
    "kind.json": JSON.stringify({ ...operation, kind: "explode" }),
    "owner.json": JSON.stringify({ ...operation, owner: null }),
    "agent.json": JSON.stringify({ ...operation, agents: [{ ...agentEntry(), worktree: "" }] }),
    "branches.json": JSON.stringify({ ...operation, new_branches: "fix-42" }),
    "note.txt": JSON.stringify(operation),
    "0f0f0f0f.json.123.tmp": JSON.stringify(operation),
  };
  for (const [name, text] of Object.entries(strange)) writeFileSync(join(places.journalRoot, name), text);
  mkdirSync(join(places.journalRoot, "folder"));
  expect(readJournal(places)).toEqual([operation]);
  expect(readdirSync(places.journalRoot).sort()).toEqual([...Object.keys(strange), "0f0f0f0f.json", "folder"].sort());
});

test("whatever is in the journal, only a whole operation under its own name is one, and nothing is taken away", async () => {
  const places = placesIn(temporaryFolder());
  const operation = await beginOperation(places, {
    id: "0f0f0f0f",
    kind: "create",
    agents: [agentEntry()],
    new_branches: ["x"],
  });
  const file = join(places.journalRoot, "0f0f0f0f.json");
  const text = fc
    .oneof(
      changedObject({ ...operation }),
      changedObject({ ...operation.owner }).map((owner) => ({ ...operation, owner })),
      changedObject({ ...agentEntry() }).map((agent) => ({ ...operation, agents: [agentEntry(), agent] })),
    )
    .map((value) => JSON.stringify(value));
  await fc.assert(
    fc.asyncProperty(changedBytes(text), async (bytes) => {
      place(file, bytes);
      for (const read of (await readOrRefused(file, () => readJournal(places))) ?? []) {
        expect(read.id).toBe("0f0f0f0f");
        expect(["create", "kill", "restore"]).toContain(read.kind);
        expect(read.agents.every(isAgentEntry)).toBe(true);
        expect(read.new_branches.every((branch) => typeof branch === "string")).toBe(true);
        const { pid, start, boot, namespace } = read.owner;
        expect([pid, start, boot, namespace].map((value) => typeof value)).toEqual([
          "number",
          "string",
          "string",
          "string",
        ]);
      }
      expect(readFileSync(file).equals(bytes)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("an operation that names another file than its own, or half of a process, is left for a person to look at", async () => {
  const places = placesIn(temporaryFolder());
  const operation = await beginOperation(places, { id: "0f0f0f0f", kind: "create", agents: [], new_branches: [] });
  const { pid, start, boot, namespace } = operation.owner;
  const strange = {
    "11111111": operation,
    "22222222": { ...operation, id: "../state" },
    "33333333": { ...operation, id: "33333333", owner: { pid } },
    "44444444": { ...operation, id: "44444444", owner: { pid: "4711", start, boot, namespace } },
    "55555555": { ...operation, id: "55555555", new_branches: [1] },
  };
  for (const [name, value] of Object.entries(strange))
    place(join(places.journalRoot, `${name}.json`), JSON.stringify(value));
  for (const [what, make] of Object.entries(noFiles)) make(join(places.journalRoot, `${what}.json`));
  expect(readJournal(places)).toEqual([operation]);
});
