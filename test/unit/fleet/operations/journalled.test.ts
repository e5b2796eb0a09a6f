import { expect, test } from "bun:test";
import { join } from "node:path";
import { FleetError } from "../../../../src/errors.ts";
import type { Fleet } from "../../../../src/fleet/fleet.ts";
import { statePlaces } from "../../../../src/fleet/fleet.ts";
import { journalled } from "../../../../src/fleet/operations/journalled.ts";
import type { Progress } from "../../../../src/fleet/progress.ts";
import { beginOperation, readJournal } from "../../../../src/state/journal.ts";
import { temporaryFolder } from "../../../helpers/folder.ts";
import { agentEntry, configuration } from "../../../helpers/samples.ts";

async function place() {
  const root = temporaryFolder();
  const said: Progress[] = [];
  const config = configuration({ journal_root: join(root, "journal"), state_file: join(root, "state.json") });
  const fleet = {
    settings: { config, file: join(root, "config.toml") },
    report: (progress: Progress) => said.push(progress),
  } as unknown as Fleet;
  const operation = await beginOperation(statePlaces(fleet), {
    ...({ id: "0a0a0a0a", kind: "merge", agents: [agentEntry()], new_branches: [] } as const),
  });
  return { fleet, operation, said, inJournal: () => readJournal(statePlaces(fleet)).length };
}

const broken = () => Promise.reject(new FleetError("failed", "the disk is full"));

test("the plan is there for as long as the work lasts, and goes when it is done", async () => {
  const { fleet, operation, inJournal } = await place();
  const during = await journalled(fleet, operation, { body: async () => inJournal() });
  expect([during, inJournal()]).toEqual([1, 0]);
});

test("the plan of what failed and was taken back goes, and the error is that of the work", async () => {
  const { fleet, operation, inJournal, said } = await place();
  let isTakenBack = false;
  const takeBack = async () => {
    isTakenBack = true;
  };
  await expect(journalled(fleet, operation, { body: broken, takeBack })).rejects.toThrow("the disk is full");
  expect([isTakenBack, inJournal(), said]).toEqual([true, 0, []]);
});

test("the plan of what failed and is only ever finished stays for the next command", async () => {
  const { fleet, operation, inJournal } = await place();
  await journalled(fleet, operation, { body: broken }).catch(() => undefined);
  expect(inJournal()).toBe(1);
});

test("the plan of what could not be taken back stays, which is said beside the first error", async () => {
  const { fleet, operation, inJournal, said } = await place();
  const takeBack = () => Promise.reject(new FleetError("failed", "git is not there"));
  const error = await journalled(fleet, operation, { body: broken, takeBack }).catch((thrown: unknown) => thrown);
  expect((error as FleetError).message).toBe("the disk is full");
  expect(said).toEqual([
    { kind: "warning", text: "the merge could not be taken back (git is not there); the next command tries again" },
  ]);
  expect(inJournal()).toBe(1);
});

test("the plan stays when the work leaves something, done or failed", async () => {
  for (const end of [async () => undefined, broken]) {
    const { fleet, operation, inJournal } = await place();
    const takeBack = async () => undefined;
    const body = (plan: { leave(): void }) => {
      plan.leave();
      return end();
    };
    await journalled(fleet, operation, { body, takeBack }).catch(() => undefined);
    expect(inJournal()).toBe(1);
  }
});
