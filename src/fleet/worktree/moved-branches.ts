import { join } from "node:path";
import type { AgentEntry } from "../../state/entry.ts";
import { parsedJson } from "../../state/json.ts";
import { type AgentFiles, agentFiles } from "../../state/places.ts";
import { readRegistry } from "../../state/registry.ts";
import { isRealDirectory, namesIn, readTextIfExists, writePrivateFile } from "../../system/files.ts";
import { branchTips } from "../../system/git/ref-names.ts";
import { shellWord } from "../../system/shell.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { privateGit } from "./inside/private-git.ts";

/** A branch that is no longer where it was, and that nobody is known to have moved. */
interface Move {
  readonly branch: string;
  readonly from: string;
  /** `undefined` when it was deleted. */
  readonly to: string | undefined;
}

/** Notes where the branches of a repository are, for an agent that could move them all; where it cannot write. */
export function noteBranches(entry: AgentEntry, files: AgentFiles): void {
  keep(files, branchTips(privateGit(entry, files).common));
}

/**
 * Names branches of others that have moved since the last look while agents in write-guards ran, which commits need not be kept from
 * doing by the rights of files. What a checkout of the branch, another agent or a command of ours has moved is nothing to tell.
 */
export function nameMovedBranches(fleet: Fleet, entries: readonly AgentEntry[]): void {
  for (const entry of entries) {
    const files = agentFiles(statePlaces(fleet), entry.id);
    const before = noted(files);
    if (before === undefined || !isRealDirectory(entry.worktree)) continue;
    const { common, admin } = privateGit(entry, files);
    const now = branchTips(common);
    const own = new Set(readRegistry(statePlaces(fleet)).map(({ branch }) => branch));
    const moves = movesOf(before, now).filter(({ branch }) => branch !== entry.branch && !own.has(branch));
    for (const move of moves.filter((each) => !isExplained(each, common, admin))) {
      fleet.report({ kind: "warning", text: moveText(entry, move) });
    }
    if (moves.length > 0 || now.size !== before.size) keep(files, now);
  }
}

function movesOf(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): Move[] {
  return [...before].flatMap(([branch, from]) => {
    const to = now.get(branch);
    return to === from ? [] : [{ branch, from, to }];
  });
}

/** Whoever commits, merges or resets in a checkout moves its HEAD along, and git writes down both. */
function isExplained({ branch, to }: Move, common: string, own: string): boolean {
  if (to === undefined) return false;
  if (lastLine(join(common, "logs", "refs", "heads", branch)).includes("\tfleet")) return true;
  const registrations = join(common, "worktrees");
  const others = namesIn(registrations).map((name) => join(registrations, name));
  return [common, ...others.filter((admin) => admin !== own)].some(
    (admin) => lastLine(join(admin, "logs", "HEAD")).split(" ")[1] === to,
  );
}

function lastLine(file: string): string {
  return (readTextIfExists(file) ?? "").trimEnd().split("\n").at(-1) ?? "";
}

function moveText({ branch: agent, repo }: AgentEntry, { branch, from, to }: Move): string {
  const git = `git -C ${shellWord(repo)}`;
  const what = `${branch}, which is not its own, was ${to === undefined ? "deleted" : `moved to ${to.slice(0, 7)}`}`;
  const undo = `${git} update-ref ${shellWord(`refs/heads/${branch}`)} ${from.slice(0, 12)}${to === undefined ? "" : ` ${to.slice(0, 12)}`}`;
  return `${agent}: while it ran ${what}, and not in a checkout; to put it back to ${from.slice(0, 7)}, run ${undo}`;
}

function keep({ branchesBefore }: AgentFiles, tips: ReadonlyMap<string, string>): void {
  writePrivateFile(branchesBefore, JSON.stringify(Object.fromEntries(tips)));
}

function noted({ branchesBefore }: AgentFiles): Map<string, string> | undefined {
  const value = parsedJson(readTextIfExists(branchesBefore) ?? "");
  if (typeof value !== "object" || value === null) return undefined;
  return new Map(Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string"));
}
