import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { readMark } from "../../state/marks.ts";
import type { StatePlaces } from "../../state/places.ts";
import { readRegistry } from "../../state/registry.ts";
import type { Repository } from "../../system/git/repository.ts";
import { shellWord } from "../../system/shell.ts";
import type { Trashed } from "./trash.ts";

/** Why an agent is kept in whose worktree that of another agent lies. */
export function liesInIt({ branch, worktree }: AgentEntry): string {
  return `the worktree of the agent ${branch} lies in it: ${worktree}`;
}

/** The same where its repository does, which an agent has cloned or made in its worktree. */
export function repositoryLiesInIt({ branch, repo }: AgentEntry): string {
  return `the repository of the agent ${branch} lies in it: ${repo}`;
}

/** The line that ends that other agent. */
export function endFirst({ branch, repo }: AgentEntry): string {
  return `to end that one first, run fleet -C ${shellWord(repo)} kill ${shellWord(branch)}`;
}

/**
 * The worktree of an agent, or the outermost of another that it lies in: what is left of the inner one is to be beside that, or it would go along
 * when the outer one ends. Its own where a rename does not lead out.
 */
export function outermostWorktree(places: StatePlaces, { worktree }: AgentEntry): string {
  if (dirname(worktree) === places.worktreeRoot) return worktree;
  const around = readRegistry(places).filter((other) => worktree.startsWith(`${other.worktree}/`));
  const [outermost] = around.toSorted((a, b) => a.worktree.length - b.worktree.length);
  if (outermost === undefined || deviceOf(dirname(outermost.worktree)) !== deviceOf(worktree)) return worktree;
  return outermost.worktree;
}

function deviceOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.dev;
}

/**
 * Throws FleetError `failed` when a registration that would go with a worktree is of another agent that is there: somebody may have moved that
 * one's worktree into this one, without a word to us.
 */
export function requireNoAgentInside(places: StatePlaces, { commonDirectory }: Repository, { inner }: Trashed): void {
  if (inner.length === 0) return;
  const marked = new Set(inner.map(({ name }) => readMark(join(commonDirectory, "worktrees", name))?.id));
  const agent = readRegistry(places).find(({ id }) => marked.has(id));
  if (agent !== undefined) throw new FleetError("failed", liesInIt(agent), { hint: endFirst(agent) });
}
