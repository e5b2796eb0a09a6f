import { type RestoreOutcome, type RestoreResult, restorable, restoreAll, restoreAnswer } from "../api/restore.ts";
import type { RestorableAnswer } from "../model/wire/restorable.ts";
import { aligned } from "../output/aligned.ts";
import { counted, oneLine, span } from "../output/text.ts";
import { operationInProgress, withArticle } from "../system/git/in-progress.ts";
import { adminDirectory } from "../system/git/worktrees.ts";
import { shellWord } from "../system/shell.ts";
import type { Application } from "./application.ts";
import { defineFleetCommand } from "./definition.ts";

export default defineFleetCommand({
  name: "restore",
  args: {
    branch: { type: "positional", required: false, valueHint: "BRANCH", description: "the agent that was killed" },
    last: { type: "boolean", excludes: ["branch"], description: "all that the last kill or pick ended" },
    as: { type: "string", valueHint: "NAME", needs: ["branch"], description: "bring it back on this new branch" },
    resume: { type: "boolean", default: true, description: "do not start the agent again" },
  },
  details: [
    "Brings back branch, worktree and conversation. For a day (keep_trees) everything is as it was, ignored files too; later what git could " +
      "save: staged, unstaged and untracked files. An agent that was running when it was killed is started again.",
    "Where the last was a pick, --last also takes the merge of its winner back, unless somebody has built on it.",
    "Without a name it shows what can come back.",
  ],
  examples: [
    { command: "fleet restore fix-42", explanation: "undo a kill" },
    { command: "fleet restore --last", explanation: "undo the last kill command, however many agents it ended" },
  ],
  async run(args, { application }) {
    const { branch, last = false, as, resume } = args;
    const fleet = await application.openFleet({ looks: branch === undefined && !last });
    if (branch === undefined && !last) {
      return showRestorable(application, await restorable(fleet, { all_repositories: false }));
    }
    const outcome = await restoreAll(fleet, { branch, last, as, resume });
    const { results, winner } = outcome;
    const [failure] = results.flatMap(({ error }) => error ?? []);
    const isUndone = winner === undefined || "undone" in winner;
    const isDone = isUndone && results.every(({ error, atRest }) => error === undefined && atRest === undefined);
    if (application.json) application.answerJson(restoreAnswer(outcome));
    else if (results.length === 1 && failure !== undefined && winner === undefined) throw failure;
    else application.answer(aligned([...results.map(line), ...(winner === undefined ? [] : [winnerLine(winner)])]));
    return isDone ? 0 : 1;
  },
});

/** Nothing is brought back without a name; what can be is shown, the last killed first. */
function showRestorable(application: Application, answer: RestorableAnswer): 0 {
  if (application.json) {
    application.answerJson(answer);
    return 0;
  }
  const now = Date.now();
  application.answer(
    aligned(
      answer.agents.map(({ branch, ended_at: endedAt, restorable: what, unsaved, in_progress: operation }) => [
        `  ${branch}`,
        `killed ${span(now - Date.parse(endedAt))} ago`,
        what === "whole" ? "with all its files" : "with what git saved",
        [
          ...(unsaved === 0 ? [] : [counted(unsaved, "unsaved file")]),
          ...(operation === null ? [] : [`in the middle of ${withArticle(operation)}`]),
        ].join(", "),
      ]),
    ),
  );
  const none = answer.agents.length === 0;
  application.narration.note(none ? "no killed agent is kept here" : "to bring one back, run fleet restore BRANCH");
  return 0;
}

function winnerLine(winner: NonNullable<RestoreOutcome["winner"]>): string[] {
  const name = `  ${winner.entry.branch}`;
  if ("error" in winner) return [name, "still merged", oneLine(winner.error.message), winner.error.hint ?? ""];
  const { target, old } = winner.undone;
  return [name, "taken back", `${target} is at ${old.slice(0, 7)} again`];
}

function line({ agent, restored, running, cutOff, atRest, error }: RestoreResult): string[] {
  if (error !== undefined) return [`  ${agent.entry.branch}`, "failed", oneLine(error.message), error.hint ?? ""];
  const branch = restored?.entry.branch ?? agent.entry.branch;
  if (restored?.entry.left_by !== undefined)
    return [`  ${branch}`, "restored", `a worktree: ${restored.entry.worktree}`];
  const admin = restored === undefined ? undefined : adminDirectory(restored.entry.worktree);
  const operation = admin === undefined ? undefined : operationInProgress(admin);
  const middle = operation === undefined ? "" : `in the middle of ${withArticle(operation)}, `;
  const why = atRest === undefined ? "" : `: ${oneLine(atRest.message)}`;
  if (running === true && cutOff === true) {
    const how = `${middle}running again; its last turn was cut off`;
    return [`  ${branch}`, "restored", how, `fleet prompt ${shellWord(branch)} "go on"`];
  }
  return [
    `  ${branch}`,
    "restored",
    `${middle}${running === true ? "running again" : `not running${why}; to start it, run fleet resume ${shellWord(branch)}`}`,
  ];
}
