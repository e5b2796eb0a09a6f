import { diffOfChosen, pairOf } from "../api/diff.ts";
import type { Fleet } from "../fleet/fleet.ts";
import {
  type AgentPair,
  isWorktreeGone,
  openDiffBetween,
  openDiffOf,
  showDiffBetween,
  showDiffOf,
  worktreeGone,
} from "../fleet/review/diff.ts";
import { harmlessInColour } from "../output/text.ts";
import type { AgentEntry } from "../state/entry.ts";
import type { Application } from "./application.ts";
import { type CommandResult, defineFleetCommand } from "./definition.ts";
import { branchesOperand, chosenAgents, targetOptions, targetsInput } from "./targets.ts";

/** A tool shows the whole change, to somebody who looks at it. */
const notPrinted = ["stat", "name-only", "json"] as const;

/** Whoever asks on a command line reads all of it, or cuts it. */
const wholePatch = Number.MAX_SAFE_INTEGER;

export default defineFleetCommand({
  name: "diff",
  args: {
    branches: branchesOperand,
    ...targetOptions,
    stat: { type: "boolean", description: "sizes of the changes by file" },
    "name-only": { type: "boolean", description: "names of the changed files" },
    difftool: { type: "boolean", excludes: notPrinted, description: "side by side in your difftool (diff.tool)" },
    tool: { type: "string", valueHint: "NAME", excludes: notPrinted, description: "in this difftool of git's" },
    "dir-diff": { type: "boolean", excludes: notPrinted, description: "whole trees in it, not file after file" },
  },
  details: [
    "From the commit the agent started at to its working tree now: committed or not, untracked files included. Printed as git does, " +
      "with its colours and pager on a terminal.",
    "Two branches are compared with each other: what would change if the work of the first became that of the second.",
    "A difftool is the one that git difftool would open (diff.tool, difftool.*, see git-difftool(1)). It is given copies: what is changed in it is dropped.",
  ],
  examples: [
    { command: "fleet diff fix-42 --stat", explanation: "what an agent has changed, in short" },
    { command: "fleet diff auth-A1 auth-A3", explanation: "what sets two attempts apart" },
    { command: "fleet diff auth-A1 auth-A3 --tool meld --dir-diff", explanation: "the same, side by side" },
  ],
  async run(args, invocation) {
    const { application } = invocation;
    const fleet = await application.openFleet({ looks: true });
    const { entries } = await chosenAgents(fleet, args, invocation, { reachesOut: true, away: "fetched" });
    const pair = pairOf(entries, invocation.operands);
    if (application.json) {
      const answer = await diffOfChosen(fleet, entries, {
        ...targetsInput(args, invocation),
        patch: args.stat !== true && args["name-only"] !== true,
        patch_limit: wholePatch,
        between: pair !== undefined,
      });
      application.answerJson(answer);
      return answer.failures.length === 0 ? 0 : 1;
    }
    const show = viewOf(args);
    if (pair !== undefined) return (await show.between(fleet, pair)) === 0 ? 0 : 1;
    return showEach(application, fleet, entries, show);
  },
});

/** How the user is shown a difference: each returns the exit code of git. */
interface View {
  of(fleet: Fleet, entry: AgentEntry): Promise<number>;
  between(fleet: Fleet, pair: AgentPair): Promise<number>;
}

interface ViewOptions {
  readonly stat?: boolean | undefined;
  readonly "name-only"?: boolean | undefined;
  readonly difftool?: boolean | undefined;
  readonly tool?: string | undefined;
  readonly "dir-diff"?: boolean | undefined;
}

function viewOf(args: ViewOptions): View {
  if (args.difftool === true || args.tool !== undefined || args["dir-diff"] === true) {
    const tool = { name: args.tool, wholeTrees: args["dir-diff"] === true };
    return {
      of: (fleet, entry) => openDiffOf(fleet, entry, tool),
      between: (fleet, pair) => openDiffBetween(fleet, pair, tool),
    };
  }
  const options = [...(args.stat === true ? ["--stat"] : []), ...(args["name-only"] === true ? ["--name-only"] : [])];
  const display = { options, shown: harmlessInColour };
  return {
    of: (fleet, entry) => showDiffOf(fleet, entry, display),
    between: (fleet, pair) => showDiffBetween(fleet, pair, display),
  };
}

async function showEach(
  { narration }: Application,
  fleet: Fleet,
  entries: readonly AgentEntry[],
  show: View,
): Promise<CommandResult> {
  const gone = entries.filter((entry) => isWorktreeGone(fleet, entry));
  let done = gone.length === 0;
  for (const entry of entries.filter((agent) => !gone.includes(agent))) {
    if (entries.length > 1) narration.note(`${entry.branch}:`);
    if ((await show.of(fleet, entry)) !== 0) done = false;
  }
  if (entries.length === 1 && gone[0] !== undefined) throw worktreeGone(gone[0]);
  for (const entry of gone) {
    const { message, hint } = worktreeGone(entry);
    narration.warning(`${message}; ${hint}`);
  }
  return done ? 0 : 1;
}
