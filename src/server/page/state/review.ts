import { signal } from "@preact/signals";
import type { MergeInput } from "../../../model/wire/merge.ts";
import type { PickInput } from "../../../model/wire/pick.ts";
import type { PrInput } from "../../../model/wire/pr.ts";
import { counted } from "../words.ts";
import { perform } from "./activity.ts";
import type { Settled } from "./dialogs.ts";
import { can } from "./server.ts";

/** The command that tests are run with; without a word the configured one. */
export const testCommand = signal("");
/** Changes whenever attempts may stand differently than before. */
export const reviewed = signal(0);

/** Runs the tests of agents, where they have not passed on the same content. */
export async function testAgents({ repo: directory, branches }: Settled): Promise<void> {
  const command = testCommand.value.trim();
  const input = { targets: [...branches], ...(command === "" ? {} : { command }) };
  await perform({ title: `Test ${those(branches)}`, name: "test", input, directory });
  reviewed.value += 1;
}

/** Merges agents, one after another, into the branch that each was started from or another one. */
export async function mergeAgents({ repo: directory, branches }: Settled, how: Partial<MergeInput>): Promise<void> {
  const input = { ...how, targets: [...branches] };
  await perform({
    title: `Merge ${those(branches)}`,
    name: "merge",
    input,
    directory,
    undo: ({ agents }) => {
      const merged = agents.filter(({ merge }) => !merge.nothing).map(({ branch }) => branch);
      if (merged.length === 0 || !can("undo_merge")) return undefined;
      return { label: "Undo", run: () => void undoMerge(merged, directory) };
    },
  });
  reviewed.value += 1;
}

/** Takes the work of one attempt and ends the others of its batch. */
export async function pickAgent({ repo: directory, branches }: Settled, how: Partial<PickInput>): Promise<void> {
  const input = { ...how, targets: [...branches] };
  await perform({ title: `Pick ${those(branches)}`, name: "pick", input, directory });
  reviewed.value += 1;
}

/** Pushes the work of agents and opens pull requests, or brings those that are open up to date. */
export async function openPullRequests({ repo: directory, branches }: Settled, how: Partial<PrInput>): Promise<void> {
  const input = { ...how, targets: [...branches] };
  await perform({ title: `Pull request for ${those(branches)}`, name: "pr", input, directory });
  reviewed.value += 1;
}

async function undoMerge(targets: string[], directory: string): Promise<void> {
  await perform({ title: `Undo the merge of ${those(targets)}`, name: "undo_merge", input: { targets }, directory });
  reviewed.value += 1;
}

function those(branches: readonly string[]): string {
  const [first] = branches;
  return branches.length === 1 && first !== undefined ? first : counted(branches.length, "agent");
}
