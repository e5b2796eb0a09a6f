import type { AgentEntry } from "../../state/entry.ts";
import { readMerged } from "../../state/merged.ts";
import { readPullRecord } from "../../state/pull-request.ts";
import type { GitPlace } from "../../system/git/command.ts";
import { isAncestor } from "../../system/git/merge-bases.ts";
import { discoverRepository } from "../../system/git/repository.ts";
import { type Fleet, statePlaces } from "../fleet.ts";

/**
 * Where the work of an agent went that is not in its target by descent: `main`, or `#12`. As one commit it is there without being an
 * ancestor, and only who merged it knows. `undefined` when `tip` has anything that was not merged.
 */
export async function whereMerged(
  fleet: Pick<Fleet, "settings">,
  place: GitPlace,
  { id }: AgentEntry,
  tip: string,
): Promise<string | undefined> {
  const places = statePlaces(fleet);
  const merged = readMerged(places, id);
  if (merged?.head === tip && (await isAncestor(place, merged.new, `refs/heads/${merged.target}`)))
    return merged.target;
  const pull = readPullRecord(places, id);
  if (pull?.state !== "merged" || pull.head === "") return undefined;
  const isIn = await isAncestor(place, tip, pull.head);
  return isIn ? `${pull.forge === "gitlab" ? "!" : "#"}${pull.number}` : undefined;
}

/**
 * Whether all of an agent's work, up to `tip`, is in the branch that the main checkout is on, or was merged in another way. A HEAD that is
 * on no branch counts for nothing: the next switch leaves it.
 */
export async function isMergedWork(
  fleet: Pick<Fleet, "settings">,
  place: GitPlace,
  entry: AgentEntry,
  tip: string,
): Promise<boolean> {
  const current = (await discoverRepository(place))?.head?.branch ?? "HEAD";
  const isKept = current !== "HEAD" && current !== entry.branch;
  if (isKept && (await isAncestor(place, tip, `refs/heads/${current}`))) return true;
  return (await whereMerged(fleet, place, entry, tip)) !== undefined;
}
