import type { EndedAgent } from "../../../state/ending.ts";
import type { AgentEntry } from "../../../state/entry.ts";

/** A killed agent that is brought back. */
export interface Restoration {
  readonly ended: EndedAgent;
  /** The agent as it will be, which may have another branch than before. */
  readonly entry: AgentEntry;
  /** That branch is not there and is made. */
  readonly newBranch: boolean;
}
