import { savedRef } from "../../state/refs.ts";
import { branchReflog, tipsWhenLeft, wasCalled } from "../../system/git/branch-reflogs.ts";
import type { GitPlace } from "../../system/git/command.ts";
import { unheldObjects } from "../../system/git/unheld.ts";
import type { Known, KnownThen } from "./known-before.ts";
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
  /** Tags that are at another object, and others whose former object nothing holds any more: notes, and branches that were made anew. */
  readonly changed_refs: readonly FormerRef[];
  /** What nothing else holds. */
  readonly deleted_refs: readonly FormerRef[];
  readonly dropped_stashes: readonly FormerStash[];
}

export const nothingFormer: FormerRefs = { changed_refs: [], deleted_refs: [], dropped_stashes: [] };

/** Where to look for what became of branches. */
export interface Traces {
  readonly commonDirectory: string;
  /** Git's directories of all worktrees, those of the ended agents included. */
  readonly admins: () => readonly string[];
  /** The branches that come and go with agents. */
  readonly ofAgents: () => ReadonlySet<string>;
}

const branches = "refs/heads/";
const objectName = /^[0-9a-f]{40,64}$/;

/**
 * What became of the refs and stashes that these agents found. A branch that has moved keeps in its reflog where it was, and users move theirs all
 * day; what is deleted has no reflog. Git is asked only where something is gone, for what else holds it. What is saved of killed agents holds
 * nothing: it goes when they are forgotten.
 */
export async function formerRefs(
  place: GitPlace,
  before: readonly KnownThen[],
  now: Pick<Known, "refs" | "other_refs" | "stashes">,
  traces: Traces,
): Promise<FormerRefs> {
  const gone = goneRefs(before, now);
  const lost = [
    ...lostBranches(gone.filter(isBranch), before, now, traces),
    ...gone.filter((former) => !isBranch(former)),
  ];
  const dropped = goneSince(
    before.map((known) => known.stashes),
    now.stashes,
  ).map(([object, message]) => ({ message, object }));
  if (lost.length + dropped.length === 0) return nothingFormer;
  const objects = [...lost, ...dropped].map(({ object }) => object);
  const unheld = await unheldObjects(place, objects, savedRef("*"));
  const isThere = ({ ref }: FormerRef) => (now.refs?.[ref] ?? now.other_refs?.[ref]) !== undefined;
  const unheldRefs = withoutRenamed(
    lost.filter(({ object }) => unheld.has(object)),
    now,
    traces,
  );
  const movedTags = lost.filter((former) => former.ref.startsWith("refs/tags/") && isThere(former));
  return {
    changed_refs: [...new Set([...movedTags, ...unheldRefs.filter(isThere)])],
    deleted_refs: unheldRefs.filter((former) => !isThere(former)),
    dropped_stashes: dropped.filter(({ object }) => unheld.has(object)),
  };
}

function isBranch({ ref }: FormerRef): boolean {
  return ref.startsWith(branches);
}

function nameOf({ ref }: FormerRef): string {
  return ref.slice(branches.length);
}

function goneRefs(before: readonly KnownThen[], now: Pick<Known, "refs" | "other_refs">): FormerRef[] {
  const gone = (["refs", "other_refs"] as const).flatMap((kind) =>
    goneSince(
      before.map((known) => known[kind]),
      now[kind],
    ),
  );
  return gone.flatMap(([ref, object]) => (objectName.test(object) ? [{ ref, object }] : []));
}

/** The branches that are gone, or were made anew and so lost their reflogs, at what they were when somebody was on them last. */
function lostBranches(
  gone: readonly FormerRef[],
  before: readonly KnownThen[],
  { refs }: Pick<Known, "refs">,
  { commonDirectory, admins, ofAgents }: Traces,
): FormerRef[] {
  const reflogOf = (former: FormerRef) =>
    refs?.[former.ref] === undefined ? "" : branchReflog(commonDirectory, nameOf(former));
  const found = gone.filter((former) => reflogOf(former)?.includes(former.object) === false);
  if (found.length === 0) return [];
  const tips = tipsWhenLeft(admins());
  const last = found.map((former) => {
    const seen = Math.max(...before.map(({ refs: known, seen_at = 0 }) => (known?.[former.ref] ? seen_at : 0)));
    const tip = tips.get(nameOf(former));
    const isLater = tip !== undefined && tip.seconds >= Math.floor(seen / 1000);
    return isLater && reflogOf(former)?.includes(tip.object) === false ? { ...former, object: tip.object } : former;
  });
  // Most that are deleted have nothing on them that another is not at: that is seen without a git, or a look at all killed agents.
  const held = new Set(Object.values(refs ?? {}));
  const open = last.filter(({ object }) => !held.has(object));
  if (open.length === 0) return [];
  const agents = ofAgents();
  return open.filter((former) => !agents.has(nameOf(former)));
}

function withoutRenamed(
  lost: readonly FormerRef[],
  { refs }: Pick<Known, "refs">,
  { commonDirectory }: Traces,
): FormerRef[] {
  if (!lost.some(isBranch)) return [...lost];
  const present = Object.keys(refs ?? {}).filter((ref) => ref.startsWith(branches));
  const reflogs = present.flatMap((ref) => branchReflog(commonDirectory, ref.slice(branches.length)) ?? []);
  return lost.filter(
    (former) => !isBranch(former) || !reflogs.some((reflog) => wasCalled(reflog, nameOf(former), former.object)),
  );
}
