import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { pathLine } from "../../../system/path-line.ts";
import { type MergeOptions, mergeCommand } from "./options.ts";

interface Conflict {
  /** The branch that it should have gone into. */
  readonly target: string;
  readonly files: readonly string[];
  readonly at?: string;
}

/** Work that cannot go into a branch without somebody deciding what is meant. Nothing was changed. */
export class MergeConflict extends FleetError {
  readonly target: string;
  readonly files: readonly string[];

  /** `at` is the commit of the agent at which a rebase stops. */
  constructor({ branch }: AgentEntry, options: MergeOptions, { target, files, at }: Conflict) {
    const where = at === undefined ? "" : ` at ${at}`;
    super("failed", `${branch} conflicts with ${target}${where}; nothing was changed`, {
      code: "merge-conflict",
      output: files.map(pathLine).join("\n"),
      hint: `to let the agent resolve it, run ${mergeCommand([branch], options, ["--resolve"])}`,
    });
    this.target = target;
    this.files = files;
  }
}
