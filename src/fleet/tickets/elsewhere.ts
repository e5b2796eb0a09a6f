import type { AgentEntry } from "../../state/entry.ts";

/** An agent of a ticket on another machine, as that machine tells it. */
export interface AgentElsewhere {
  readonly entry: AgentEntry;
  readonly status: { readonly word: string };
  readonly ahead: number | undefined;
  /** US dollars. */
  readonly dollars: number | undefined;
}
