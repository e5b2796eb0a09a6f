import type { GitPlace } from "../../system/git/command.ts";
import { unheldObjects } from "../../system/git/unheld.ts";
import type { Known } from "./known-before.ts";
import { goneSince } from "./left-changes.ts";

/** A ref by its full name, and the object that it was at. */
export interface FormerRef {
  readonly ref: string;
  readonly object: string;
}

/** A stash that is in the user's list no more: its message and its commit. */
export interface FormerStash {
  readonly message: string;
  readonly object: string;
}

/** What was in a repository when agents started in it, and is not any more. */
export interface FormerRefs {
  /** Tags that are at another object, and other refs (notes) whose former object nothing holds any more. */
  readonly changed_refs: readonly FormerRef[];
  /** What nothing else holds. */
  readonly deleted_refs: readonly FormerRef[];
  readonly dropped_stashes: readonly FormerStash[];
}

export const nothingFormer: FormerRefs = { changed_refs: [], deleted_refs: [], dropped_stashes: [] };

const branches = "refs/heads/";
const objectName = /^[0-9a-f]{40,64}$/;

/**
 * What became of the refs and stashes that these agents found. A branch that has moved keeps in its reflog where it was, and users move theirs all
 * day; what is deleted has no reflog. Git is asked only where something is gone, for what else holds it.
 */
export async function formerRefs(
  place: GitPlace,
  before: readonly Partial<Known>[],
  now: Pick<Known, "refs" | "other_refs" | "stashes">,
  agentBranches: () => ReadonlySet<string>,
): Promise<FormerRefs> {
  const [deleted, moved] = goneRefs(before, now);
  const ofAgents = deleted.length === 0 ? new Set<string>() : agentBranches();
  const ofOthers = deleted.filter(({ ref }) => !ref.startsWith(branches) || !ofAgents.has(ref.slice(branches.length)));
  const changed = moved.filter(({ ref }) => !ref.startsWith(branches));
  const dropped = goneSince(
    before.map((known) => known.stashes),
    now.stashes,
  ).map(([object, message]) => ({ message, object }));
  const all = [...ofOthers, ...changed, ...dropped];
  if (all.length === 0) return nothingFormer;
  const unheld = await unheldObjects(
    place,
    all.map(({ object }) => object),
  );
  return {
    changed_refs: changed.filter(({ ref, object }) => ref.startsWith("refs/tags/") || unheld.has(object)),
    deleted_refs: ofOthers.filter(({ object }) => unheld.has(object)),
    dropped_stashes: dropped.filter(({ object }) => unheld.has(object)),
  };
}

function goneRefs(
  before: readonly Partial<Known>[],
  now: Pick<Known, "refs" | "other_refs">,
): [FormerRef[], FormerRef[]] {
  const gone = (["refs", "other_refs"] as const).flatMap((kind) =>
    goneSince(
      before.map((known) => known[kind]),
      now[kind],
    ),
  );
  const former = gone.flatMap(([ref, object]) => (objectName.test(object) ? [{ ref, object }] : []));
  const isThere = ({ ref }: FormerRef) => (now.refs?.[ref] ?? now.other_refs?.[ref]) !== undefined;
  return [former.filter((each) => !isThere(each)), former.filter(isThere)];
}
