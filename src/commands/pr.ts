import type { PullResult } from "../api/pr.ts";
import { FleetError } from "../errors.ts";
import type { PullText } from "../fleet/operations/pr/text.ts";
import { aligned } from "../output/aligned.ts";
import { ask, canAsk } from "../output/question.ts";
import { counted } from "../output/text.ts";
import { shellWord } from "../system/shell.ts";
import type { Application } from "./application.ts";
import { defineFleetCommand } from "./definition.ts";
import { type Written, writeInEditor } from "./editor.ts";
import { readTextSource } from "./prompt-source.ts";
import { pullSign, pullText } from "./pull-view.ts";
import { branchesOperand, chosenAgents, targetOptions } from "./targets.ts";

export default defineFleetCommand({
  name: "pr",
  args: {
    branches: branchesOperand,
    ...targetOptions,
    title: { type: "string", valueHint: "TEXT", description: "else that of the agent's commits" },
    "body-file": {
      type: "string",
      valueHint: "FILE",
      completes: "files",
      description: "its text; - is standard input",
    },
    edit: { type: "boolean", alias: "e", description: "change title and text in your editor first" },
    draft: { type: "boolean", excludes: ["ready"], description: "open it as a draft; an open one becomes a draft" },
    ready: { type: "boolean", description: "make a draft ready for review" },
    reviewer: { type: "string", valueHint: "NAME", repeatable: true, description: "ask them to review it" },
    label: { type: "string", valueHint: "NAME", repeatable: true, description: "add this label" },
    into: { type: "string", valueHint: "BRANCH", completes: "branches", description: "else where the agent started" },
    commit: { type: "boolean", description: "commit the agent's unsaved work first" },
    status: {
      type: "boolean",
      excludes: ["title", "body-file", "edit", "draft", "ready", "reviewer", "label", "into", "commit"],
      description: "only ask the forge how they stand",
    },
    yes: { type: "boolean", alias: "y", description: "do not ask, whatever a pattern matches" },
  },
  details: [
    "Pushes the branch and opens a pull request on GitHub or a merge request on GitLab; one that is open is brought up to date. Title and " +
      "text are made of the agent's commits and last words; what somebody has written on the forge stays. Values of your environment and " +
      "of credential_files are left out of them, and named where commits hold them. The branch goes to the remote that git would push to, the request to upstream where there " +
      "is one. A push replaces only what fleet pushed itself. An open request stays a draft, or ready for review, unless --draft or " +
      "--ready is given.",
    "The token is taken from GH_TOKEN or GITHUB_TOKEN (GH_ENTERPRISE_TOKEN on other hosts than github.com), GITLAB_TOKEN, " +
      "github_token_command, gitlab_token_command, or gh auth token. Hosts of your own are named in github_hosts and gitlab_hosts; on any " +
      "other forge pr_command opens it, with AI_FLEET_TITLE, AI_FLEET_BODY_FILE, AI_FLEET_BRANCH, AI_FLEET_BASE, AI_FLEET_REMOTE and " +
      "AI_FLEET_DRAFT in its environment; the last address that it prints is kept.",
  ],
  examples: [
    { command: "fleet pr fix-42 --reviewer ada", explanation: "push it, open a pull request, ask for a review" },
    { command: "fleet pr fix-42 --ready", explanation: "bring it up to date, and make a draft ready for review" },
    { command: "fleet pr --all --status", explanation: "which are open, merged or closed" },
  ],
  async run(args, invocation) {
    const { application, repeated } = invocation;
    const drafts: Written[] = [];
    const options = {
      title: args.title,
      body: args["body-file"] === undefined ? undefined : readTextSource(application, args["body-file"], "the text"),
      ...(args.edit === true ? { edit: (text: PullText) => edited(application, text, drafts) } : {}),
      reviewers: repeated.reviewer ?? [],
      labels: repeated.label ?? [],
      into: args.into,
      commit: args.commit === true,
    };
    if (args.title?.trim() === "") throw new FleetError("usage", "the title is empty", { hint: "see fleet pr --help" });
    const fleet = await application.openFleet();
    const selection = await chosenAgents(fleet, args, invocation, {
      reachesOut: args.status === true,
      away: "fetched",
    });
    if (args.status !== true && !selection.exact && args.yes !== true) {
      await confirmPublishing(application, selection.entries.length);
    }
    const asked = { draft: args.draft === true, ready: args.ready === true };
    const { openPulls, prAnswer, problemOf, stageIn } = await import("../api/pr.ts");
    const { lookAtPulls } = await import("../fleet/operations/pr/refresh.ts");
    let isDone = false;
    try {
      const results =
        args.status === true
          ? await lookAtPulls(fleet, selection.entries)
          : await openPulls(fleet, selection.entries, { ...options, stage: stageIn(asked) });
      const answer = prAnswer(results);
      if (application.json) application.answerJson(answer);
      else report(application, results, problemOf);
      isDone = answer.failures.length === 0;
      return isDone ? 0 : 1;
    } finally {
      for (const draft of drafts) draft.settle(isDone);
    }
  },
});

/** What a pattern matches is published to others, who cannot forget it again. */
async function confirmPublishing({ json, cancelled }: Application, count: number): Promise<void> {
  if (count < 2 || json || !canAsk()) return;
  if (await ask(`open or update pull requests for ${counted(count, "agent")}? [y/N] `, cancelled)) return;
  throw new FleetError("failed", "nothing was done", { hint: "to do it without being asked, add -y" });
}

/** The title and text as the user has changed them. */
async function edited(application: Application, { title, body }: PullText, drafts: Written[]): Promise<PullText> {
  const written = await writeInEditor(application, {
    name: "pull-request",
    text: `${title}\n\n${body}\n`,
    reuse: (file) => `title and text are in ${file}`,
  });
  drafts.push(written);
  const [line = "", ...rest] = new TextDecoder().decode(written.bytes).split("\n");
  if (line.trim() !== "") return { title: line, body: rest.join("\n") };
  throw new FleetError("failed", "nothing was done: the first line, which is the title, is empty", {
    hint: "to try again, run fleet pr -e",
  });
}

function report(
  application: Application,
  results: readonly PullResult[],
  problemOf: (result: PullResult) => FleetError | undefined,
): void {
  const rows = results.flatMap((result) => {
    if (!("record" in result)) return [];
    const { entry, record } = result;
    if (record === undefined) return [[`  ${entry.branch}`, "none", "", `fleet pr ${shellWord(entry.branch)}`]];
    const outcome = "outcome" in result ? result.outcome : record.state;
    const sign = outcome !== record.state && record.state === "draft" ? pullText(record) : pullSign(record);
    return [[`  ${entry.branch}`, outcome, sign, record.url]];
  });
  application.answer(aligned(rows));
  for (const result of results) {
    const failure = problemOf(result);
    if (failure !== undefined) application.narration.failure(result.entry.branch, failure);
  }
}
