import type { AgentEntry } from "../../state/entry.ts";
import { exists } from "../../system/files.ts";
import { branchOfHead, type WorktreeHead, worktreeHead } from "../../system/git/worktrees.ts";

/** What the worktrees of agents are at, read once for one look: there may be hundreds. */
export class WorktreeHeads {
  readonly #heads: ReadonlyMap<string, WorktreeHead | undefined>;
  readonly #repositories: ReadonlySet<string>;

  constructor(entries: readonly AgentEntry[]) {
    this.#heads = new Map(entries.map(({ id, worktree }) => [id, worktreeHead(worktree)]));
    this.#repositories = new Set([...new Set(entries.map(({ repo }) => repo))].filter(exists));
  }

  /** `undefined` where git knows no worktree. */
  of({ id }: AgentEntry): WorktreeHead | undefined {
    return this.#heads.get(id);
  }

  /** The branch that an agent is on now; `undefined` when its HEAD is detached, or nowhere. */
  branchOf(entry: AgentEntry): string | undefined {
    const head = this.of(entry);
    return head === undefined ? undefined : branchOfHead(head);
  }

  /** Whether its worktree and its repository are where they were, and the one is of the other, so that nothing is absent. */
  isWhole(entry: AgentEntry): boolean {
    return this.of(entry) !== undefined && this.#repositories.has(entry.repo);
  }
}
