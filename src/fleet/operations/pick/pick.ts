import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { beginOperation } from "../../../state/journal.ts";
import { removeTree } from "../../../system/files.ts";
import { git } from "../../../system/git/command.ts";
import { shellWord } from "../../../system/shell.ts";
import type { Fleet } from "../../fleet.ts";
import { settingsFor, statePlaces } from "../../fleet.ts";
import type { Attempt } from "../../review/compare.ts";
import type { Look } from "../../review/content.ts";
import { runTest, testEnvironment } from "../../review/run-test.ts";
import type { TestCommand } from "../../review/test-command.ts";
import { type Command, heldAs } from "../../worktree/held.ts";
import { journalled } from "../journalled.ts";
import type { HandedOver } from "../kill/hand-over.ts";
import type { KillResult } from "../kill/result.ts";
import { type MergeDone, mergeAgent } from "../merge/merge.ts";
import type { MergeOptions } from "../merge/options.ts";
import type { PullDone, PullOptions } from "../pr/work.ts";
import { notePicked } from "./undo-pick.ts";

/** What became of a race. */
export interface Picked {
  /** How the winner was taken. */
  readonly taken: { readonly merge: MergeDone } | { readonly pull: PullDone };
  /** The others; none when they are kept. */
  readonly ended: readonly (KillResult | HandedOver)[];
}

/** Who does not win, and how they are ended. */
export interface Losers {
  readonly entries: readonly AgentEntry[];
  /** Ends them as `kill` does; what keeps one is among the results. */
  readonly end: (entries: readonly AgentEntry[]) => Promise<Picked["ended"]>;
}

/** Opens a pull request for the winner instead of merging it: others decide, and their tests run. Else as `pickWinner`. */
export async function publishWinner(
  fleet: Fleet,
  winner: Attempt,
  losers: Losers,
  {
    message,
    ...asked
  }: Pick<PullOptions, "into" | "stage" | "reviewers" | "labels"> & {
    readonly message: string | undefined;
  },
): Promise<Picked> {
  // What speaks to forges takes its time to load, and most winners are merged here.
  const { openPull } = await import("../pr/pr.ts");
  const [title, ...lines] = message?.split("\n") ?? [];
  const said = title === undefined ? {} : { title, body: lines.join("\n").trim() };
  return picking(fleet, winner.entry, losers, async () => ({
    pull: await openPull(fleet, winner.entry, { ...asked, ...said, commit: true }),
  }));
}

/**
 * Merges the winner, unsaved work included, and then ends the others as `kill` does: what they have is saved. When the branch has moved on
 * since the winner was started, `test` runs on the merged files before it moves. Throws FleetError `failed` when the winner cannot be
 * merged; nothing is ended then.
 */
export async function pickWinner(
  fleet: Fleet,
  winner: Attempt,
  losers: Losers,
  options: Omit<MergeOptions, "commit" | "check"> & { readonly test: TestCommand | undefined },
): Promise<Picked> {
  const { test, ...merging } = options;
  const check = (look: Look, tree: string) => testMerged(look, winner, tree, test);
  return picking(fleet, winner.entry, losers, async () => ({
    merge: await mergeAgent(fleet, winner.entry, { ...merging, commit: true, check }),
  }));
}

/** Takes the winner and ends the others, in the journal: what dies between the two is finished by the next command. */
async function picking(
  fleet: Fleet,
  winner: AgentEntry,
  { entries: losers, end }: Losers,
  take: () => Promise<Picked["taken"]>,
): Promise<Picked> {
  if (losers.length === 0) return { taken: await take(), ended: [] };
  const places = statePlaces(fleet);
  const id = crypto.randomUUID().slice(0, 8);
  const pick = { winner, since: new Date().toISOString() };
  const operation = await beginOperation(places, { id, kind: "pick", agents: losers, new_branches: [], pick });
  return journalled(fleet, operation, {
    body: async () => {
      const picked = { taken: await take(), ended: await end(losers) };
      if ("merge" in picked.taken) notePicked(fleet, winner, losers);
      return picked;
    },
    // Who was not taken changed nothing, and a kill that failed is in the journal itself.
    takeBack: async () => undefined,
  });
}

/** The files alone, in a folder that is gone afterwards: no worktree is registered for it, and nothing that git ignores is there. */
async function testMerged(
  look: Look,
  { entry, content }: Attempt,
  tree: string,
  test: TestCommand | undefined,
): Promise<void> {
  if (test === undefined || tree === content.tree) return;
  const { fleet, scratch } = look;
  const folder = join(scratch, "merged");
  mkdirSync(folder, { mode: 0o700 });
  try {
    const apart = { ...look.place, index: join(scratch, "merged-index") };
    await git(apart, ["read-tree", tree]);
    await git(apart, ["checkout-index", "--all", `--prefix=${folder}/`]);
    const config = settingsFor(fleet, entry.repo);
    const command: Command = {
      argv: test.argv,
      environment: testEnvironment(fleet, config, entry),
      directory: folder,
    };
    const where = { directory: folder, timeoutSeconds: config.test_timeout };
    const inFolder = (held: Command) => runTest(fleet, held, where);
    const run = await heldAs(fleet, entry, command, inFolder);
    fleet.cancelled.throwIfAborted();
    if (run.outcome === "passed") return;
    throw new FleetError(
      "failed",
      `${entry.branch} passes alone, but not merged with what is new in the branch it goes into`,
      {
        output: Buffer.from(run.log).toString("utf8").slice(-2000),
        hint: `to merge it all the same, run fleet merge ${shellWord(entry.branch)}`,
      },
    );
  } finally {
    removeTree(folder);
  }
}
