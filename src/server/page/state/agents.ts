import { computed, signal } from "@preact/signals";
import type { AgentsSink } from "../connection/events.ts";
import type { Agent } from "../wire.ts";

/** All agents by their id. An agent that has not changed stays the same object, so that nothing of it is drawn again. */
export const agentsById = signal<ReadonlyMap<string, Agent>>(new Map());
/** Whether the server has told about its agents yet: no agents is not the same as not known. */
export const agentsKnown = signal(false);

/** An agent that was made a moment ago and that nobody has told of yet: one on another machine takes seconds. */
export const expected = signal<string | undefined>(undefined);

/** Takes in what the server tells. */
export const sink: AgentsSink = {
  snapshot(agents) {
    take(new Map(agents.map((agent) => [agent.id, agent])));
    agentsKnown.value = true;
  },
  delta(changed, gone) {
    const next = new Map(agentsById.value);
    for (const agent of changed) next.set(agent.id, agent);
    for (const id of gone) next.delete(id);
    take(next);
  },
};

function take(agents: ReadonlyMap<string, Agent>): void {
  agentsById.value = agents;
  if (expected.value !== undefined && agents.has(expected.value)) expected.value = undefined;
}

/** Notes that an agent was made: until it is told of, it is no agent that is gone. */
export function expectAgent(id: string): void {
  if (!agentsById.value.has(id)) expected.value = id;
}

/** The stages that a person thinks in, the most urgent first, and the statuses of each. */
export const stages = [
  { name: "need", title: "Needs you", statuses: ["waiting", "error", "failed", "exited"] },
  { name: "work", title: "Working", statuses: ["working", "starting", "setup"] },
  { name: "idle", title: "Idle", statuses: ["idle"] },
  // Its machine is out of reach, or it says what is not understood: nothing is concluded from that.
  { name: "unknown", title: "Unknown", statuses: ["unknown"] },
  { name: "stopped", title: "Stopped", statuses: ["stopped"] },
] as const;

export type Stage = (typeof stages)[number];

/** The stage of an agent; what a later version says and this one does not know is shown as unknown, never hidden. */
export function stageOf({ status }: Pick<Agent, "status">): Stage {
  return stages.find(({ statuses }) => (statuses as readonly string[]).includes(status)) ?? stages[3];
}

/** Whether it does not go on without the user. */
export function needsUser(agent: Pick<Agent, "status">): boolean {
  return stageOf(agent).name === "need";
}

/** All agents: who needs the user first, in each status who has been in it the longest. */
export const ordered = computed(() => [...agentsById.value.values()].sort(byNeed));

/** Those that need the user. */
export const inNeed = computed(() => ordered.value.filter(needsUser));

function byNeed(one: Agent, other: Agent): number {
  return rank(one) - rank(other) || since(one) - since(other) || one.branch.localeCompare(other.branch);
}

function rank(agent: Agent): number {
  const stage = stageOf(agent);
  return stages.indexOf(stage) * 10 + Math.max(0, (stage.statuses as readonly string[]).indexOf(agent.status));
}

function since({ status_since, created_at }: Agent): number {
  return Date.parse(status_since ?? created_at);
}

export interface Batch {
  readonly name: string;
  readonly repo: string;
  readonly agents: readonly Agent[];
}

/** The batches, those with somebody in need first. A batch of one repository has nothing to do with one of the same name in another. */
export const batches = computed<readonly Batch[]>(() => {
  const groups = new Map<string, { name: string; repo: string; agents: Agent[] }>();
  for (const agent of ordered.value) {
    const key = `${agent.repo}\0${agent.batch_id}`;
    const group = groups.get(key) ?? { name: agent.batch_id, repo: agent.repo, agents: [] };
    group.agents.push(agent);
    groups.set(key, group);
  }
  return [...groups.values()];
});

/** The repositories that agents work in. */
export const repositories = computed(() => [...new Set(ordered.value.map(({ repo }) => repo))].sort());

/** The other machine that an agent works on; nothing when it works where the server does. */
export function hostOf({ host }: Agent): string | undefined {
  return typeof host === "string" && host !== "" ? host : undefined;
}

/** The agent of a branch, where it has one. */
export function agentOnBranch(repo: string, branch: string): Agent | undefined {
  return ordered.value.find((agent) => agent.repo === repo && agent.branch === branch);
}

/** Changes whenever agents of a repository have written something: what they are at does not count. */
export function workSeen(repo: string): string {
  return ordered.value
    .filter((agent) => agent.repo === repo)
    .map(({ id, ahead, changes }) => `${id} ${ahead} ${changes?.added} ${changes?.deleted}`)
    .sort()
    .join();
}

/** What an agent asks. */
export interface Question {
  readonly text: string;
  readonly choices: readonly string[];
}

/** Questions as they stand on the screens of agents, each with the occasion at which it was read. */
const readQuestions = signal<ReadonlyMap<string, Question & { readonly occasion: string }>>(new Map());

/** Notes the question of an agent as it was read from its screen: until something else is asked, it is the one that is shown. */
export function noteQuestion(agent: Agent, question: Question): void {
  readQuestions.value = new Map(readQuestions.value).set(agent.id, { ...question, occasion: occasionOf(agent) });
}

/** The question of an agent, where it asks one: as it was read from its screen, else in the one line that the list has. */
export function questionOf(agent: Agent): Question | undefined {
  if (agent.status !== "waiting") return undefined;
  const read = readQuestions.value.get(agent.id);
  if (read?.occasion === occasionOf(agent)) return read;
  const detail = agent.status_detail;
  const known = detail?.kind === "question";
  const text = known && typeof detail.text === "string" ? detail.text : agent.reason;
  const choices = known && Array.isArray(detail.choices) ? detail.choices.map(String) : [];
  return { text: text ?? "It waits for you.", choices };
}

/** Tells a question from the same words asked again. */
export function occasionOf({ status, status_since, reason }: Agent): string {
  return `${status} ${status_since} ${reason}`;
}
