import type { AgentEntry } from "../../../state/entry.ts";
import type { Target } from "../../review/target.ts";
import type { MergeOptions } from "./options.ts";

/** What a merge is made of. */
export interface Ingredients {
  readonly entry: AgentEntry;
  readonly target: Target;
  readonly head: string;
  readonly options: MergeOptions;
}
