import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Fleet, statePlaces } from "../../../../src/fleet/fleet.ts";
import { settleDeadOperations } from "../../../../src/fleet/operations/settle.ts";
import type { Progress } from "../../../../src/fleet/progress.ts";
import { beginOperation, endOperation, readJournal } from "../../../../src/state/journal.ts";
import { temporaryFolder } from "../../../helpers/folder.ts";
import { agentEntry, configuration } from "../../../helpers/samples.ts";

const ids = ["0a0a0a0a", "0b0b0b0b"] as const;

/** A fleet with two races in its journal whose processes are gone; `onSettled` is called while one of them is being settled. */
async function place(onSettled: (fleet: Fleet) => void = () => undefined) {
  const root = temporaryFolder();
  const said: string[] = [];
  const config = configuration({
    agents_root: join(root, "agents"),
    journal_root: join(root, "journal"),
    state_file: join(root, "state.json"),
  });
  const fleet = {
    settings: { config, file: join(root, "config.toml") },
    environment: {},
    directory: root,
    cancelled: new AbortController().signal,
    report: (progress: Progress) => {
      if (progress.kind === "note") said.push(progress.text);
      onSettled(fleet);
    },
  } as unknown as Fleet;
  const places = statePlaces(fleet);
  for (const id of ids) {
    const winner = agentEntry({ branch: `winner-${id}`, repo: join(root, "gone") });
    const pick = { winner, since: "2025-06-01T23:05:00Z" };
    const operation = await beginOperation(places, { id, kind: "pick", agents: [], new_branches: [], pick });
    const dead = { ...operation, owner: { ...operation.owner, start: "another" } };
    writeFileSync(join(places.journalRoot, `${id}.json`), JSON.stringify(dead));
  }
  return { fleet, said, journal: () => readJournal(places).map(({ id }) => id) };
}

const interrupted = (id: string) => `winner-${id}: picking it was interrupted; nobody is ended; run fleet pick again`;

test("an operation whose process came to its end since the journal was read is not settled", async () => {
  let settled = 0;
  const { fleet, said, journal } = await place((at) => {
    settled += 1;
    for (const id of ids) endOperation(statePlaces(at), id);
  });
  await settleDeadOperations(fleet);
  expect([settled, said.length, journal()]).toEqual([1, 1, []]);
});

test("of several commands that find the same operations left half done, one settles each", async () => {
  const { fleet, said, journal } = await place();
  await Promise.all([settleDeadOperations(fleet), settleDeadOperations(fleet), settleDeadOperations(fleet)]);
  expect([said.sort(), journal()]).toEqual([ids.map(interrupted), []]);
});
