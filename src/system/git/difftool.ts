import { mkdirSync } from "node:fs";
import type { TreePair } from "./changes.ts";
import { type GitPlace, gitOnTerminal } from "./command.ts";

/** Which of the user's difftools shows a comparison, and how. */
export interface DiffTool {
  /** A tool by the name git has for it; `diff.tool` unless given. */
  readonly name: string | undefined;
  /** Both trees at once instead of one file after another. Not every tool can show directories. */
  readonly wholeTrees: boolean;
}

/** What a tool is shown in: a repository, and an empty directory that takes the place of its checkout. */
export interface ToolStage {
  readonly place: GitPlace;
  readonly commonDirectory: string;
  readonly emptyDirectory: string;
}

/**
 * Opens two trees in the user's difftool, as `git difftool` does, and returns git's exit code when it is closed. The tool is given copies
 * alone: git hands on the file of a checkout that is the same as one of a tree, and brings back what was changed, so there is none.
 */
export async function openTrees(stage: ToolStage, [from, to]: TreePair, tool: DiffTool): Promise<number> {
  const { place, commonDirectory, emptyDirectory } = stage;
  mkdirSync(emptyDirectory, { recursive: true, mode: 0o700 });
  const where = [`--git-dir=${commonDirectory}`, `--work-tree=${emptyDirectory}`];
  const options = [
    ...(tool.name === undefined ? [] : [`--tool=${tool.name}`]),
    ...(tool.wholeTrees ? ["--dir-diff", "--no-symlinks"] : []),
  ];
  return gitOnTerminal({ ...place, directory: emptyDirectory }, [...where, "difftool", ...options, from, to, "--"]);
}
