import type { SandboxWish } from "../../choose/sandbox.ts";
import type { TicketShare } from "../../life/plan.ts";

/** One agent as the user asks for it. */
export interface AgentRequest {
  readonly branch: string;
  readonly prompt: string | undefined;
  /** The name of the agent CLI; the configured default when absent. */
  readonly agent: string | undefined;
  /** The revision to start from; the configured one, or what is checked out, when absent. */
  readonly from: string | undefined;
  /** What the user calls `from`, where they have another name for it than this repository. */
  readonly fromName?: string | undefined;
  /** An existing branch is refused instead of adopted. */
  readonly mustBeNew: boolean;
  readonly quick: boolean;
  /** The prompt is handed over as it is, also where the agent takes it for one of its commands. */
  readonly raw?: boolean;
  readonly batch: string;
  /** What the agent may use, as `budgetIn` reads it. */
  readonly budget?: string | undefined;
  /** The ticket that the agent is for, and how many agents it may have in all. */
  readonly ticket?: TicketShare | undefined;
  /** What it is to be held in, where that is not as configured. */
  readonly sandbox?: SandboxWish | undefined;
  /** The id of the fleet, on another machine, that it is made for. */
  readonly owner?: string | undefined;
  /** Where the request is written, for messages about many: `tasks.toml:12`. */
  readonly origin?: string;
}
