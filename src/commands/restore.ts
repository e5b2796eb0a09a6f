import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { currentRepositoryRoot } from "../fleet/fleet.ts";
import { endedAgent, lastKilled, type Restored, restoreAgent } from "../fleet/operations/restore/restore.ts";
import { resumeAgent } from "../fleet/operations/resume/resume.ts";
import { aligned } from "../output/aligned.ts";
import { oneLine } from "../output/text.ts";
import type { EndedAgent } from "../state/ending.ts";
import { shellWord } from "../system/shell.ts";
import { defineFleetCommand } from "./definition.ts";
import { jsonFailure } from "./json-failure.ts";

export default defineFleetCommand({
  name: "restore",
  args: {
    branch: { type: "positional", required: false, valueHint: "BRANCH", description: "the agent that was killed" },
    last: { type: "boolean", description: "all that the last kill command ended" },
    as: { type: "string", valueHint: "NAME", description: "bring it back on this new branch" },
    resume: { type: "boolean", default: true, description: "do not start the agent again" },
  },
  details: [
    "Brings back branch, worktree and conversation: staged, unstaged and untracked files are as they were. An agent that was running " +
      "when it was killed is started again.",
  ],
  examples: [
    { command: "fleet restore fix-42", explanation: "undo a kill" },
    { command: "fleet restore --last", explanation: "undo the last kill command, however many agents it ended" },
  ],
  async run(args, { application }) {
    const { branch, last, as } = args;
    if ((branch === undefined) === (last !== true)) {
      throw new FleetError("usage", "restore takes a branch or --last", { hint: "see fleet restore --help" });
    }
    if (as !== undefined && branch === undefined) {
      throw new FleetError("usage", "--as goes with a branch", { hint: "see fleet restore --help" });
    }
    const fleet = await application.openFleet();
    const repository = await currentRepositoryRoot(fleet);
    const ended = branch === undefined ? lastKilled(fleet, repository) : [endedAgent(fleet, branch, repository)];
    const results: Result[] = [];
    for (const agent of ended) results.push(await attempt(fleet, agent, as, args.resume !== false));
    const failures = results.filter(({ error, atRest }) => error !== undefined || atRest !== undefined);
    if (application.json) {
      application.answerJson({
        agents: results.flatMap(({ restored }) => (restored === undefined ? [] : [restored.entry])),
        failures: failures.map(({ agent, error, atRest }) => jsonFailure(agent.entry.branch, error ?? atRest ?? {})),
      });
    } else if (ended.length === 1 && failures[0]?.error !== undefined) {
      throw failures[0].error;
    } else {
      application.answer(aligned(results.map(line)));
    }
    return failures.length === 0 ? 0 : 1;
  },
});

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
