import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { shellWord } from "../../../system/shell.ts";

/** Work that cannot go into a branch without somebody deciding what is meant. Nothing was changed. */
export class MergeConflict extends FleetError {
  readonly target: string;
  readonly files: readonly string[];

  /** `at` is the commit of the agent at which a rebase stops. */
  constructor({ branch }: AgentEntry, target: string, files: readonly string[], at?: string) {
    const where = at === undefined ? "" : ` at ${at}`;
    super("failed", `${branch} conflicts with ${target}${where}; nothing was changed`, {
      code: "merge-conflict",
      output: files.join("\n"),
      hint: `to let the agent resolve it, run fleet merge --resolve ${shellWord(branch)}`,
    });
    this.target = target;
    this.files = files;
  }
}
