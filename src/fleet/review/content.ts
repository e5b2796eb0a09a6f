import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { FleetError, inOneLine, refusalOf } from "../../errors.ts";
import { type AwayAgent, type AwayWork, readAway } from "../../state/away.ts";
import { readEnding } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { resolveCommit } from "../../system/git/branches.ts";
import type { GitPlace } from "../../system/git/command.ts";
import { checkedOut, contentCommit, treesOf, workingTree } from "../../system/git/content.ts";
import { requireOwnWorkTree } from "../../system/git/own-work-tree.ts";
import { type RefusedPath, refusal } from "../../system/git/refused-paths.ts";
import { replacedLink } from "../../system/git/replaced-link.ts";
import { type Repository, requireRepository } from "../../system/git/repository.ts";
import { adminDirectory } from "../../system/git/worktrees.ts";
import { atMost } from "../../system/limit.ts";
import { shellWord } from "../../system/shell.ts";
import { type Fleet, gitAt, statePlaces } from "../fleet.ts";
import { withScratch } from "../scratch.ts";
import { anotherAtItsPlace } from "../worktree/ownership.ts";

/** All that an agent has made, as it is at one moment. */
export interface Content {
  readonly entry: AgentEntry;
  /** The commit that is checked out. */
  readonly head: string;
  /** The tree of its working tree, untracked files included. */
  readonly tree: string;
  /** A commit with that tree: `head`, or one that is there for this look alone. */
  readonly commit: string;
  /** How many files are in no commit. */
  readonly unsaved: number;
  /** The agent was killed, and this is what was saved of it. */
  readonly killed: boolean;
  /** The machine that the agent is on, if it is not this one: this is what was fetched of it last. */
  readonly host?: string;
  /** What that machine has said of it then. */
  readonly told?: Pick<AwayWork, "last_words" | "cost">;
}

/** The work of an agent as a commit only, for which git need not be asked once more. */
export type Work = Omit<Content, "tree">;

/** Why the work of an agent could not be looked at. */
export interface Unseen {
  readonly entry: AgentEntry;
  readonly why: string;
  /** What to type, where that is known. */
  readonly hint?: string;
}

/** A repository that can be asked what would be, without anything being left in it. */
export interface Look {
  readonly fleet: Fleet;
  readonly repository: Repository;
  /** Runs where the rules of the repository (`.gitattributes`) are those of its main checkout. Its new objects are gone with the look. */
  readonly place: GitPlace;
  /** A directory for this look. */
  readonly scratch: string;
  /** The trees of commits that were asked for. */
  readonly trees: Map<string, string>;
  /** Is told what git cannot read of an agent's, and the rest is looked at; without it that agent cannot be. */
  readonly leavesOut?: ((entry: AgentEntry, refused: readonly RefusedPath[]) => void) | undefined;
}

/** Hands on a look at a repository; whatever it made is removed afterwards. */
export async function looking<Value>(
  fleet: Fleet,
  root: string,
  body: (look: Look) => Promise<Value>,
  leavesOut?: Look["leavesOut"],
): Promise<Value> {
  const repository = await requireRepository(gitAt(fleet, root));
  return withScratch(fleet, async (scratch) => {
    const objects = join(scratch, "objects");
    mkdirSync(objects, { mode: 0o700 });
    const place = {
      ...gitAt(fleet, root),
      cancelled: fleet.cancelled,
      objects: { directory: objects, repository: join(repository.commonDirectory, "objects") },
    };
    return body({ fleet, repository, place, scratch, trees: new Map(), leavesOut });
  });
}

/** What agents of the repository have made, in their order, unsaved work included; and of which that cannot be told. */
export async function contentsOf(
  look: Look,
  entries: readonly AgentEntry[],
): Promise<{ readonly contents: readonly Content[]; readonly unseen: readonly Unseen[] }> {
  const { works, unseen } = await worksOf(look, entries);
  const trees = await treesIn(
    look,
    works.map(({ commit }) => commit),
  );
  return { contents: works.map((work, index) => ({ ...work, tree: trees[index] ?? "" })), unseen };
}

/** What agents have, as `contentsOf` tells it, but as commits only. */
export async function worksOf(
  look: Look,
  entries: readonly AgentEntry[],
): Promise<{ readonly works: readonly Work[]; readonly unseen: readonly Unseen[] }> {
  const limit = atMost(availableParallelism());
  const alone = entries.length === 1;
  const seen = await Promise.all(entries.map((entry) => limit(() => see(look, entry, { alone }))));
  return { works: seen.filter((one) => "commit" in one), unseen: seen.filter((one) => "why" in one) };
}

/** What one agent has made. Throws FleetError `failed` when that cannot be told. */
export async function contentOf(look: Look, entry: AgentEntry): Promise<Content> {
  const work = await workOf(look, entry);
  const [tree = ""] = await treesIn(look, [work.commit]);
  return { ...work, tree };
}

/** What an agent has, as `contentOf` tells it, but as a commit only. Throws FleetError `failed` when that cannot be told. */
export async function workOf(look: Look, entry: AgentEntry): Promise<Work> {
  const seen = await see(look, entry, { alone: true });
  if ("commit" in seen) return seen;
  const isAway = readAway(statePlaces(look.fleet), entry.id) !== undefined;
  throw new FleetError("failed", `${entry.branch}: ${seen.why}`, {
    hint: isAway
      ? `to fetch it, run fleet fetch ${shellWord(entry.branch)}`
      : "to see what there is of it, run fleet list --repair",
  });
}

/** The trees of commits, in their order; of those that were asked for before without a question to git. */
export async function treesIn({ place, trees }: Look, commits: readonly string[]): Promise<string[]> {
  const missing = [...new Set(commits.filter((commit) => !trees.has(commit)))];
  const found = await treesOf(place, missing);
  for (const [index, commit] of missing.entries()) trees.set(commit, found[index] ?? "");
  return commits.map((commit) => trees.get(commit) ?? "");
}

/** What was fetched of an agent on another machine; its worktree is nowhere here. */
async function seeAway(look: Look, entry: AgentEntry, { host, work }: AwayAgent): Promise<Work | Unseen> {
  if (work === undefined) return { entry, why: `it is on ${host}, and nothing of it was fetched yet` };
  if ((await resolveCommit(look.place, work.commit)) === undefined) {
    return { entry, why: `it is on ${host}, and what was fetched of it is not in the repository any more` };
  }
  const { head, commit, unsaved } = work;
  return { entry, head, commit, unsaved, killed: false, host, told: work };
}

/** `alone`: nobody else is looked at in the same moment. */
async function see(look: Look, entry: AgentEntry, { alone }: { readonly alone: boolean }): Promise<Work | Unseen> {
  look.fleet.cancelled.throwIfAborted();
  const ending = readEnding(statePlaces(look.fleet), entry.id);
  if (ending !== undefined) {
    const commit = ending.saved ?? ending.head;
    if ((await resolveCommit(look.place, commit)) === undefined) {
      return { entry, why: "it was killed, and what was saved of it is not in the repository" };
    }
    return { entry, head: ending.head, commit, unsaved: ending.unsaved, killed: true };
  }
  const away = readAway(statePlaces(look.fleet), entry.id);
  if (away !== undefined) return seeAway(look, entry, away);
  const admin = adminDirectory(entry.worktree);
  if (admin === undefined) {
    const replaced = replacedLink(entry.worktree, entry.repo);
    return { entry, why: replaced?.why ?? `its worktree is gone: ${entry.worktree}` };
  }
  const another = anotherAtItsPlace(entry);
  if (another !== undefined) return { entry, why: another };
  try {
    const place = { ...look.place, directory: entry.worktree };
    await requireOwnWorkTree(place);
    const { head, unsaved } = await checkedOut(place, { alone });
    if (head === undefined) return { entry, why: "nothing is committed in its worktree" };
    if (unsaved === 0) return { entry, head, commit: head, unsaved, killed: false };
    const { tree, refused } = await workingTree(place, admin, join(look.scratch, `index-${entry.id}`));
    const missing = refused.find(({ isEmptyRepository }) => !isEmptyRepository);
    if (missing !== undefined && look.leavesOut === undefined) throw refusal(missing);
    look.leavesOut?.(entry, refused);
    return { entry, head, commit: await contentCommit(place, tree, [head]), unsaved, killed: false };
  } catch (error) {
    look.fleet.cancelled.throwIfAborted();
    return { entry, why: inOneLine(refusalOf(error)) };
  }
}
