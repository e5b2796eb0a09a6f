import { dirname, join } from "node:path";
import { FleetError } from "../../errors.ts";
import { readTextIfExists, realPath } from "../files.ts";
import { shellWord } from "../shell.ts";
import { type GitPlace, tryGit } from "./command.ts";
import { adminDirectory } from "./worktrees.ts";

/**
 * Proves that git, run in a linked worktree, works on that worktree. With `extensions.worktreeConfig`, a `core.worktree` or
 * `core.bare` that all worktrees share counts for each of them, and git then works on the main checkout or on nothing (git-worktree(1),
 * "Configuration file"). Without the extension it does not, so git is asked only where the repository has it. Throws FleetError `failed`
 * that names the setting and the command that moves it to the main checkout, for which it was meant.
 */
export async function requireOwnWorkTree(place: GitPlace): Promise<void> {
  const admin = adminDirectory(place.directory);
  if (admin === undefined) {
    throw new FleetError("failed", `${place.directory} is not a worktree of git any more`, {
      hint: `to see what is there, run ls -la ${shellWord(place.directory)}`,
    });
  }
  const commonDirectory = dirname(dirname(admin));
  if (!hasWorktreeConfig(commonDirectory)) return;
  const { exitCode, stdout, stderr } = await tryGit(place, ["rev-parse", "--show-toplevel"]);
  const meant = stdout.trimEnd();
  if (exitCode === 0 && realPath(meant) === realPath(place.directory)) return;
  const shared = await sharedSetting(place, commonDirectory);
  if (shared !== undefined) throw shared;
  throw new FleetError("failed", `git does not work on ${place.directory} there, but on ${meant || "nothing"}`, {
    ...(stderr.trim() === "" ? {} : { output: stderr.trim() }),
    hint: `to see what leads it there, run git -C ${shellWord(place.directory)} config --show-origin --list`,
  });
}

/** Whether git, run in a linked worktree, works on that worktree: what it says of it is about something else otherwise. */
export async function hasOwnWorkTree(place: GitPlace): Promise<boolean> {
  try {
    await requireOwnWorkTree(place);
    return true;
  } catch (error) {
    if (error instanceof FleetError) return false;
    throw error;
  }
}

/**
 * Throws FleetError `failed`, before there is a worktree, when the settings that all worktrees share would lead git away from each of them.
 */
export async function requireOwnSettings(place: GitPlace, commonDirectory: string): Promise<void> {
  if (!hasWorktreeConfig(commonDirectory)) return;
  const shared = await sharedSetting(place, commonDirectory);
  if (shared !== undefined) throw shared;
}

/** Git reads whether the extension is on from this one file, without what the file includes. */
function hasWorktreeConfig(commonDirectory: string): boolean {
  return /worktreeconfig/i.test(readTextIfExists(join(commonDirectory, "config")) ?? "");
}

async function sharedSetting(place: GitPlace, commonDirectory: string): Promise<FleetError | undefined> {
  const file = join(commonDirectory, "config");
  const read = async (...words: readonly string[]) =>
    (await tryGit(place, ["config", "--file", file, ...words])).stdout.trimEnd();
  if ((await read("--type=bool", "--get", "extensions.worktreeConfig")) !== "true") return undefined;
  const worktree = await read("--get", "core.worktree");
  const bare = await read("--type=bool", "--get", "core.bare");
  if (worktree !== "") return misplaced(file, "core.worktree", worktree);
  return bare === "true" ? misplaced(file, "core.bare", bare) : undefined;
}

/** For the main checkout alone it goes on counting from `config.worktree`. */
function misplaced(file: string, key: string, value: string): FleetError {
  const own = `git config --file ${shellWord(`${file}.worktree`)} ${key} ${shellWord(value)}`;
  return new FleetError(
    "failed",
    `${key} = ${value} counts for every worktree, since extensions.worktreeConfig is on: git would not work on the worktree of an agent`,
    {
      hint: `to keep it for the main checkout alone, run ${own} && git config --file ${shellWord(file)} --unset-all ${key}`,
    },
  );
}
