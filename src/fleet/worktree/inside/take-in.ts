import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../../../errors.ts";
import { isIsolated } from "../../../model/sandbox.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { parsedJson } from "../../../state/json.ts";
import { type AgentFiles, agentFiles } from "../../../state/places.ts";
import { run } from "../../../system/exec.ts";
import {
  isRealDirectory,
  namesIn,
  readTextIfExists,
  readUntrusted,
  readUntrustedBytes,
  writePrivateFile,
} from "../../../system/files.ts";
import { type GitPlace, git, gitBytes, tryGit, withoutHooks } from "../../../system/git/command.ts";
import { adminDirectory } from "../../../system/git/worktrees.ts";
import { environmentInside } from "../../environment.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet.ts";
import { heldAs } from "../held.ts";
import { type PrivateGit, privateGit, privateRef } from "./private-git.ts";

/** How far the host has taken over what an agent committed inside. */
interface Taken {
  /** The branch of the agent as the host has it. */
  readonly branch: string | null;
  /** What was seen inside then. */
  readonly seen: string;
}

/**
 * Takes over what agents in sandboxes have committed and staged since the last look: their objects, checked as those of a fetch are, and
 * the branch of each, if it is where the host had left it. Nothing is done for an agent in which nothing has moved, and nothing is taken
 * that cannot be proven whole; that is named and the agent's own git keeps it.
 */
export async function takeIn(fleet: Fleet, entries: readonly AgentEntry[]): Promise<void> {
  for (const entry of entries.filter(({ sandbox }) => isIsolated(sandbox))) {
    const files = agentFiles(statePlaces(fleet), entry.id);
    if (adminDirectory(entry.worktree) === undefined || !isRealDirectory(files.privateGit)) continue;
    try {
      await takeInOne(fleet, entry, files);
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      const words = error.output?.trim().split("\n")[0];
      const why = words === undefined || words === "" ? error.message : `${error.message}: ${words}`;
      fleet.report({ kind: "warning", text: `${entry.branch}: what it committed could not be taken over: ${why}` });
    }
  }
}

/** Notes where the host has the branch of an agent whose git directory was made a moment ago, from the refs of the repository. */
export function beginTakingIn(entry: AgentEntry, files: AgentFiles, shared: ReadonlyMap<string, string>): void {
  const branch = shared.get(`refs/heads/${entry.branch}`) ?? null;
  noteTaken(files, { branch, seen: seenIn(privateGit(entry, files), entry) });
}

async function takeInOne(fleet: Fleet, entry: AgentEntry, files: AgentFiles): Promise<void> {
  const own = privateGit(entry, files);
  const before = readTaken(files);
  const seen = seenIn(own, entry);
  if (before?.seen === seen) return;
  const place = gitAt(fleet, own.common);
  // What is committed from here on is left to the next look: its objects may not be among those that are copied.
  const inside = privateRef(own, `refs/heads/${entry.branch}`);
  const other = otherBranch(own, entry);
  await takeObjects(place, own);
  const branch = await takeBranch(fleet, place, entry, { inside, before: before?.branch ?? null });
  if (other !== undefined) await takeOtherBranch(place, entry, other);
  noteTaken(files, { branch, seen });
}

/** What moves when an agent commits or stages: its branch, its HEAD and its index; and its branch outside. */
function seenIn(own: PrivateGit, { branch }: AgentEntry): string {
  const outside = readTextIfExists(join(own.common, "refs", "heads", branch))?.trim();
  const { mtimeMs, size, ino } = statSync(join(own.admin, "index"), { throwIfNoEntry: false }) ?? {};
  return [privateRef(own, `refs/heads/${branch}`), outside, headOf(own), mtimeMs, size, ino].join(" ");
}

/** What is checked out inside: `ref: NAME`, or a commit. */
function headOf({ admin }: PrivateGit): string {
  return readUntrusted(join(admin, "HEAD"), 2000)?.trim() ?? "";
}

/** So many objects are written one by one, as `git fetch` does by default (fetch.unpackLimit); more stay a pack. */
const unpackLimit = 100;

/** Copies every object that was made inside and is not outside. Git checks what each is, and that what it names is there. */
async function takeObjects(place: GitPlace, { directory, common }: PrivateGit): Promise<void> {
  const objects = join(directory, "objects");
  const known = [...looseObjects(objects), ...(await packedObjects(place, objects))];
  if (known.length === 0) return;
  const listed = await git(place, ["cat-file", "--batch-check=%(objectname)"], { input: lines(known) });
  const missing = listed.split("\n").flatMap((line) => (line.endsWith(" missing") ? [line.split(" ")[0] ?? ""] : []));
  if (missing.length === 0) return;
  // A commit graph that was written inside would say of commits what they are not.
  const plain = ["-c", "core.commitGraph=false", "-c", "core.multiPackIndex=false"];
  const inside: GitPlace = { ...place, objects: { directory: objects, repository: join(common, "objects") } };
  const pack = await gitBytes(inside, [...plain, "pack-objects", "--stdout", "-q"], { input: lines(missing) });
  const take =
    missing.length < unpackLimit ? ["unpack-objects", "-q", "--strict"] : ["index-pack", "--strict", "--stdin"];
  await git(place, take, { input: pack });
}

const longestIndex = 2 ** 30;

function lines(ids: readonly string[]): string {
  return ids.map((id) => `${id}\n`).join("");
}

function looseObjects(objects: string): string[] {
  return readdirSync(objects, { withFileTypes: true })
    .filter((folder) => folder.isDirectory() && /^[0-9a-f]{2}$/.test(folder.name))
    .flatMap(({ name }) => readdirSync(join(objects, name)).map((rest) => `${name}${rest}`))
    .filter((id) => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id));
}

/** What packs that were made inside hold, as their own indexes say: an id that is not there is not found later. */
async function packedObjects(place: GitPlace, objects: string): Promise<string[]> {
  const packs = join(objects, "pack");
  const indexes = namesIn(packs).filter((name) => name.endsWith(".idx"));
  const found: string[] = [];
  for (const name of indexes) {
    const index = readUntrustedBytes(join(packs, name), longestIndex);
    if (index === undefined) continue;
    const listed = await git(place, ["show-index"], { input: index });
    found.push(...listed.split("\n").flatMap((line) => line.match(/^\d+ ([0-9a-f]{40,64})\b/)?.[1] ?? []));
  }
  return found;
}

/** Where a branch is to go, and where it is. */
interface Step {
  readonly ref: string;
  readonly to: string;
  /** `null` for one that is not there. */
  readonly from: string | null;
}

/** Moves the branch of the agent from where the host had it to where it was inside. Returns where the host has it. */
async function takeBranch(
  fleet: Fleet,
  place: GitPlace,
  entry: AgentEntry,
  { inside, before }: { readonly inside: string | undefined; readonly before: string | null },
): Promise<string | null> {
  const ref = `refs/heads/${entry.branch}`;
  const outside = (await refOf(place, entry.branch)) ?? null;
  if (inside === undefined || inside === outside) return outside;
  if (outside !== before && outside !== null && inside === before) {
    await moveInside(fleet, entry, { ref, to: outside, from: inside });
    return outside;
  }
  if (outside !== before) {
    const text = `${entry.branch}: its branch was moved outside of its sandbox, so its own commits, at ${inside.slice(0, 7)}, were not taken over; to see them, run git log ${inside.slice(0, 12)}`;
    fleet.report({ kind: "warning", text });
    return before;
  }
  await requireWhole(place, inside);
  await moveRef(place, entry, { ref, to: inside, from: outside });
  return inside;
}

/**
 * What was committed outside, as by a merge with --commit, the agent goes on from. It is its own git that moves the branch there: nothing
 * is written from outside where it can put links.
 */
async function moveInside(
  fleet: Fleet,
  entry: AgentEntry,
  { ref, to, from }: Step & { readonly from: string },
): Promise<void> {
  const command = ["git", ...withoutHooks, "update-ref", "-m", "fleet: moved outside", ref, to, from];
  const { insideHome } = agentFiles(statePlaces(fleet), entry.id);
  const environment = environmentInside(fleet.environment, insideHome);
  const { exitCode, stderr } = await heldAs(fleet, entry, { argv: command, environment }, (held) =>
    run(held.argv, { environment: held.environment, directory: entry.worktree }),
  );
  if (exitCode === 0) return;
  throw new FleetError("failed", "its branch could not be moved to where it is outside", { output: stderr });
}

/** A branch as it is inside. */
interface InnerBranch {
  readonly ref: string;
  readonly commit: string;
}

/** The branch that is checked out inside, if it is not the agent's. */
function otherBranch(own: PrivateGit, entry: AgentEntry): InnerBranch | undefined {
  const ref = /^ref: (refs\/heads\/\S+)$/.exec(headOf(own))?.[1];
  if (ref === undefined || ref === `refs/heads/${entry.branch}`) return undefined;
  const commit = privateRef(own, ref);
  return commit === undefined ? undefined : { ref, commit };
}

/** One that was made inside and is checked out there: without it git would find no commit in the worktree. */
async function takeOtherBranch(place: GitPlace, entry: AgentEntry, { ref, commit }: InnerBranch): Promise<void> {
  if ((await refOf(place, ref.slice("refs/heads/".length))) !== undefined) return;
  await requireWhole(place, commit);
  await moveRef(place, entry, { ref, to: commit, from: null });
}

/** Throws FleetError `failed` when something that a commit names is not there. */
async function requireWhole(place: GitPlace, commit: string): Promise<void> {
  await git(place, ["rev-list", "--objects", "--quiet", commit, "--not", "--all"]);
}

/** By compare-and-swap, without hooks: nothing that an agent does may run anything outside. */
async function moveRef(place: GitPlace, { branch }: AgentEntry, { ref, to, from }: Step): Promise<void> {
  const reason = `fleet: taken over from the sandbox of ${branch}`;
  await git(place, [...withoutHooks, "update-ref", "-m", reason, ref, to, from ?? "0".repeat(to.length)]);
}

async function refOf(place: GitPlace, branch: string): Promise<string | undefined> {
  const result = await tryGit(place, ["rev-parse", "--verify", "--quiet", `refs/heads/${branch}`]);
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}

function readTaken({ taken }: AgentFiles): Taken | undefined {
  const value = parsedJson(readTextIfExists(taken) ?? "") as Partial<Taken> | null | undefined;
  if (typeof value?.seen !== "string") return undefined;
  return { seen: value.seen, branch: typeof value.branch === "string" ? value.branch : null };
}

function noteTaken({ taken }: AgentFiles, value: Taken): void {
  writePrivateFile(taken, `${JSON.stringify(value)}\n`);
}
