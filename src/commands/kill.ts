import { type Killed, killAnswer, killEverywhere } from "../api/kill.ts";
import { interruptedIn } from "../api/restorability.ts";
import { FleetError } from "../errors.ts";
import type { Selection } from "../fleet/choose/selection.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { madeOutside } from "../fleet/operations/kill/take-along.ts";
import { describeIgnored } from "../fleet/worktree/ignored-files.ts";
import type { KillOptions } from "../fleet/worktree/kill-options.ts";
import { ignoredOf } from "../fleet/worktree/removal.ts";
import { aligned } from "../output/aligned.ts";
import { ask, canAsk } from "../output/question.ts";
import { oneLine } from "../output/text.ts";
import { withArticle } from "../system/git/in-progress.ts";
import { shellWord } from "../system/shell.ts";
import type { Application } from "./application.ts";
import { confirmEnding } from "./confirm.ts";
import { type CommandResult, defineFleetCommand } from "./definition.ts";
import { branchesOperand, chosenAgents, targetOptions } from "./targets.ts";

export default defineFleetCommand({
  name: "kill",
  args: {
    branches: branchesOperand,
    ...targetOptions,
    commit: { type: "boolean", description: "commit unsaved work to the branch instead of saving it apart" },
    message: { type: "string", alias: "m", valueHint: "TEXT", needs: ["commit"], description: "the message" },
    "delete-branch": { type: "boolean", alias: "d", description: "delete the branch, whatever is on it" },
    "keep-branch": {
      type: "boolean",
      excludes: ["delete-branch"],
      description: "keep the branch, even with nothing on it",
    },
    "with-children": {
      type: "boolean",
      description: "take along branches and worktrees that it made",
    },
    now: { type: "boolean", description: "delete its files at once instead of after keep_trees" },
    "dry-run": { type: "boolean", description: "show which agents it would end" },
    yes: { type: "boolean", alias: "y", description: "do not ask" },
  },
  details: [
    "Ends the session and every process of the agent and moves its worktree out of the way, where it lives on as it was for a day " +
      "(keep_trees): fleet restore brings all of it back. What is in no commit, untracked files too, is saved for longer " +
      "(keep_killed). The branch goes only if fleet made it, nothing was unsaved, and nothing is on it or all of it was merged.",
    "What was made in the repository while the agent lived, beside its own worktree, is named and stays: worktrees, branches and tags, " +
      "stashes and notes, remotes, settings and hooks, whoever made them; so are branches, tags and stashes that were there before it and that " +
      "somebody has deleted, with the line that brings one back. --with-children takes along worktrees that nobody uses and branches that nobody else has checked out; fleet restore --last brings them back as well.",
  ],
  examples: [
    { command: "fleet kill fix-42", explanation: "end an agent and clean up after it" },
    { command: "fleet kill 'auth-*' --except auth-A3", explanation: "end all but one" },
    { command: 'fleet kill fix-42 --commit -m "as far as it came"', explanation: "put unsaved work on the branch" },
  ],
  async run(args, { application, operands, repeated }) {
    const options = killOptions(args);
    const fleet = await application.openFleet();
    const selection = await chosenAgents(
      fleet,
      args,
      { application, operands, repeated },
      { reachesOut: false, away: "known" },
    );
    if (args["dry-run"] === true) {
      return preview(application, fleet, selection);
    }
    await confirmEnding(application, fleet, selection, { verb: "kill", yes: args.yes === true });
    requireNamed(options, selection);
    const asked = {
      ...options,
      withChildren: options.withChildren || (await wantsChildren(application, fleet, selection, args)),
    };
    return report(application, await killEverywhere(fleet, selection.entries, asked));
  },
});

/** Asks, on a terminal, whether what agents made beside their own worktrees shall go with them; else it stays, and is named. */
async function wantsChildren(
  { json, cancelled }: Application,
  fleet: Fleet,
  { entries }: Selection,
  { yes }: { readonly yes?: boolean | undefined },
): Promise<boolean> {
  if (json || yes === true || !canAsk()) return false;
  const names = (await madeOutside(fleet, entries)).map(oneLine);
  if (names.length === 0) return false;
  const few = names.length > 5 ? [...names.slice(0, 4), `${names.length - 4} more`] : names;
  return ask(`made in the repository meanwhile: ${few.join(", ")}; take that along? [y/N] `, cancelled);
}

/** The names, and beside each what would go for good when keep_trees is over. */
async function preview(application: Application, fleet: Fleet, { entries }: Selection): Promise<0> {
  const seen = await Promise.all(entries.map((entry) => ignoredOf(fleet, entry)));
  if (application.json) {
    application.answerJson({
      dry_run: true,
      agents: entries.map((entry, index) => {
        const { ignored, unread } = seen[index] ?? {};
        const known = unread === undefined ? ignored : undefined;
        return { ...entry, ignored_files: known?.count ?? null, ignored_bytes: known?.bytes ?? null };
      }),
    });
    return 0;
  }
  application.answer(entries.map(({ branch }) => branch));
  for (const [index, { branch }] of entries.entries()) {
    const { ignored, unread } = seen[index] ?? {};
    if (unread !== undefined) application.narration.warning(`${branch}: git cannot look into it: ${unread}`);
    if (ignored !== undefined && ignored.count > 0)
      application.narration.note(`${branch}: goes: ${describeIgnored(ignored)}`);
  }
  return 0;
}

interface BranchArguments {
  readonly commit?: boolean | undefined;
  readonly message?: string | undefined;
  readonly "delete-branch"?: boolean | undefined;
  readonly "keep-branch"?: boolean | undefined;
  readonly now?: boolean | undefined;
  readonly "with-children"?: boolean | undefined;
}

function killOptions(args: BranchArguments): KillOptions {
  const refuse = (message: string) => {
    throw new FleetError("usage", message, { hint: "see fleet kill --help" });
  };
  if (args.message?.trim() === "") refuse("the message is empty");
  const message = args.message ?? "Unsaved work of an agent";
  const chosen = args["keep-branch"] === true ? "keep" : "judge";
  return {
    branch: args["delete-branch"] === true ? "delete" : chosen,
    commitMessage: args.commit === true ? message : undefined,
    now: args.now === true,
    withChildren: args["with-children"] === true,
  };
}

/** A branch that was there before its agent is the user's: only its exact name says that they mean it. */
function requireNamed({ branch }: KillOptions, { entries, exact }: Selection): void {
  const adopted = entries.find((entry) => entry.adopted);
  if (branch !== "delete" || exact || adopted === undefined) return;
  throw new FleetError("usage", `-d would delete ${adopted.branch}, which was there before its agent`, {
    hint: `if you mean it, run fleet kill -d ${shellWord(adopted.branch)}`,
  });
}

function report(application: Application, results: readonly Killed[]): CommandResult {
  const kept = results.filter((result) => result.ended === false);
  if (application.json) {
    application.answerJson(killAnswer(results));
  } else {
    application.answer(aligned(results.flatMap((result) => [line(result), ...alongLines(result)])));
    if (results.length === 0) return 0;
    const ended = results.length - kept.length;
    const undo =
      ended === 0
        ? ""
        : ` Undo: fleet restore ${results.length === 1 && !results.some(hasAlong) ? shellWord(results[0]?.entry.branch ?? "") : "--last"}`;
    application.narration.note(`${ended} of ${results.length} ended.${undo}`);
  }
  return kept.length === 0 ? 0 : 1;
}

function hasAlong(result: Killed): boolean {
  return result.ended === true && (result.along?.worktrees.some(({ ended }) => ended) ?? false);
}

/** What went with an agent stands below it. */
function alongLines(result: Killed): string[][] {
  if (result.ended !== true || result.along === undefined) return [];
  return [
    ...result.along.worktrees.map((each) => {
      const [name, ...rest] = line(each);
      return [`  ${name}`, ...rest];
    }),
    ...result.along.branches.map((name) => [`    ${name}`, "ended", "branch deleted", "kept for fleet restore"]),
  ];
}

function line(result: Killed): string[] {
  const name = `  ${result.entry.branch}`;
  if (result.ended === "soon")
    return [name, "ending", "from outside", "as soon as this command, which runs inside of it, is gone"];
  if (!result.ended) return [name, "kept", result.why, result.hint ?? ""];
  const { branch, ending } = result;
  const operation = interruptedIn(ending);
  const why = operation === undefined ? branch.why : `${branch.why}; in the middle of ${withArticle(operation)}`;
  return [name, "ended", branch.deleted ? "branch deleted" : "branch kept", why];
}
