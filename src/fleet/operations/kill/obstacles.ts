import { asRefusal, inOneLine } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { readJournal } from "../../../state/journal.ts";
import { readRegistry } from "../../../state/registry.ts";
import { exists, isInside, realPath } from "../../../system/files.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { mountsBelow } from "../../../system/mounts.ts";
import { shellWord } from "../../../system/shell.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import type { Observation } from "../../watch/observe.ts";
import { endFirst, liesInIt, repositoryLiesInIt } from "../../worktree/agents-inside.ts";
import { foreignDirectory } from "../../worktree/foreign-directories.ts";
import { lookAt, movedTo, type Obstacle, registrationOf, removalObstacle } from "../../worktree/ownership.ts";
import { begunRemoval } from "../../worktree/trash.ts";
import type { Kept } from "./result.ts";

/** The agents that must be kept, and why. One whose removal has begun can only go on. */
export function obstacles(fleet: Fleet, repository: Repository | undefined, entries: readonly AgentEntry[]): Kept[] {
  const registered = readRegistry(statePlaces(fleet));
  return entries
    .filter((entry) => begunRemoval(fleet, entry) === undefined)
    .flatMap((entry) => obstacle(repository, registered, entry));
}

/** What cannot be read of an agent keeps that one, and none of its neighbours. */
function obstacle(repository: Repository | undefined, registered: readonly AgentEntry[], entry: AgentEntry): Kept[] {
  try {
    const found =
      absence(repository, entry) ??
      removalObstacle(entry) ??
      mountInside(entry) ??
      foreignOwner(entry) ??
      agentInside(registered, entry);
    return found === undefined ? [] : [{ ended: false, entry, ...found }];
  } catch (error) {
    if (asRefusal(error) === undefined) throw error;
    return [keptBecause(entry, error)];
  }
}

/** The worktree or the repository of another agent would go with it, under that agent's feet. */
function agentInside(registered: readonly AgentEntry[], entry: AgentEntry): Obstacle | undefined {
  const others = registered.filter(({ id }) => id !== entry.id);
  const inner = others.find(({ worktree }) => worktree.startsWith(`${entry.worktree}/`));
  if (inner !== undefined) return { why: liesInIt(inner), hint: endFirst(inner) };
  const real = realPath(entry.worktree);
  const within = real === undefined ? undefined : others.find(({ repo }) => isInside(real, repo));
  return within === undefined ? undefined : { why: repositoryLiesInIt(within), hint: endFirst(within) };
}

/** Absent is not empty: while git has the worktree registered, it may be anywhere. */
function absence(repository: Repository | undefined, entry: AgentEntry): Obstacle | undefined {
  if (repository === undefined || exists(entry.worktree)) return undefined;
  const path = movedTo(repository, entry);
  if (path !== undefined) return { why: `its worktree was moved to ${path}`, hint: "fleet list --repair" };
  if (registrationOf(repository, entry.id) === undefined) return undefined;
  const at = `-C ${shellWord(entry.repo)} worktree`;
  return {
    why: `its worktree is not at ${entry.worktree}, and may be elsewhere`,
    hint: `if it was moved, git ${at} repair NEW-PATH; if it is gone for good, git ${at} prune`,
  };
}

function mountInside({ worktree }: AgentEntry): Obstacle | undefined {
  const [mounted] = mountsBelow(worktree);
  if (mounted === undefined) return undefined;
  return { why: `something is mounted in its worktree: ${mounted}`, hint: `umount ${shellWord(mounted)}` };
}

function foreignOwner({ worktree }: AgentEntry): Obstacle | undefined {
  const directory = foreignDirectory(worktree);
  if (directory === undefined) return undefined;
  const hint = `sudo chown -R ${process.getuid?.()} ${shellWord(directory)}`;
  return { why: `a directory in its worktree belongs to another user: ${directory}`, hint };
}

/**
 * While this kill was waiting, another may have ended the agent, and a restore have brought it back at another place, or be at it: what that
 * writes last would hide where the worktree went.
 */
export function broughtBack(fleet: Fleet, agents: readonly Observation[]): Kept[] {
  const places = statePlaces(fleet);
  const returning = new Set(
    readJournal(places).flatMap(({ kind, agents }) => (kind === "restore" ? agents.map(({ id }) => id) : [])),
  );
  const registered = new Map(readRegistry(places).map((entry) => [entry.id, entry]));
  return agents.flatMap(({ entry }) => {
    if (returning.has(entry.id)) return [keptWith(entry, "another fleet command is bringing it back")];
    const current = registered.get(entry.id);
    if (current === undefined || current.worktree === entry.worktree) return [];
    return [keptWith(entry, "it was ended and brought back in the meantime")];
  });
}

function keptWith(entry: AgentEntry, why: string): Kept {
  return { ended: false, entry, why, hint: "fleet list" };
}

/** Whether it has a session, and what runs there, is not known while its tmux server does not tell. */
export function keptUntold({ entry, untold }: Observation): Kept[] {
  return untold === undefined ? [] : [{ ended: false, entry, why: untold.message, hint: untold.hint }];
}

/** To end the agent that a command runs inside of would end the command first. */
export function keptFromInside(entry: AgentEntry): Kept {
  const hint = "to end it, run fleet kill in another terminal";
  return { ended: false, entry, why: "this command runs inside of it", hint };
}

/** Why an error, of whatever kind, keeps an agent. */
export function keptBecause(entry: AgentEntry, error: unknown): Kept {
  const refusal = asRefusal(error);
  if (refusal !== undefined) {
    return { ended: false, entry, why: inOneLine(refusal), hint: refusal.hint ?? lookAt(entry) };
  }
  return { ended: false, entry, why: error instanceof Error ? error.message : String(error), hint: lookAt(entry) };
}
