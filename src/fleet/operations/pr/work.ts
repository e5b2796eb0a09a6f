import type { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import type { PullRecord } from "../../../state/pull-request.ts";
import type { GitPlace } from "../../../system/git/command.ts";
import type { Content, Look } from "../../review/content.ts";
import type { PullStage } from "./stage.ts";
import type { PullText } from "./text.ts";

/** What the user says about a pull request. */
export interface PullOptions {
  /** Else they are made of the agent's commits and last words. */
  readonly title?: string | undefined;
  readonly body?: string | undefined;
  /** Lets the user change the text before anything is published. */
  readonly edit?: ((text: PullText) => Promise<PullText>) | undefined;
  /** What it is to be; else a new one is ready for review, and one that is open stays as it is. */
  readonly stage?: PullStage | undefined;
  readonly reviewers: readonly string[];
  readonly labels: readonly string[];
  /** The branch it goes into; else the one the agent was started from, else the usual one of the repository. */
  readonly into?: string | undefined;
  /** Commits unsaved work first. */
  readonly commit: boolean;
}

/** A pull request that is there now. */
export interface PullDone {
  readonly entry: AgentEntry;
  readonly record: PullRecord;
  readonly outcome: "opened" | "updated" | "merged";
  /** What of it could not be done, though the pull request is there. */
  readonly shortfall?: FleetError;
}

/** The work of an agent on its way into a pull request. */
export interface PullWork {
  readonly look: Look;
  readonly place: GitPlace;
  readonly entry: AgentEntry;
  readonly head: string;
  readonly options: PullOptions;
  /** What the machine of the agent has said of it, if that is another. */
  readonly told: Content["told"];
}
