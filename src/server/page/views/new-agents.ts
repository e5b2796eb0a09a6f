import type { FanoutInput } from "../../../model/wire/fanout.ts";
import type { NewAgent, NewAgents } from "../wire.ts";

export type Kind = "one" | "fanout" | "several";

/** What a person has filled in so far. */
export interface Draft {
  /** Empty while none is known: then it is the one that the server was started in. */
  readonly repo: string;
  readonly prompt: string;
  readonly branch: string;
  readonly count: number;
  /** For several: a branch, a colon and a task in each line. */
  readonly lines: string;
  readonly agent: string;
  readonly from: string;
  readonly budget: string;
  /** Another machine, or `any` of them; empty for the one that serves. */
  readonly host: string;
}

export const attempts = { least: 2, most: 500 } as const;

/** Nothing but where. */
export function emptyDraft(repo: string): Draft {
  return { repo, prompt: "", branch: "", count: 3, lines: "", agent: "", from: "", budget: "", host: "" };
}

/** What is to be called, or what the draft still lacks; whether the names are free the server knows better. */
export type Plan =
  | { readonly row: "create"; readonly count: number; readonly input: NewAgents }
  | { readonly row: "fanout"; readonly count: number; readonly input: Partial<FanoutInput> }
  | { readonly row: undefined; readonly problem: string };

/** Makes of a draft what the server is asked for. */
export function planOf(kind: Kind, draft: Draft): Plan {
  switch (kind) {
    case "one":
      return onePlan(draft);
    case "fanout":
      return fanoutPlan(draft);
    case "several":
      return severalPlan(draft);
  }
}

function lacks(problem: string): Plan {
  return { row: undefined, problem };
}

function onePlan(draft: Draft): Plan {
  const branch = draft.branch.trim();
  if (branch === "") return lacks("It needs a branch");
  return { row: "create", count: 1, input: { agents: [agentOf(draft, branch, draft.prompt)], ...place(draft) } };
}

function fanoutPlan(draft: Draft): Plan {
  const { count, prompt, agent, ...others } = draft;
  if (prompt.trim() === "") return lacks("It needs a task");
  if (!Number.isInteger(count) || count < attempts.least || count > attempts.most) {
    return lacks(`Between ${attempts.least} and ${attempts.most} attempts`);
  }
  const prefix = others.branch.trim();
  const chosen = { ...(prefix === "" ? {} : { prefix }), ...(agent === "" ? {} : { agents: agent }) };
  return { row: "fanout", count, input: { count, prompt, ...chosen, ...limits(draft), ...place(draft) } };
}

function severalPlan(draft: Draft): Plan {
  const lines = draft.lines.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) return lacks("It needs a line for each agent");
  const odd = lines.find((line) => !/^\s*[^\s:][^:]*:\s*\S/.test(line));
  if (odd !== undefined) return lacks(`A line is BRANCH: TASK, which this is not: ${odd.trim().slice(0, 40)}`);
  const agents = lines.map((line) => {
    const colon = line.indexOf(":");
    return agentOf(draft, line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  });
  return { row: "create", count: agents.length, input: { agents, ...place(draft) } };
}

function agentOf(draft: Draft, branch: string, prompt: string): NewAgent {
  return {
    branch,
    ...(prompt.trim() === "" ? {} : { prompt }),
    ...(draft.agent === "" ? {} : { agent: draft.agent }),
    ...limits(draft),
  };
}

function limits({ from, budget }: Draft) {
  return {
    ...(from.trim() === "" ? {} : { from: from.trim() }),
    ...(budget.trim() === "" ? {} : { budget: budget.trim() }),
  };
}

function place({ host }: Draft) {
  return host === "" ? {} : { host };
}
