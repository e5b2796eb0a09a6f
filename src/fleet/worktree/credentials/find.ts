import { lstatSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import type { Config } from "../../../config/config.ts";
import { exists, realPath } from "../../../system/files.ts";
import type { GitPlace } from "../../../system/git/command.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { untrackedFiles } from "../../../system/git/untracked.ts";
import { type Fleet, gitAt } from "../../fleet.ts";

/** Files of the main checkout that its worktrees get, relative to it. */
export interface CredentialFiles {
  readonly files: readonly string[];
  /** What was named and is left out, and why, as a user would say it. */
  readonly problems: readonly string[];
}

/**
 * Finds the files that `credential_files` names in the main checkout of a repository: paths of files, of directories for all that is
 * untracked in them, and patterns as git has them (`*` within a name, `**` across directories). What leads out is refused. A bare
 * repository has none.
 */
export async function credentialFilesOf(
  fleet: Fleet,
  repository: Pick<Repository, "root" | "bare">,
  config: Pick<Config, "credential_files">,
): Promise<CredentialFiles> {
  const names = repository.bare ? [] : config.credential_files;
  const checkout = gitAt(fleet, repository.root);
  const found = await Promise.all(names.map((name) => findNamed(checkout, normalize(name).replace(/\/+$/, ""))));
  return {
    files: [...new Set(found.flatMap(({ files }) => files))],
    problems: found.flatMap(({ problems }) => problems),
  };
}

async function findNamed(checkout: GitPlace, name: string): Promise<CredentialFiles> {
  const refused = (why: string): CredentialFiles => ({ files: [], problems: [`${name} ${why}`] });
  const kind = kindOf(checkout.directory, name);
  if (kind === "file") return { files: [name], problems: [] };
  if (kind === "directory") return usable(checkout, await untrackedFiles(checkout, `:(literal)${name}/`));
  if (kind !== absent || !/[*?[]/.test(name)) return refused(kind);
  const matches = await untrackedFiles(checkout, `:(glob)${name}`);
  return matches.length === 0 ? refused("matches no untracked file of the main checkout") : usable(checkout, matches);
}

function usable({ directory }: GitPlace, paths: readonly string[]): CredentialFiles {
  const judged = paths.map((path) => ({
    path,
    kind: path.endsWith("/") ? "is a repository" : kindOf(directory, path),
  }));
  return {
    files: judged.flatMap(({ path, kind }) => (kind === "file" ? [path] : [])),
    problems: judged.flatMap(({ path, kind }) => (kind === "file" ? [] : [`${path} ${kind}`])),
  };
}

const absent = "is not in the main checkout";

/** Whether something is a file or a directory of the checkout; else why it cannot be copied. A link to a file inside stands for it. */
function kindOf(checkout: string, name: string): string {
  const root = realPath(checkout) ?? checkout;
  const path = join(root, name);
  try {
    const real = realPath(path);
    if (real === undefined) return exists(path) ? "is a link that leads nowhere" : absent;
    if (leadsOut(root, real)) return "leads out of the repository";
    if (realPath(dirname(path)) !== dirname(path)) return "leads through a symbolic link";
    if (statSync(real).isFile()) return "file";
    if (!statSync(real).isDirectory()) return "is not a file";
    return lstatSync(path).isDirectory() ? "directory" : "is a link to a directory";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES") return "cannot be read";
    throw error;
  }
}

/** Whether a path leads out of a directory. */
function leadsOut(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way === ".." || way.startsWith("../") || way.startsWith("/");
}
