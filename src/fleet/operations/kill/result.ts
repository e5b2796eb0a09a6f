import type { Ending } from "../../../state/ending.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import type { BranchOutcome } from "../../worktree/branch.ts";
import type { LeftOutside } from "../../worktree/left-outside.ts";

/** An agent that was killed. */
export interface Ended {
  readonly ended: true;
  readonly entry: AgentEntry;
  readonly branch: BranchOutcome;
  readonly ending: Ending;
  /** What was made in its repository while it, or another that was killed with it, lived; `undefined` where that could not be asked. */
  readonly left?: LeftOutside;
  /** What of that went with it. */
  readonly along?: TakenAlong;
}

/** An agent that had to be kept. */
export interface Kept {
  readonly ended: false;
  readonly entry: AgentEntry;
  readonly why: string;
  readonly hint: string | undefined;
}

/** What became of an agent that was to be killed. */
export type KillResult = Ended | Kept;

/** What went with agents, or had to be left. */
export interface TakenAlong {
  readonly worktrees: readonly KillResult[];
  readonly branches: readonly string[];
}
