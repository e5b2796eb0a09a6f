import type { ShownAgent } from "../../api/agents.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import {
  answerOne,
  createOne,
  interruptThem,
  killThem,
  type Outcome,
  promptThem,
  restoreThem,
  resumeThem,
} from "./actions.ts";
import type { Effect } from "./state.ts";

/** What keys can have done to agents, as opposed to what they do to the screen. */
export type Action = Exclude<Effect, { kind: "leave" | "suspend" | "redraw" | "look" | "mouse" | "attach" | "ask" }>;

/** Does it to those agents that are still there. Throws FleetError when it cannot even be tried. */
export async function perform(fleet: Fleet, agents: readonly ShownAgent[], action: Action): Promise<Outcome> {
  const meant = meantBy(action, agents);
  switch (action.kind) {
    case "prompt":
      return promptThem(fleet, meant, action.text);
    case "interrupt":
      return interruptThem(fleet, meant);
    case "kill":
      return killThem(fleet, meant);
    case "resume":
      return resumeThem(fleet, meant);
    case "restore":
      return restoreThem(fleet, action.killed);
    case "create":
      return createOne(fleet, action.branch, action.prompt);
    case "answer": {
      const [agent] = meant;
      return agent === undefined ? gone : answerOne(fleet, agent, action.choice);
    }
  }
}

/** What is being done, for the line below the list: `killing fix-42`. */
export function nameOf(action: Action, agents: readonly ShownAgent[]): string {
  const verb = verbs[action.kind];
  if (action.kind === "restore") return verb;
  if (action.kind === "create") return `${verb} ${action.branch}`;
  const meant = meantBy(action, agents);
  return `${verb} ${meant.length === 1 ? (meant[0]?.entry.branch ?? "") : `${meant.length} agents`}`;
}

function meantBy(action: Action, agents: readonly ShownAgent[]): readonly ShownAgent[] {
  const ids = idsOf(action);
  return agents.filter(({ entry }) => ids.includes(entry.id));
}

function idsOf(action: Action): readonly string[] {
  if ("ids" in action) return action.ids;
  return "id" in action ? [action.id] : [];
}

const verbs: Readonly<Record<Action["kind"], string>> = {
  prompt: "prompting",
  interrupt: "interrupting",
  kill: "killing",
  resume: "resuming",
  restore: "bringing back what was killed last",
  create: "starting",
  answer: "answering",
};

const gone: Outcome = { text: "the agent has gone", isTrouble: true };
