import { agentFailure } from "../api/failure.ts";
import { FleetError } from "../errors.ts";
import { everyAgent } from "../fleet/cost/report.ts";
import { currentRepositoryRoot, type Fleet } from "../fleet/fleet.ts";
import { type MergeDone, type MergeOptions, mergeAgent } from "../fleet/operations/merge/merge.ts";
import { undoMerge } from "../fleet/operations/merge/undo-merge.ts";
import { settleDeadOperations } from "../fleet/operations/settle.ts";
import { overlapOf } from "../fleet/review/overlap.ts";
import { aligned } from "../output/aligned.ts";
import type { AgentEntry } from "../state/entry.ts";
import { shellWord } from "../system/shell.ts";
import type { Application } from "./application.ts";
import { type CommandResult, defineFleetCommand } from "./definition.ts";
import { branchesOperand, chosenAgents, targetOptions } from "./targets.ts";

export default defineFleetCommand({
  name: "merge",
  args: {
    branches: branchesOperand,
    ...targetOptions,
    into: { type: "string", valueHint: "BRANCH", completes: "branches", description: "else where the agent started" },
    squash: { type: "boolean", description: "as one commit; this is the default" },
    ff: { type: "boolean", default: true, description: "with a merge commit" },
    "ff-only": { type: "boolean", description: "only if the branch can just move on" },
    message: {
      type: "string",
      alias: "m",
      valueHint: "TEXT",
      description: "the message; else that of the agent's commits",
    },
    commit: { type: "boolean", description: "commit the agent's unsaved work first" },
    undo: { type: "boolean", description: "take the last merge back" },
  },
  details: [
    "Into the branch the agent was started from, else the one of the main checkout. Where that is checked out, its unsaved work stays as " +
      "it is, and a merge that would touch it is refused. Conflicts are found before anything is changed. Your hooks and signing keys are " +
      "used as git would. Several go in one after another, those first that are in nobody's way, up to the first conflict. Needs git 2.38.",
    "The agent stays as it is. --undo brings the branch back to where it was before the last merge, unless somebody has built on it.",
  ],
  examples: [
    { command: "fleet merge fix-42", explanation: "as one commit into the branch it came from" },
    { command: "fleet merge auth-A1 auth-A3 --into develop --no-ff", explanation: "two, with merge commits" },
    { command: "fleet merge --undo", explanation: "take the last merge back" },
  ],
  async run(args, invocation) {
    const { application, operands } = invocation;
    const mode = chosenMode(args);
    const fleet = await application.openFleet();
    if (args.undo === true) return undo(application, fleet, operands);
    const { entries } = await chosenAgents(fleet, args, invocation, false);
    const ordered = await inOrder(fleet, entries);
    const options = { into: args.into, mode, message: args.message, commit: args.commit === true };
    return answer(application, await mergeAll(fleet, ordered, options));
  },
});

interface ModeArguments {
  readonly squash?: boolean | undefined;
  readonly ff: boolean;
  readonly "ff-only"?: boolean | undefined;
}

function chosenMode(args: ModeArguments): MergeOptions["mode"] {
  const given = { squash: args.squash === true, "no-ff": !args.ff, "ff-only": args["ff-only"] === true };
  const chosen = (["squash", "no-ff", "ff-only"] as const).filter((name) => given[name]);
  if (chosen.length > 1) {
    throw new FleetError("usage", `--${chosen.join(" and --")} exclude each other`, { hint: "see fleet merge --help" });
  }
  return chosen[0] ?? "squash";
}

async function inOrder(fleet: Fleet, entries: readonly AgentEntry[]): Promise<readonly AgentEntry[]> {
  if (entries.length < 2) return entries;
  const ordered: AgentEntry[] = [];
  for (const [root, agents] of Map.groupBy(entries, ({ repo }) => repo)) {
    const { order, left, unseen } = await overlapOf(fleet, root, agents);
    ordered.push(...order, ...left, ...unseen.map(({ entry }) => entry));
  }
  return ordered;
}

interface Outcome {
  readonly done: readonly MergeDone[];
  readonly failure: { readonly entry: AgentEntry; readonly error: FleetError } | undefined;
  readonly rest: readonly AgentEntry[];
}

/** One after another, up to the first that cannot be merged. Alone, its error is the answer of the command. */
async function mergeAll(fleet: Fleet, entries: readonly AgentEntry[], options: MergeOptions): Promise<Outcome> {
  const done: MergeDone[] = [];
  for (const [index, entry] of entries.entries()) {
    try {
      done.push(await mergeAgent(fleet, entry, options));
    } catch (error) {
      if (!(error instanceof FleetError) || entries.length === 1) throw error;
      return { done, failure: { entry, error }, rest: entries.slice(index + 1) };
    }
  }
  return { done, failure: undefined, rest: [] };
}

function answer(application: Application, { done, failure, rest }: Outcome): CommandResult {
  if (application.json) {
    application.answerJson({
      agents: done.map(({ entry, merged, nothing }) => ({ ...entry, merge: { ...merged, nothing } })),
      failures: failure === undefined ? [] : [agentFailure(failure.entry.branch, failure.error)],
      not_tried: rest.map(({ branch }) => branch),
    });
  } else {
    application.answer(aligned(done.map(line)));
    if (failure !== undefined) application.narration.failure(failure.entry.branch, failure.error);
    const names = rest.map(({ branch }) => shellWord(branch)).join(" ");
    if (rest.length > 0) application.narration.note(`Not tried: fleet merge ${names}`);
    if (done.some(({ nothing }) => !nothing)) application.narration.note("Undo the last: fleet merge --undo");
  }
  return failure === undefined ? 0 : 1;
}

function line({ entry, merged, nothing }: MergeDone): string[] {
  const name = `  ${entry.branch}`;
  if (nothing) return [name, "nothing to merge", `all of it is in ${merged.target}`];
  return [name, "merged", `${merged.target} is at ${merged.new.slice(0, 7)}, was at ${merged.old.slice(0, 7)}`];
}

async function undo(application: Application, fleet: Fleet, words: readonly string[]): Promise<CommandResult> {
  await settleDeadOperations(fleet);
  const root = await currentRepositoryRoot(fleet);
  const known = everyAgent(fleet).filter(
    ({ repo, branch }) => repo === root && (words.length === 0 || words.includes(branch)),
  );
  const { entry, merged } = await undoMerge(fleet, known);
  if (application.json) application.answerJson({ agents: [{ ...entry, undone: merged }], failures: [] });
  else application.answer([`  ${entry.branch}  taken back  ${merged.target} is at ${merged.old.slice(0, 7)} again`]);
  return 0;
}
