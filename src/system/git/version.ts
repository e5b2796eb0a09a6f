import { FleetError } from "../../errors.ts";
import { type GitPlace, git } from "./command.ts";

/** The first version with `merge-tree --write-tree`. */
const least = [2, 38] as const;

/** Throws FleetError `missing-tool` when git is too old for what compares and merges branches without a checkout. */
export async function requireMergeTree(place: GitPlace): Promise<void> {
  const version = (await git(place, ["--version"])).match(/\d+\.\d+/)?.[0] ?? "0.0";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > least[0] || (major === least[0] && minor >= least[1])) return;
  throw new FleetError("missing-tool", `this needs git ${least.join(".")} or newer, and git here is ${version}`, {
    hint: "to see which git is used, run fleet doctor",
  });
}
