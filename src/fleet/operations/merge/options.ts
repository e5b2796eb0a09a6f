import { shellWord } from "../../../system/shell.ts";
import type { Look } from "../../review/content.ts";

/** How agents are to be merged. */
export interface MergeOptions {
  /** The branch to merge into; else the one the agent was started from, else the one of the main checkout. */
  readonly into?: string | undefined;
  /** One commit; a merge commit; nothing but moving the branch on; or each commit once more on top of the branch. */
  readonly mode: "squash" | "no-ff" | "ff-only" | "rebase";
  /** Of the commit that is made. */
  readonly message?: string | undefined;
  /** Commits unsaved work in the agent's worktree first, as the user's git would. Else it is refused. */
  readonly commit: boolean;
  /** Looks at the merged tree before anything moves; what it throws keeps all as it is. */
  readonly check?: (look: Look, tree: string) => Promise<void>;
}

/** The command that merges these branches in the same way, with `also` in front of what was said. */
export function mergeCommand(
  branches: readonly string[],
  { into, mode, message, commit }: MergeOptions,
  also: readonly string[] = [],
): string {
  const said = [
    ...also,
    ...(into === undefined ? [] : ["--into", into]),
    ...(mode === "squash" ? [] : [`--${mode}`]),
    ...(message === undefined ? [] : ["-m", message]),
    ...(commit ? ["--commit"] : []),
  ];
  return ["fleet", "merge", ...said, ...branches].map(shellWord).join(" ");
}
