import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { takeSnapshot } from "../../../src/system/git/snapshot.ts";
import { changedPaths } from "../../../src/system/git/status.ts";
import { readSnapshot, unpackSnapshot } from "../../../src/system/git/unpack.ts";
import { adminDirectory } from "../../../src/system/git/worktrees.ts";
import type { Repository } from "../../helpers/repository.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";

/** A worktree beside its repository, as an agent has one. */
export interface Checkout {
  readonly box: Sandbox;
  readonly repository: Repository;
  readonly path: string;
  /** What `git ARGS` prints in the worktree. */
  git(...args: readonly string[]): Promise<string>;
}

export async function checkout(
  box: Sandbox,
  files: Readonly<Record<string, string>> = { a: "a\n" },
): Promise<Checkout> {
  const repository = await box.repository("project", { files });
  const path = join(box.home, "worktree");
  await repository.git("worktree", "add", "--quiet", "-b", "fix", path);
  return { box, repository, path, git: (...args) => repository.git("-C", path, ...args) };
}

export function adminOf(worktree: string): string {
  const admin = adminDirectory(worktree);
  if (admin === undefined) throw new Error(`${worktree} is no worktree`);
  return admin;
}

export async function save({ box, path }: Checkout): Promise<string> {
  const place = { directory: path, environment: box.env };
  return takeSnapshot({
    place,
    admin: adminOf(path),
    changes: await changedPaths(place),
    scratchIndex: join(box.home, "scratch"),
    message: "saved\n",
  });
}

/** A new worktree in the saved state. With `alone` the old one is gone, and with it whatever no commit of the snapshot holds. */
export async function unpacked(old: Checkout, commit: string, { alone = false } = {}): Promise<Checkout> {
  const { box, repository } = old;
  const path = join(box.home, `again-${commit}`);
  if (alone) {
    await repository.git("update-ref", "refs/saved", commit);
    await repository.git("worktree", "remove", "--force", "--force", old.path);
    await repository.git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all");
    await repository.git("prune", "--expire=now");
  }
  await repository.git("worktree", "add", "--quiet", "--force", "--detach", path, `${commit}^1`);
  const place = { directory: path, environment: box.env };
  await unpackSnapshot(place, adminOf(path), await readSnapshot(place, commit));
  return { box, repository, path, git: (...args) => repository.git("-C", path, ...args) };
}

/** All that could tell two worktrees apart: every file, the whole index but for times and inodes, what git says of them. */
export async function stateOf({ path, git }: Checkout) {
  const [index, status, head] = await Promise.all([
    git("ls-files", "--stage", "-v", "-t", "--debug"),
    git("status", "--porcelain=v2", "--untracked-files=all"),
    git("rev-parse", "HEAD"),
  ]);
  const entries = index.split("\n").filter((line) => !/^ {2}(ctime|mtime|dev|uid):/.test(line));
  return { files: filesIn(path), index: entries.map((line) => line.replace(/^ {2}size: \d+/, "")), status, head };
}

/** What is at each path below a folder, without following links. */
export function filesIn(folder: string, prefix = ""): Record<string, string> {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name !== ".git");
  const contents = entries.flatMap((entry): (readonly [string, string])[] => {
    const file = join(folder, entry.name);
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory()) return Object.entries(filesIn(file, `${name}/`));
    if (entry.isSymbolicLink()) return [[name, `link to ${readlinkSync(file)}`]];
    return [[name, `${(lstatSync(file).mode & 0o100) === 0 ? "file" : "program"}: ${readFileSync(file, "latin1")}`]];
  });
  return Object.fromEntries(contents);
}
