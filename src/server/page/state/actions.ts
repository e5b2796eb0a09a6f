import { signal } from "@preact/signals";
import type { Agent, RowName, Rows } from "../wire.ts";
import { counted } from "../words.ts";
import { perform } from "./activity.ts";
import { inNeed, occasionOf, questionOf, repositories } from "./agents.ts";
import { questionWanted, ticked } from "./chosen.ts";
import { show } from "./dialogs.ts";
import { open, route } from "./route.ts";
import { can } from "./server.ts";

/** The questions that were answered here and that the server may still show, by the agent. */
const answered = signal<ReadonlyMap<string, string>>(new Map());

/** Answers the question of an agent: with the words of a choice, so that it cannot go to another question that came meanwhile. */
export async function answerAgent(agent: Agent, choice: string): Promise<void> {
  if (questionOf(agent) === undefined || isAnswered(agent)) return;
  answered.value = new Map(answered.value).set(agent.id, occasionOf(agent));
  const input = { target: agent.branch, choice };
  const title = `Answer ${agent.branch}`;
  const done = await perform({ title, name: "answer", input, directory: agent.repo, quiet: true });
  if (done !== undefined) return;
  const next = new Map(answered.value);
  next.delete(agent.id);
  answered.value = next;
}

/** Whether this very question was answered a moment ago. */
export function isAnswered(agent: Agent): boolean {
  return answered.value.get(agent.id) === occasionOf(agent);
}

/** Sends agents a message. Says whether each of them has it. */
export async function promptAgents(agents: readonly Agent[], message: string, interrupt = false): Promise<boolean> {
  const title = `Prompt ${named(agents)}`;
  const quiet = agents.length === 1;
  const answers = await each(agents, { name: "prompt", title, quiet }, (targets) => ({ targets, message, interrupt }));
  return answers.every((answer) => answer !== undefined && answer.failures.length === 0);
}

/** Stops the turn that agents are at. */
export async function interruptAgents(agents: readonly Agent[]): Promise<void> {
  await each(agents, { name: "interrupt", title: `Interrupt ${named(agents)}` }, (targets) => ({ targets }));
}

/** Ends agents; their worktrees and branches stay. */
export async function stopAgents(agents: readonly Agent[]): Promise<void> {
  await each(agents, { name: "stop", title: `Stop ${named(agents)}` }, (targets) => ({ targets }));
}

/** Brings agents back, with their conversation. */
export async function resumeAgents(agents: readonly Agent[]): Promise<void> {
  await each(agents, { name: "resume", title: `Resume ${named(agents)}` }, (targets) => ({ targets }));
}

/** Kills agents. Unless the user is `sure`, asks first where one of them works, or where there are several. */
export async function killAgents(agents: readonly Agent[], { sure } = { sure: false }): Promise<void> {
  const asks = agents.length > 1 || agents.some(({ status }) => status === "working");
  if (asks && !sure) {
    show({ is: "kill", agents });
    return;
  }
  const here = route.value.at === "agent" ? route.value.id : undefined;
  if (agents.some(({ id }) => id === here)) open({ at: "home" });
  ticked.value = new Set();
  for (const [directory, members] of byRepository(agents)) {
    const input = { targets: members.map(({ branch }) => branch) };
    await perform({ title: `Kill ${named(members)}`, name: "kill", input, directory, undo: undoOfKill(directory) });
  }
}

function undoOfKill(directory: string) {
  return ({ agents }: Rows["kill"]["answer"]) => {
    const ended = agents.filter(({ outcome }) => outcome !== "kept").map(({ branch }) => branch);
    if (ended.length === 0 || !can("restore")) return undefined;
    return { label: "Undo", run: () => void restoreAgents(ended, directory) };
  };
}

/** Brings killed agents back: branch, worktree and conversation. */
export async function restoreAgents(branches: readonly string[], directory: string): Promise<void> {
  for (const branch of branches) {
    await perform({ title: `Restore ${branch}`, name: "restore", input: { branch }, directory });
  }
}

/** Undoes the last kill of all. */
export async function restoreLast(): Promise<void> {
  await perform({ title: "Restore what was killed last", name: "restore", input: { last: true } });
}

/** Opens the next agent that needs the user, after the one that is open. */
export function openNextInNeed(): void {
  const waiting = inNeed.value;
  const here = route.value.at === "agent" ? route.value.id : undefined;
  const next = waiting[(waiting.findIndex(({ id }) => id === here) + 1) % waiting.length];
  if (next === undefined) return;
  questionWanted.value = next.status === "waiting" ? next.id : undefined;
  open({ at: "agent", id: next.id, tab: "talk" });
}

/** Opens the comparison of agents of one repository; of one agent: of its batch. */
export function compareAgents(agents: readonly Agent[]): void {
  const [first] = agents;
  if (first === undefined) return;
  const targets = agents.length === 1 ? [first.batch_id] : agents.map(({ branch }) => branch);
  open({ at: "compare", repo: first.repo, targets });
}

/** Opens who gets in whose way: of these agents, or of all of the repository of the only one, or of the first that there is. */
export function showOverlap(agents: readonly Agent[]): void {
  const repo = agents[0]?.repo ?? repositories.value[0];
  if (repo === undefined) return;
  const own = agents.filter((agent) => agent.repo === repo);
  open({ at: "overlap", repo, targets: own.length < 2 ? [] : own.map(({ branch }) => branch) });
}

/** `t-103`, or how many they are. */
export function named(agents: readonly { readonly branch: string }[]): string {
  const [first] = agents;
  return agents.length === 1 && first !== undefined ? first.branch : counted(agents.length, "agent");
}

/** Does the same to agents of several repositories, in one call for each. */
async function each<Name extends RowName>(
  agents: readonly Agent[],
  { name, title, quiet = false }: { readonly name: Name; readonly title: string; readonly quiet?: boolean },
  input: (targets: string[]) => Rows[Name]["input"],
): Promise<(Rows[Name]["answer"] | undefined)[]> {
  const calls = byRepository(agents).map(([directory, members]) =>
    perform({ title, name, input: input(members.map(({ branch }) => branch)), directory, quiet }),
  );
  return Promise.all(calls);
}

function byRepository(agents: readonly Agent[]): [string, Agent[]][] {
  return [...Map.groupBy(agents, ({ repo }) => repo)];
}
