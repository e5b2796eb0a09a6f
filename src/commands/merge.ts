import { type MergeOutcome, mergeAnswer, mergeEntries, undoLastMerge } from "../api/merge.ts";
import type { MergeDone } from "../fleet/operations/merge/merge.ts";
import { type MergeOptions, mergeCommand } from "../fleet/operations/merge/options.ts";
import type { UndoMergeAnswer } from "../model/wire/undo-merge.ts";
import { aligned } from "../output/aligned.ts";
import type { Application } from "./application.ts";
import { type CommandResult, defineFleetCommand } from "./definition.ts";
import { durationOption } from "./durations.ts";
import { branchesOperand, chosenAgents, targetOptions } from "./targets.ts";

export default defineFleetCommand({
  name: "merge",
  args: {
    branches: branchesOperand,
    ...targetOptions,
    into: { type: "string", valueHint: "BRANCH", completes: "branches", description: "else where the agent started" },
    squash: {
      type: "boolean",
      excludes: ["ff", "ff-only", "rebase"],
      description: "as one commit; this is the default",
    },
    ff: { type: "boolean", default: true, excludes: ["ff-only", "rebase"], description: "with a merge commit" },
    "ff-only": { type: "boolean", excludes: ["rebase"], description: "only if the branch can be fast-forwarded" },
    rebase: { type: "boolean", excludes: ["message"], description: "each of its commits, on top of the branch" },
    message: {
      type: "string",
      alias: "m",
      valueHint: "TEXT",
      description: "the message; else that of the agent's commits",
    },
    commit: { type: "boolean", description: "commit the agent's unsaved work first" },
    resolve: { type: "boolean", description: "send agents their conflicts, and wait until they are resolved" },
    timeout: {
      type: "string",
      valueHint: "TIME",
      needs: ["resolve"],
      description: "give up after 90s, 10m, 1h30m ...",
    },
    undo: {
      type: "boolean",
      excludes: ["into", "squash", "ff", "ff-only", "rebase", "message", "commit", "resolve"],
      description: "take the last merge back",
    },
  },
  details: [
    "Into the branch the agent was started from, else the one of the main checkout. Where that is checked out, its unsaved work stays as " +
      "it is, and a merge that would touch it is refused. Conflicts are found before anything is changed. Your hooks and signing keys are " +
      "used as git would. Several go in one after another, first those that are in nobody's way, until the first conflict. Needs git 2.38.",
    "The agent stays as it is. --undo brings the branch back to where it was before the last merge, unless somebody has built on it.",
  ],
  examples: [
    { command: "fleet merge fix-42", explanation: "as one commit into the branch it came from" },
    { command: "fleet merge auth-A1 auth-A3 --into develop --no-ff", explanation: "two, with merge commits" },
    { command: "fleet merge 'auth-*' --resolve", explanation: "all of them; agents resolve what conflicts" },
    { command: "fleet merge --undo", explanation: "take the last merge back" },
  ],
  async run(args, invocation) {
    const { application, operands } = invocation;
    const mode = chosenMode(args);
    const fleet = await application.openFleet();
    if (args.undo === true) return undone(application, await undoLastMerge(fleet, { targets: [...operands] }));
    const since = new Date();
    const { entries } = await chosenAgents(fleet, args, invocation, { reachesOut: false, away: "fetched" });
    const options = { into: args.into, mode, message: args.message, commit: args.commit === true };
    const timeout = args.timeout === undefined ? undefined : durationOption("--timeout", args.timeout) * 1000;
    const patience = args.resolve === true ? { timeoutMilliseconds: timeout } : undefined;
    const outcome = await mergeEntries(fleet, entries, options, { since, patience });
    if (entries.length === 1 && outcome.failure !== undefined) throw outcome.failure.error;
    return answer(application, outcome, options);
  },
});

interface ModeArguments {
  readonly ff: boolean;
  readonly rebase?: boolean | undefined;
  readonly "ff-only"?: boolean | undefined;
}

function chosenMode({ ff, "ff-only": onlyForward, rebase }: ModeArguments): MergeOptions["mode"] {
  if (rebase === true) return "rebase";
  if (onlyForward === true) return "ff-only";
  return ff ? "squash" : "no-ff";
}

function answer(application: Application, outcome: MergeOutcome, options: MergeOptions): CommandResult {
  const { done, failure, rest } = outcome;
  if (application.json) {
    application.answerJson(mergeAnswer(outcome));
  } else {
    application.answer(aligned(done.map(line)));
    if (failure !== undefined) application.narration.failure(failure.entry.branch, failure.error);
    const names = rest.map(({ branch }) => branch);
    if (rest.length > 0) application.narration.note(`Not tried: ${mergeCommand(names, options)}`);
    if (done.some(({ nothing }) => !nothing)) application.narration.note("Undo the last: fleet merge --undo");
  }
  return failure === undefined ? 0 : 1;
}

function line({ entry, merged, nothing }: MergeDone): string[] {
  const name = `  ${entry.branch}`;
  if (nothing) return [name, "nothing to merge", `all of it is in ${merged.target}`];
  return [name, "merged", `${merged.target} is at ${merged.new.slice(0, 7)}, was at ${merged.old.slice(0, 7)}`];
}

function undone(application: Application, answer: UndoMergeAnswer): CommandResult {
  if (application.json) application.answerJson(answer);
  else
    application.answer(
      answer.agents.map(
        ({ branch, undone: { target, old } }) => `  ${branch}  taken back  ${target} is at ${old.slice(0, 7)} again`,
      ),
    );
  return 0;
}
