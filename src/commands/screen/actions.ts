import type { ShownAgent } from "../../api/agents.ts";
import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { KillAnswer } from "../../model/wire/kill.ts";
import type { RestoreAnswer } from "../../model/wire/restore.ts";
import type { Failure, TargetsInput } from "../../model/wire/shared.ts";
import { counted } from "../../output/text.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { Killed } from "./state.ts";

/** What became of something that was done from the screen, in words. */
export interface Outcome {
  readonly text: string;
  readonly isTrouble: boolean;
  readonly killed?: readonly Killed[];
}

/** Sends a message to agents. Throws FleetError when it cannot even be tried. */
export async function promptThem(fleet: Fleet, agents: readonly ShownAgent[], message: string): Promise<Outcome> {
  const { prompt } = await import("../../api/prompt.ts");
  const answers = await perRepository(fleet, agents, (there, targets) =>
    prompt(there, { ...targets, message, raw: false, interrupt: false }),
  );
  return outcomeOf(answers);
}

/** Stops the turns of agents. Throws FleetError when it cannot even be tried. */
export async function interruptThem(fleet: Fleet, agents: readonly ShownAgent[]): Promise<Outcome> {
  const { interrupt } = await import("../../api/interrupt.ts");
  return outcomeOf(await perRepository(fleet, agents, interrupt));
}

/** Ends agents. Throws FleetError when it cannot even be tried. */
export async function killThem(fleet: Fleet, agents: readonly ShownAgent[]): Promise<Outcome> {
  const { kill } = await import("../../api/kill.ts");
  const answers = await perRepository(fleet, agents, (there, targets) =>
    kill(there, { ...targets, branch: "judge", now: false, with_children: false }),
  );
  const ended = answers.flatMap((answer) => answer.agents).filter(({ outcome }) => outcome === "ended");
  const killed = ended.map(({ branch, repo }) => ({ branch, repo }));
  const what =
    ended.length > 1 ? `${counted(ended.length, "agent")} ended; u brings them back` : ended.map(endedText)[0];
  const failures = failuresOf(answers);
  return { text: [what, ...failures].filter(Boolean).join("; "), isTrouble: failures.length > 0, killed };
}

function endedText({ branch, branch_deleted: isDeleted, reason }: KillAnswer["agents"][number]): string {
  const why = reason === undefined ? "" : `, branch ${isDeleted === true ? "deleted" : "kept"}: ${reason}`;
  return `${branch} ended${why}; u brings it back`;
}

/** Starts agents again that were stopped or have ended. Throws FleetError when it cannot even be tried. */
export async function resumeThem(fleet: Fleet, agents: readonly ShownAgent[]): Promise<Outcome> {
  const { resume } = await import("../../api/resume.ts");
  const answers = await perRepository(fleet, agents, (there, targets) =>
    resume(there, { ...targets, fresh: false, quick: false }),
  );
  const failures = failuresOf(answers);
  const resumed = answers.flatMap((answer) => answer.agents);
  const [only, ...others] = resumed;
  const what =
    others.length === 0 ? only && `${only.branch} runs again` : `${counted(resumed.length, "agent")} run again`;
  return { text: [what, ...failures].filter(Boolean).join("; "), isTrouble: failures.length > 0 };
}

/** Brings killed agents back; where none was killed from the screen, those of the last kill. Throws FleetError where nothing is kept. */
export async function restoreThem(fleet: Fleet, killed: readonly Killed[]): Promise<Outcome> {
  const { restore } = await import("../../api/restore.ts");
  const answers: RestoreAnswer[] = [];
  if (killed.length === 0) answers.push(await restore(fleet, { last: true, resume: true }));
  for (const { branch, repo } of killed) {
    answers.push(await restore({ ...fleet, directory: repo }, { branch, last: false, resume: true }));
  }
  const words = answers.flatMap(({ agents, merge_undone: merge }) => [
    ...agents.map(({ branch, running }) => `${branch} is back${running ? " and running" : ""}`),
    ...(merge === undefined ? [] : [`the merge of ${merge.branch} is taken back`]),
  ]);
  const failures = failuresOf(answers);
  return { text: [...words, ...failures].join("; "), isTrouble: failures.length > 0 };
}

/** Starts an agent, without waiting for its setup. Throws FleetError when it cannot. */
export async function createOne(fleet: Fleet, branch: string, prompt: string): Promise<Outcome> {
  const { create } = await import("../../api/create.ts");
  const request = { branch, ...(prompt === "" ? {} : { prompt }), new: false, quick: false, raw: false };
  const answer = await create(fleet, { agents: [request], detach: true });
  const failures = failuresOf([answer]);
  return { text: failures.length > 0 ? failures.join("; ") : `${branch} started`, isTrouble: failures.length > 0 };
}

/** Reads what an agent asks; only that can be answered then. Throws FleetError when it asks nothing. */
export async function questionOf(fleet: Fleet, { entry }: ShownAgent) {
  const { question } = await import("../../api/answer.ts");
  const { agents } = await question(inRepository(fleet, entry), { target: entry.branch });
  const [asked] = agents;
  if (asked === undefined) throw new FleetError("failed", `${entry.branch} asks nothing`);
  return asked.question;
}

/** Answers what was read last. Throws FleetError when the agent asks something else by now, or the choice is none. */
export async function answerOne(fleet: Fleet, { entry }: ShownAgent, choice: string): Promise<Outcome> {
  const { answer } = await import("../../api/answer.ts");
  const { agents } = await answer(inRepository(fleet, entry), { target: entry.branch, choice });
  return { text: `${entry.branch} answered: ${agents[0]?.answer ?? choice}`, isTrouble: false };
}

function inRepository(fleet: Fleet, { repo }: AgentEntry): Fleet {
  return { ...fleet, directory: repo };
}

/** Names of agents mean those of the repository one is in, so that one call is made for each. */
function perRepository<Answer>(
  fleet: Fleet,
  agents: readonly ShownAgent[],
  call: (fleet: Fleet, targets: TargetsInput) => Promise<Answer>,
): Promise<Answer[]> {
  const groups = [...Map.groupBy(agents, ({ entry }) => entry.repo)];
  return Promise.all(
    groups.map(([directory, members]) =>
      call(
        { ...fleet, directory },
        { targets: members.map(({ entry }) => entry.branch), all: false, all_repositories: false, except: [] },
      ),
    ),
  );
}

interface AnswerOfMany {
  readonly agents: readonly { readonly branch: string; readonly outcome: string; readonly reason: string | null }[];
  readonly failures: readonly Failure[];
}

/** One outcome in full; of several how many there are of each, and why some failed. */
function outcomeOf(answers: readonly AnswerOfMany[]): Outcome {
  const agents = answers.flatMap((answer) => answer.agents);
  const failures = failuresOf(answers);
  const [only, ...others] = agents;
  if (only !== undefined && others.length === 0) {
    const reason = only.reason === null ? "" : `: ${only.reason.replace(" (now: --interrupt)", "; i interrupts it")}`;
    return { text: `${only.branch} ${only.outcome}${reason}`, isTrouble: failures.length > 0 };
  }
  const counts = [...Map.groupBy(agents, ({ outcome }) => outcome)].map(([word, of]) => `${of.length} ${word}`);
  return { text: [counts.join(", "), ...failures].join("; "), isTrouble: failures.length > 0 };
}

function failuresOf(answers: readonly { readonly failures: readonly Failure[] }[]): string[] {
  return answers.flatMap(({ failures }) =>
    failures.map(({ branch, message }) =>
      message?.startsWith(`${branch}`) === true ? message : `${branch}: ${message ?? "failed"}`,
    ),
  );
}
