import { statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { asRefusal, FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { readMark, writeMark } from "../../state/marks.ts";
import { exists, isFile, isRealDirectory, namesIn, readTextIfExists, realPath } from "../../system/files.ts";
import { replacedLink } from "../../system/git/replaced-link.ts";
import type { Repository } from "../../system/git/repository.ts";
import { adminDirectory, isRegistered, lockReason, registeredPath } from "../../system/git/worktrees.ts";
import { shellWord } from "../../system/shell.ts";
import { type Fleet, statePlaces } from "../fleet.ts";

/** Marks a worktree as this agent's, where git keeps what it knows of it. */
export function markWorktree(fleet: Pick<Fleet, "settings">, entry: AgentEntry): void {
  const admin = adminDirectory(entry.worktree);
  if (admin === undefined) throw new FleetError("failed", `git did not register the worktree ${entry.worktree}`);
  writeMark(admin, entry, statePlaces(fleet));
}

/** Why a worktree must not be removed, and what to type about that. */
export interface Obstacle {
  readonly why: string;
  readonly hint: string;
}

/**
 * What forbids to remove the worktree of an agent; `undefined` when it is proven to be the agent's: directory and registration name each
 * other, the registration carries its id, and nobody locked it.
 */
export function removalObstacle(entry: AgentEntry): Obstacle | undefined {
  if (!exists(entry.worktree)) return undefined;
  const doubt = ownershipDoubt(entry);
  if (doubt !== undefined) return { why: doubt, hint: lookAt(entry) };
  const admin = adminDirectory(entry.worktree);
  const reason = admin === undefined ? undefined : lockReason(admin);
  if (reason === undefined) return undefined;
  const why = `worktree is locked: ${JSON.stringify(reason)}`;
  return { why, hint: `git worktree unlock ${shellWord(entry.worktree)}` };
}

/** Why what is at the place of an agent's worktree cannot be said to be that worktree; `undefined` when it can. */
export function ownershipDoubt(entry: AgentEntry): string | undefined {
  if (!isRealDirectory(entry.worktree)) return `${entry.worktree} is not a directory any more`;
  const replaced = replacedLink(entry.worktree, entry.repo);
  if (replaced !== undefined) return replaced.why;
  const admin = adminDirectory(entry.worktree);
  if (admin === undefined) return `${entry.worktree} is not a worktree of git any more`;
  if (!isRealDirectory(entry.repo)) return `its repository is gone: ${entry.repo}`;
  if (!exists(admin)) return `the repository at ${entry.repo} does not know ${entry.worktree}`;
  if (!isRegistered(entry.worktree, admin)) return `git has ${entry.worktree} registered at another place`;
  if (recordedId(admin) !== entry.id) return `${entry.worktree} does not belong to this agent`;
  return undefined;
}

/**
 * What is to be said when the worktree that git has at the place of an agent's is another's: somebody may have moved the agent's away and
 * made one there. `undefined` when it is the agent's, and when there is none.
 */
export function anotherAtItsPlace({ id, worktree }: AgentEntry): string | undefined {
  const admin = adminDirectory(worktree);
  if (admin === undefined || !exists(admin) || recordedId(admin) === id) return undefined;
  return `${worktree} does not belong to this agent`;
}

/** Throws FleetError `failed` when the worktree that git has at the place of an agent's is another's. */
export function requireAtItsPlace(entry: AgentEntry): void {
  const another = anotherAtItsPlace(entry);
  if (another === undefined) return;
  throw new FleetError("failed", another, { hint: "to see where its own is, run fleet list --repair" });
}

/** The command that shows what is in the way of doing something with the worktree of an agent, or takes it away where that harms nothing. */
export function lookAt(entry: AgentEntry): string {
  try {
    return mendOf(entry);
  } catch (error) {
    // What only another user may read is looked at by asking git.
    if (asRefusal(error) === undefined) throw error;
    return `git -C ${shellWord(entry.worktree)} status`;
  }
}

function mendOf(entry: AgentEntry): string {
  const replaced = replacedLink(entry.worktree, entry.repo);
  if (replaced !== undefined && isRealDirectory(entry.repo)) return replaced.mend;
  const repository = shellWord(entry.repo);
  if (!isRealDirectory(entry.worktree) || adminDirectory(entry.worktree) === undefined) {
    const isKnown = registrationOf({ commonDirectory: join(entry.repo, ".git") }, entry.id) !== undefined;
    // A directory without such a file is another one that has taken the place, and git would connect that.
    const isHere = isKnown && isRealDirectory(entry.worktree) && isFile(join(entry.worktree, ".git"));
    return isHere ? `git -C ${repository} worktree repair` : `ls -ld ${shellWord(entry.worktree)}`;
  }
  const damaged = mendOfDamaged(entry);
  if (damaged !== undefined) return damaged;
  if (isLeftBehind(entry)) return `git -C ${repository} worktree repair ${shellWord(entry.worktree)}`;
  const isElsewhere = !exists(adminDirectory(entry.worktree) ?? "") || anotherAtItsPlace(entry) !== undefined;
  if (isRealDirectory(entry.repo) && isElsewhere) return "fleet list --repair";
  return isRealDirectory(entry.repo) ? `git -C ${shellWord(entry.worktree)} status` : `ls -ld ${repository}`;
}

/** Files without which git takes its directory of a worktree for none, and which it cannot mend; a machine that lost its power leaves them empty. */
function mendOfDamaged({ id, branch, worktree }: AgentEntry): string | undefined {
  const admin = adminDirectory(worktree);
  if (admin === undefined || recordedId(admin) !== id) return undefined;
  const contents = { commondir: "../..", HEAD: `ref: refs/heads/${branch}` };
  const lost = Object.entries(contents).find(([name]) => (readTextIfExists(join(admin, name)) ?? "").trim() === "");
  if (lost === undefined) return undefined;
  const [name, content] = lost;
  return `printf '%s\\n' ${shellWord(content)} > ${shellWord(join(admin, name))}`;
}

/**
 * Whether the worktree is the agent's, and git has it at a path that is gone, or at none: what the path of the home leads through was moved,
 * or git's file was lost.
 */
function isLeftBehind({ id, worktree }: AgentEntry): boolean {
  const admin = adminDirectory(worktree);
  const registered = admin === undefined ? undefined : registeredPath(admin);
  return admin !== undefined && recordedId(admin) === id && (registered === undefined || !exists(registered));
}

/**
 * Why a worktree at a path that we had reserved, with git's directory of it, must not be removed when its making is undone. Git may have
 * been stopped before it wrote its own `.git` file, and we before we marked it; a mark of another agent says that the path has a new
 * owner, and what git knew before the agent was planned is somebody's whose directory is gone, or whose path we took for free.
 */
export function undoObstacle(entry: AgentEntry, admin: string): string | undefined {
  if (exists(entry.worktree) && !isRealDirectory(entry.worktree)) return `${entry.worktree} is not a directory`;
  const owner = recordedId(admin);
  if (owner === entry.id) return undefined;
  if (owner !== undefined) return `${entry.worktree} belongs to another agent`;
  // Git writes this file once, and touches the others now and then.
  const made = statSync(join(admin, "commondir"), { throwIfNoEntry: false })?.mtime;
  const isOlder = made !== undefined && made < new Date(entry.created_at);
  return isOlder ? `git had ${entry.worktree} registered before` : undefined;
}

/** Git's directory of the worktree that bears the mark of an agent, wherever that is now; `undefined` when git has none. */
export function registrationOf(
  { commonDirectory }: Pick<Repository, "commonDirectory">,
  id: string,
): string | undefined {
  const registrations = join(commonDirectory, "worktrees");
  return namesIn(registrations)
    .map((name) => join(registrations, name))
    .find((candidate) => recordedId(candidate) === id);
}

/** Where the worktree of an agent is now, if somebody moved it with `git worktree move`. */
export function movedTo(repository: Repository, entry: AgentEntry): string | undefined {
  if (exists(entry.worktree)) return undefined;
  const admin = registrationOf(repository, entry.id);
  const path = admin === undefined ? undefined : registeredPath(admin);
  return path !== undefined && isRealDirectory(path) ? path : undefined;
}

/** Git's directory of the worktree that it has registered at this path, also when that is gone or git was stopped while making it. */
export function registrationAt({ commonDirectory }: Repository, worktree: string): string | undefined {
  const registrations = join(commonDirectory, "worktrees");
  const parent = realPath(dirname(worktree)) ?? dirname(worktree);
  const wanted = [worktree, join(parent, basename(worktree))];
  return namesIn(registrations)
    .map((name) => join(registrations, name))
    .find((admin) => wanted.includes(registeredPath(admin) ?? ""));
}

function recordedId(admin: string): string | undefined {
  return readMark(admin)?.id;
}
