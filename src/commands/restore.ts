import { agentFailure } from "../api/failure.ts";
import { FleetError } from "../errors.ts";
import { currentRepositoryRoot, type Fleet, gitAt } from "../fleet/fleet.ts";
import {
  endedAgent,
  lastKilled,
  type Restored,
  restorable,
  restoreAgent,
} from "../fleet/operations/restore/restore.ts";
import { resumeAgent } from "../fleet/operations/resume/resume.ts";
import { isWhole, trashedOf } from "../fleet/worktree/trash.ts";
import { aligned } from "../output/aligned.ts";
import { counted, oneLine, span } from "../output/text.ts";
import type { EndedAgent } from "../state/ending.ts";
import { discoverRepository } from "../system/git/repository.ts";
import { shellWord } from "../system/shell.ts";
import type { Application } from "./application.ts";
import { defineFleetCommand } from "./definition.ts";

export default defineFleetCommand({
  name: "restore",
  args: {
    branch: { type: "positional", required: false, valueHint: "BRANCH", description: "the agent that was killed" },
    last: { type: "boolean", description: "all that the last kill command ended" },
    as: { type: "string", valueHint: "NAME", description: "bring it back on this new branch" },
    resume: { type: "boolean", default: true, description: "do not start the agent again" },
  },
  details: [
    "Brings back branch, worktree and conversation. For a day (keep_trees) everything is as it was, ignored files too; later what git could " +
      "save: staged, unstaged and untracked files. An agent that was running when it was killed is started again.",
    "Without a name it shows what can come back.",
  ],
  examples: [
    { command: "fleet restore fix-42", explanation: "undo a kill" },
    { command: "fleet restore --last", explanation: "undo the last kill command, however many agents it ended" },
  ],
  async run(args, { application }) {
    const { branch, last, as } = args;
    if (branch !== undefined && last === true) {
      throw new FleetError("usage", "restore takes a branch or --last, not both", { hint: "see fleet restore --help" });
    }
    if (as !== undefined && branch === undefined) {
      throw new FleetError("usage", "--as goes with a branch", { hint: "see fleet restore --help" });
    }
    const fleet = await application.openFleet();
    const root = await currentRepositoryRoot(fleet);
    const repository = root === undefined ? undefined : await discoverRepository(gitAt(fleet, root));
    if (branch === undefined && last !== true) return showRestorable(application, restorable(fleet, repository));
    const ended = branch === undefined ? lastKilled(fleet) : [endedAgent(fleet, branch, repository)];
    const results: Result[] = [];
    for (const agent of ended) results.push(await attempt(fleet, agent, as, args.resume !== false));
    const failures = results.filter(({ error, atRest }) => error !== undefined || atRest !== undefined);
    if (application.json) {
      application.answerJson({
        agents: results.flatMap(({ restored }) => (restored === undefined ? [] : [restored.entry])),
        failures: failures.map(({ agent, error, atRest }) => agentFailure(agent.entry.branch, error ?? atRest ?? {})),
      });
    } else if (ended.length === 1 && failures[0]?.error !== undefined) {
      throw failures[0].error;
    } else {
      application.answer(aligned(results.map(line)));
    }
    return failures.length === 0 ? 0 : 1;
  },
});

/** Nothing is brought back without a name; what can be is shown, the last killed first. */
function showRestorable(application: Application, ended: readonly EndedAgent[]): 0 {
  const shown = ended.map(({ entry, ending }) => {
    const trashed = trashedOf(ending);
    const whole = trashed !== undefined && isWhole(trashed);
    return { entry, ending, whole };
  });
  if (application.json) {
    application.answerJson({
      agents: shown.map(({ entry, ending, whole }) => ({
        ...entry,
        ended_at: ending.ended_at,
        unsaved: ending.unsaved,
        restorable: whole ? "whole" : "snapshot",
      })),
    });
    return 0;
  }
  const now = Date.now();
  application.answer(
    aligned(
      shown.map(({ entry, ending, whole }) => [
        `  ${entry.branch}`,
        `killed ${span(now - Date.parse(ending.ended_at))} ago`,
        whole ? "whole" : "what git saved",
        ending.unsaved === 0 ? "" : counted(ending.unsaved, "unsaved file"),
      ]),
    ),
  );
  const hint = shown.length === 0 ? "no killed agent is kept here" : "to bring one back, run fleet restore BRANCH";
  application.narration.note(hint);
  return 0;
}

interface Result {
  readonly agent: EndedAgent;
  readonly restored?: Restored;
  readonly running?: boolean;
  /** Why a restored agent could not be started again. */
  readonly atRest?: FleetError;
  readonly error?: FleetError;
}

async function attempt(fleet: Fleet, agent: EndedAgent, as: string | undefined, resume: boolean): Promise<Result> {
  try {
    const restored = await restoreAgent(fleet, agent, as);
    return { agent, restored, ...(resume && agent.ending.running ? await start(fleet, restored) : {}) };
  } catch (error) {
    if (error instanceof FleetError) return { agent, error };
    throw error;
  }
}

async function start(fleet: Fleet, { entry }: Restored): Promise<Pick<Result, "running" | "atRest">> {
  try {
    await resumeAgent(fleet, entry, { prompt: undefined, quick: false });
    return { running: true };
  } catch (error) {
    if (error instanceof FleetError) return { atRest: error };
    throw error;
  }
}

function line({ agent, restored, running, atRest, error }: Result): string[] {
  if (error !== undefined) return [`  ${agent.entry.branch}`, "failed", oneLine(error.message), error.hint ?? ""];
  const branch = restored?.entry.branch ?? agent.entry.branch;
  const why = atRest === undefined ? "" : `: ${oneLine(atRest.message)}`;
  return [
    `  ${branch}`,
    "restored",
    running === true ? "running again" : `not running${why}; to start it, run fleet resume ${shellWord(branch)}`,
  ];
}
