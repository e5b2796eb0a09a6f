import { asRefusal } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { exists } from "../../system/files.ts";
import { branchOfHead, type WorktreeHead, worktreeHead } from "../../system/git/worktrees.ts";

/** What the worktrees of agents are at, read once for one look: there may be hundreds. */
export class WorktreeHeads {
  readonly #heads: ReadonlyMap<string, WorktreeHead | undefined>;
  readonly #repositories: ReadonlySet<string>;

  readonly #refusals = new Map<string, string>();

  constructor(entries: readonly AgentEntry[]) {
    this.#heads = new Map(entries.map((entry) => [entry.id, this.#read(entry)]));
    this.#repositories = new Set([...new Set(entries.map(({ repo }) => repo))].filter(exists));
  }

  #read({ id, worktree }: AgentEntry): WorktreeHead | undefined {
    try {
      return worktreeHead(worktree);
    } catch (error) {
      const refusal = asRefusal(error);
      if (refusal === undefined) throw error;
      this.#refusals.set(id, refusal.message);
      return undefined;
    }
  }

  /** Why what git has of a worktree could not be read; `undefined` where it could, or there is nothing. */
  refusalOf({ id }: AgentEntry): string | undefined {
    return this.#refusals.get(id);
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
