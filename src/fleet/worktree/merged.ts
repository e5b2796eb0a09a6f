import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { readMerged } from "../../state/merged.ts";
import { readPullRecord } from "../../state/pull-request.ts";
import { type GitPlace, tryGit } from "../../system/git/command.ts";
import { treesOf } from "../../system/git/content.ts";
import { isAncestor } from "../../system/git/merge-bases.ts";
import { mergeTrees } from "../../system/git/merge-tree.ts";
import { type Repository, requireRepository } from "../../system/git/repository.ts";
import { type Fleet, gitAt, statePlaces } from "../fleet.ts";
import { withScratch } from "../scratch.ts";

/** What an agent has committed, up to a commit. */
export interface Work {
  readonly entry: AgentEntry;
  readonly tip: string;
}

/** A branch that takes work in, here or on a remote as the last fetch left it. */
interface Landing {
  readonly ref: string;
  /** What it is called here. */
  readonly name: string;
  readonly commit: string;
  readonly tree: string;
}

/**
 * Where the work of agents of one repository went, by the id of the agent: `main`, or `#12`. That is the branch that the main checkout is
 * on, or the one that an agent was started from, here or on a remote, with the commits in it or with all that they change; or where fleet
 * itself has merged it. One that has anything which was not merged is left out. A HEAD that is on no branch counts for nothing: the next
 * switch leaves it.
 */
export async function mergedWork(
  fleet: Fleet,
  repository: Repository,
  works: readonly Work[],
): Promise<Map<string, string>> {
  const place = gitAt(fleet, repository.commonDirectory);
  const found = new Map<string, string>();
  for (const work of works) {
    const where = await whereRecorded(fleet, place, work);
    if (where !== undefined) found.set(work.entry.id, where);
  }
  const left = () => works.filter(({ entry }) => !found.has(entry.id));
  if (left().length === 0) return found;
  const landings = await landingsOf(place, repository, left());
  for (const landing of landings) {
    const candidates = left().filter(({ entry }) => landingNames(repository, entry).includes(landing.name));
    for (const { entry } of await contained(place, landing, candidates)) found.set(entry.id, landing.name);
  }
  if (landings.length === 0 || left().length === 0 || !(await mergesPlainly(place))) return found;
  const candidates = landings.flatMap((landing) =>
    left().flatMap((work) => (landingNames(repository, work.entry).includes(landing.name) ? [{ landing, work }] : [])),
  );
  for (const { landing, work } of await withoutEffect(fleet, repository, candidates)) {
    if (!found.has(work.entry.id)) found.set(work.entry.id, landing.name);
  }
  return found;
}

/** Whether all of an agent's work, up to `tip`, was merged, as {@link mergedWork} says it. */
export async function isMergedWork(fleet: Fleet, entry: AgentEntry, tip: string): Promise<boolean> {
  const repository = await requireRepository(gitAt(fleet, entry.repo));
  return (await mergedWork(fleet, repository, [{ entry, tip }])).size > 0;
}

/** Where fleet itself put it: as one commit it is there without being an ancestor, and only who merged it knows. */
async function whereRecorded(
  fleet: Pick<Fleet, "settings">,
  place: GitPlace,
  { entry: { id }, tip }: Work,
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

/** The branches whose taking the work in counts: never its own. */
function landingNames({ head }: Repository, { branch, base_branch: from }: AgentEntry): string[] {
  const current = head === undefined || head.branch === "HEAD" ? [] : [head.branch];
  return [...new Set([...current, ...(from === undefined ? [] : [from])])].filter((name) => name !== branch);
}

/** Those branches, the local ones first; none when git cannot say. What an agent was started from may have been named with its remote. */
async function landingsOf(place: GitPlace, repository: Repository, works: readonly Work[]): Promise<Landing[]> {
  const names = new Set(works.flatMap(({ entry }) => landingNames(repository, entry)));
  if (names.size === 0) return [];
  const patterns = [...names].flatMap((name) => [
    `refs/heads/${name}`,
    `refs/remotes/${name}`,
    `refs/remotes/**/${name}`,
  ]);
  const format = "--format=%(objectname) %(tree) %(refname)";
  const listed = await tryGit(place, ["for-each-ref", "--sort=refname", format, "--", ...patterns]);
  if (listed.exitCode !== 0) return [];
  return listed.stdout
    .split("\n")
    .filter(Boolean)
    .flatMap((row): Landing[] => {
      const [commit = "", tree = "", ref = ""] = row.split(" ");
      const short = ref.replace(/^refs\/(?:heads|remotes)\//, "");
      const name = names.has(short) ? short : [...names].find((each) => short.endsWith(`/${each}`));
      // A pattern also finds what is below it.
      return name === undefined || (name !== short && ref.startsWith("refs/heads/"))
        ? []
        : [{ ref, name, commit, tree }];
    });
}

/** The works that are in a branch by descent: one walk of git for all. None when it cannot be walked. */
async function contained(place: GitPlace, landing: Landing, works: readonly Work[]): Promise<Work[]> {
  if (works.length === 0) return [];
  const input = `^${landing.commit}\n${works.map(({ tip }) => `${tip}\n`).join("")}`;
  const walk = await tryGit(place, ["--no-replace-objects", "rev-list", "--stdin"], { input });
  if (walk.exitCode !== 0) return [];
  const missing = new Set(walk.stdout.split("\n"));
  return works.filter(({ tip }) => !missing.has(tip));
}

/** A driver of the user's may answer anything, and objects that have to be fetched take as long as the network does. */
async function mergesPlainly(place: GitPlace): Promise<boolean> {
  const keys = "^(merge\\..*\\.driver|remote\\..*\\.promisor|extensions\\.partialclone)$";
  return (await tryGit(place, ["config", "--get-regexp", keys])).exitCode === 1;
}

interface Candidate {
  readonly landing: Landing;
  readonly work: Work;
}

/** Those that change something, though not that branch: it has all of it already, as one commit or as copies of theirs. */
async function withoutEffect(
  fleet: Fleet,
  repository: Repository,
  candidates: readonly Candidate[],
): Promise<Candidate[]> {
  return withScratch(fleet, async (scratch) => {
    const objects = { directory: join(scratch, "objects"), repository: join(repository.commonDirectory, "objects") };
    mkdirSync(objects.directory, { mode: 0o700 });
    const place = { ...gitAt(fleet, repository.commonDirectory), objects };
    try {
      const merges = await mergeTrees(
        place,
        candidates.map(({ landing, work }) => [landing.commit, work.tip]),
      );
      const unchanged = candidates.filter(
        ({ landing }, index) => merges[index]?.clean === true && merges[index].tree === landing.tree,
      );
      if (unchanged.length === 0) return [];
      const trees = await treesOf(
        place,
        unchanged.flatMap(({ work: { entry, tip } }) => [entry.base, tip]),
      );
      return unchanged.filter((_, index) => trees[2 * index] !== trees[2 * index + 1]);
    } catch (error) {
      // An older git cannot merge without a checkout.
      if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
      return [];
    }
  });
}
