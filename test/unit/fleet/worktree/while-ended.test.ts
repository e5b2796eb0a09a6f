import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Fleet, statePlaces } from "../../../../src/fleet/fleet.ts";
import { whileEnded } from "../../../../src/fleet/worktree/while-ended.ts";
import { type Ending, writeEnding } from "../../../../src/state/ending.ts";
import { beginOperation, type OperationKind } from "../../../../src/state/journal.ts";
import { agentFiles } from "../../../../src/state/places.ts";
import { temporaryFolder } from "../../../helpers/folder.ts";
import { agentEnding, agentEntry, configuration } from "../../../helpers/samples.ts";

const entry = agentEntry();
const ending = agentEnding();

interface Moment {
  readonly registered?: boolean;
  /** `undefined`: the agent's own files are gone. */
  readonly ended: Ending | undefined;
  readonly operation?: OperationKind;
}

/** What is done to what is kept of the agent when the fleet is like that. */
async function doneIn({ registered = false, ended, operation }: Moment): Promise<boolean> {
  const root = temporaryFolder();
  const config = configuration({
    agents_root: join(root, "agents"),
    journal_root: join(root, "journal"),
    state_file: join(root, "state.json"),
  });
  const settings = { config, file: join(root, "config.toml") };
  const fleet = { settings, cancelled: new AbortController().signal } as unknown as Fleet;
  const places = statePlaces(fleet);
  writeFileSync(places.stateFile, JSON.stringify(registered ? [entry] : []));
  mkdirSync(agentFiles(places, entry.id).directory, { recursive: true });
  if (ended !== undefined) writeEnding(places, entry.id, ended);
  if (operation !== undefined)
    await beginOperation(places, { id: "0b0b0b0b", kind: operation, agents: [entry], new_branches: [] });
  return (await whileEnded(fleet, { entry, ending }, () => true)) === true;
}

const moments: Readonly<Record<string, Moment & { readonly done: boolean }>> = {
  "is killed": { ended: ending, done: true },
  "is killed, and its own files are gone": { ended: undefined, done: true },
  "is just being killed": { registered: true, ended: ending, operation: "kill", done: true },
  "is being brought back": { ended: ending, operation: "restore", done: false },
  "is back": { registered: true, ended: undefined, done: false },
  "is back, and what was kept of it has yet to go": { registered: true, ended: ending, done: false },
  "was brought back and killed anew": { ended: { ...ending, operation: "another" }, done: false },
};

for (const [what, { done, ...moment }] of Object.entries(moments)) {
  test(`what is kept of an agent that ${what} ${done ? "may go" : "stays"}`, async () => {
    expect(await doneIn(moment)).toBe(done);
  });
}
