import { nearest } from "../../config/nearest.ts";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { shellWord } from "../../system/shell.ts";

/** Which agents a command is for. */
export interface Targets {
  /** Branches, globs or batches, as typed. */
  readonly words: readonly string[];
  readonly batch: string | undefined;
  readonly all: boolean;
  /** Globs and batches reach into all repositories. */
  readonly allRepositories: boolean;
  readonly except: readonly string[];
}

/** Where a command is run, and what it may reach from there. */
export interface Scope {
  readonly repository: string | undefined;
  /** The command only looks: an exact name that is known in one other repository is enough. */
  readonly reachesOut: boolean;
  /** The branch that an agent has checked out now: it may have renamed its own. Looked up only for a name that nothing else has. */
  readonly currentBranch?: (entry: AgentEntry) => string | undefined;
  /** Why a name that nothing has is no typo; looked up only for one. */
  readonly whyGone?: (word: string) => FleetError | undefined;
}

/** The agents that words mean. */
export interface Selection {
  readonly entries: readonly AgentEntry[];
  /** Every agent was named exactly; no glob, batch or `--all` chose for the user. */
  readonly exact: boolean;
}

/** `*` matches slashes and leading dots too, as users expect of branch names, and `!` is a character like any other. */
const longestPattern = 1000;
const globOptions = { bash: true, dot: true, nonegate: true } as const;

/**
 * The agents that the targets name: a word is the exact name of a branch, else a glob, else the name of a batch. Throws FleetError
 * `failed` for a word that names none, `usage` when there is nothing to go by.
 */
export function selectAgents(entries: readonly AgentEntry[], targets: Targets, scope: Scope): Selection {
  const inScope = targets.allRepositories ? entries : entries.filter(({ repo }) => repo === scope.repository);
  const matches = targets.words.map((word) => matchWord(word, entries, inScope, scope));
  const groups = [
    ...(targets.batch === undefined ? [] : [batchAgents(targets.batch, inScope)]),
    ...(targets.all ? [inScope] : []),
  ];
  if (matches.length + groups.length === 0) {
    throw new FleetError("usage", "no agent is named", {
      code: "no-target",
      hint: "to see which there are, run fleet list; for all of them, add --all",
    });
  }
  const chosen = [...new Set([...matches.flatMap((match) => match.entries), ...groups.flat()])];
  const spared = new Set(targets.except.flatMap((pattern) => sparedBy(pattern, chosen)));
  return {
    entries: chosen.filter((entry) => !spared.has(entry)),
    exact: groups.length === 0 && matches.every(({ exact }) => exact),
  };
}

/** A typo must not spare nobody in silence. */
function sparedBy(pattern: string, chosen: readonly AgentEntry[]): readonly AgentEntry[] {
  const found = chosen.filter(({ branch, batch_id: batch }) => matcher(pattern)(branch) || batch === pattern);
  if (found.length > 0) return found;
  throw new FleetError("failed", `--except ${pattern} names none of the agents`, {
    code: "unknown-target",
    hint: "to see which there are, run fleet list",
  });
}

/** The agents whose branch matches any of the patterns, or whose batch is named so; all when there are no patterns. */
export function filterAgents(entries: readonly AgentEntry[], patterns: readonly string[]): readonly AgentEntry[] {
  for (const pattern of patterns) {
    if (matchingAgents(entries, [pattern]).length === 0) throw noSuchAgent(pattern, entries, []);
  }
  return matchingAgents(entries, patterns);
}

/** The agents that any of the patterns means, where one may well match nothing, as when all of its agents have ended. */
export function matchingAgents(entries: readonly AgentEntry[], patterns: readonly string[]): readonly AgentEntry[] {
  if (patterns.length === 0) return entries;
  return entries.filter(({ branch, batch_id: batch }) =>
    patterns.some((pattern) => matcher(pattern)(branch) || batch === pattern),
  );
}

function matchWord(
  word: string,
  all: readonly AgentEntry[],
  inScope: readonly AgentEntry[],
  scope: Scope,
): { readonly entries: readonly AgentEntry[]; readonly exact: boolean } {
  const exact = inScope.filter(({ branch }) => branch === word);
  if (exact.length > 0) return { entries: exact, exact: true };
  const matched = word === "" ? [] : inScope.filter(({ branch }) => matcher(word)(branch));
  if (matched.length > 0) return { entries: matched, exact: false };
  const batch = inScope.filter(({ batch_id: id }) => id === word);
  if (batch.length > 0) return { entries: batch, exact: false };
  const renamed = inScope.filter((entry) => scope.currentBranch?.(entry) === word);
  if (renamed.length > 0) return { entries: renamed, exact: true };
  const elsewhere = all.filter(({ branch }) => branch === word);
  const [only] = elsewhere;
  if (only !== undefined && elsewhere.length === 1 && scope.reachesOut) return { entries: elsewhere, exact: true };
  throw scope.whyGone?.(word) ?? noSuchAgent(word, inScope, elsewhere);
}

function noSuchAgent(word: string, inScope: readonly AgentEntry[], elsewhere: readonly AgentEntry[]): FleetError {
  const [other] = elsewhere;
  if (other !== undefined) {
    return new FleetError("failed", `${word} is an agent of another repository, ${other.repo}`, {
      code: "other-repository",
      hint: `to mean that one, run fleet -C ${shellWord(other.repo)} ...`,
    });
  }
  if (/\s/.test(word.trim())) {
    return new FleetError("failed", `${word} names no agent: it has a space in it`, {
      code: "unknown-target",
      hint: "a command is written after --, as in fleet test --all -- npm test; to see the agents, run fleet list",
    });
  }
  if (inScope.length === 0) {
    return new FleetError("failed", `${word === "" ? '""' : word} names no agent: there is none here`, {
      code: "unknown-target",
      hint: "to see those of all repositories, run fleet list -A",
    });
  }
  const meant = nearest(
    word,
    inScope.flatMap(({ branch, batch_id: batch }) => [branch, batch]),
  );
  const question = meant === undefined ? "" : `; did you mean ${meant}?`;
  return new FleetError("failed", `${word === "" ? '""' : word} names no agent and no batch${question}`, {
    code: "unknown-target",
    hint: "to see which there are, run fleet list",
  });
}

function batchAgents(batch: string, entries: readonly AgentEntry[]): readonly AgentEntry[] {
  const found = entries.filter(({ batch_id: id }) => id === batch);
  if (found.length > 0) return found;
  const meant = nearest(
    batch,
    entries.map(({ batch_id: id }) => id),
  );
  const question = meant === undefined ? "" : `; did you mean ${meant}?`;
  throw new FleetError("failed", `there is no batch called ${batch}${question}`, {
    code: "unknown-batch",
    hint: "to see the batches, run fleet list --grouped",
  });
}

/** A name that no glob is needed for: it means itself alone. */
const plainName = /^[\w-][\w./-]*$/;

/** `!(x)` would be everything but x, which nobody should be able to kill by a slip; nothing that long is meant as a pattern. */
function isGlob(pattern: string): boolean {
  return !plainName.test(pattern) && pattern !== "" && pattern.length < longestPattern && !pattern.includes("!(");
}

function matcher(pattern: string): (branch: string) => boolean {
  const matches = isGlob(pattern) ? globMatcher(pattern) : () => false;
  return (branch) => branch === pattern || matches(branch);
}

/** The library is loaded for who types a glob: hardly any command has one. */
function globMatcher(pattern: string): (branch: string) => boolean {
  const picomatch = require("picomatch") as typeof import("picomatch");
  return picomatch(pattern.replaceAll("[!", "[^"), globOptions);
}
