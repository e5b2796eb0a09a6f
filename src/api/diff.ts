import { FleetError, refusalOf } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { type AgentPair, diffBetween, diffOf } from "../fleet/review/diff.ts";
import type { DiffAnswer, DiffInput } from "../model/wire/diff.ts";
import type { Failure } from "../model/wire/shared.ts";
import type { AgentEntry } from "../state/entry.ts";
import type { WorkingDiff } from "../system/git/changes.ts";
import { agentFailure } from "./failure.ts";
import { fileChangeAsJson } from "./file-change.ts";
import { chooseAgents } from "./targets.ts";

/** Says what the agents that are meant have changed, unsaved work included. Throws FleetError when none is meant. */
export async function diff(fleet: Fleet, input: DiffInput): Promise<DiffAnswer> {
  const { entries } = await chooseAgents(fleet, input, { reachesOut: true, away: "fetched" });
  return diffOfChosen(fleet, entries, input);
}

/** What agents that were chosen already have changed, unsaved work included. */
export async function diffOfChosen(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  input: DiffInput,
): Promise<DiffAnswer> {
  if (input.between) {
    const pair = pairOf(entries, input.targets);
    if (pair === undefined) {
      throw new FleetError("usage", "between takes the branches of two agents", { hint: "see fleet diff --help" });
    }
    const [{ branch: from }, { branch: to }] = pair;
    return { agents: [], between: { from, to, ...asJson(await diffBetween(fleet, pair), input) }, failures: [] };
  }
  const agents: DiffAnswer["agents"] = [];
  const failures: Failure[] = [];
  for (const entry of entries) {
    try {
      agents.push({ ...entry, ...asJson(await diffOf(fleet, entry), input) });
    } catch (error) {
      fleet.cancelled.throwIfAborted();
      failures.push(agentFailure(entry.branch, refusalOf(error)));
    }
  }
  return { agents, failures };
}

/** The two agents that two words name by their branches, in the order of the words. */
export function pairOf(entries: readonly AgentEntry[], words: readonly string[]): AgentPair | undefined {
  const [from, to, ...others] = words.map((word) => entries.find(({ branch }) => branch === word));
  if (from === undefined || to === undefined || from === to || others.length > 0) return undefined;
  return entries.length === 2 ? [from, to] : undefined;
}

function asJson({ files, patch, refused }: WorkingDiff, { patch: wanted, patch_limit }: DiffInput) {
  const total = (side: "added" | "deleted") => files.reduce((sum, change) => sum + (change[side] ?? 0), 0);
  return {
    files: files.map(fileChangeAsJson),
    added: total("added"),
    deleted: total("deleted"),
    ...(wanted ? { patch: beginning(patch, patch_limit), cut: patch.length > patch_limit } : {}),
    ...(refused.length === 0 ? {} : { left_out: refused.map(({ path, why }) => ({ path, why })) }),
  };
}

/** The lines that fit as a whole. */
function beginning(text: string, limit: number): string {
  return text.length <= limit ? text : text.slice(0, text.lastIndexOf("\n", limit - 1) + 1);
}
