import { sharedFiles, sharedSettings } from "../../system/git/shared-files.ts";
import type { Known } from "./known-before.ts";
import { changesSince } from "./left-changes.ts";

/** A remote that was added, and the names of its settings. */
export interface LeftRemote {
  readonly name: string;
  readonly settings: readonly string[];
}

/** What was set in a repository for all its worktrees since agents started in it. */
export interface LeftSettings {
  readonly remotes: readonly LeftRemote[];
  /** Settings that were not there before, by the names that `git config --list` has for them. */
  readonly settings: readonly string[];
  /** Those that say something else now, or nothing any more. */
  readonly changed_settings: readonly string[];
  /** Hooks and files of `info` that were not there before, by their paths in git's directory. */
  readonly files: readonly string[];
  readonly changed_files: readonly string[];
}

/** Compares what all worktrees of a repository share with what it was before; `agentBranches` are those that agents have or had. */
export function leftSettings(
  commonDirectory: string,
  before: readonly Partial<Known>[],
  agentBranches: () => ReadonlySet<string>,
): LeftSettings {
  const settings = changesSince(
    before.map((known) => known.settings),
    sharedSettings(commonDirectory),
  );
  const files = changesSince(
    before.map((known) => known.files),
    sharedFiles(commonDirectory),
  );
  const isOfNote =
    settings.made.length + settings.changed.length === 0 ? () => true : settingsOfNote(before, agentBranches());
  const made = settings.made.filter((name) => isOfNote(name) && !ofInit.test(name));
  const changed = settings.changed.filter(isOfNote);
  const remotes = newRemotes(made, before);
  const ofRemotes = new Set(remotes.flatMap((remote) => remote.settings));
  return {
    remotes,
    settings: made.filter((name) => !ofRemotes.has(name)),
    changed_settings: changed,
    files: files.made,
    changed_files: files.changed,
  };
}

/** What tools note for themselves while they are used. */
const noted = /^remote\..+\.(?:gh|glab)-resolved$|^lfs\.(?:repositoryformatversion|.+\.(?:access|locksverify))$/;
/** What `git submodule init` copies out of the tree. */
const ofInit = /^submodule\..+\.(?:active|url)$/;
/** What git itself knows of a branch: editors note more, of each that they see. */
const ofBranch = /^branch\.(.+)\.(?:remote|pushremote|merge|mergeoptions|rebase)$/;

/** What is said of a branch is of note where that was there before, and is still, and is no agent's. */
function settingsOfNote(before: readonly Partial<Known>[], agentBranches: ReadonlySet<string>) {
  return (name: string): boolean => {
    if (!name.startsWith("branch.") || name.indexOf(".") === name.lastIndexOf(".")) return !noted.test(name);
    const branch = ofBranch.exec(name)?.[1];
    return (
      branch !== undefined &&
      !agentBranches.has(branch) &&
      before.every(({ refs }) => refs?.[`refs/heads/${branch}`] !== undefined)
    );
  };
}

const ofRemote = /^remote\.(.+)\.[^.]+$/;

function newRemotes(made: readonly string[], before: readonly Partial<Known>[]): LeftRemote[] {
  const named = made.filter((name) => ofRemote.test(name));
  const byRemote = Map.groupBy(named, (name) => ofRemote.exec(name)?.[1] ?? "");
  return [...byRemote]
    .filter(([remote]) =>
      before.some(({ settings }) => settings != null && !Object.keys(settings).some((name) => isOf(name, remote))),
    )
    .map(([name, settings]) => ({ name, settings }));
}

function isOf(setting: string, remote: string): boolean {
  return ofRemote.exec(setting)?.[1] === remote;
}
