import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Environment, output } from "./run.ts";

/** A git repository on branch `main`. */
export interface Repository {
  readonly path: string;
  /** What `git ARGS` prints there, without the last line end. Throws with git's words when it fails. */
  git(...args: readonly string[]): Promise<string>;
  /** Writes a file of the checkout, with the folders it needs. */
  write(file: string, text: string): void;
  /** Makes a hook of git, in place of one of this name, and returns its path. */
  hook(name: string, script: string): string;
  /** Commits everything that is in the checkout and returns the commit. */
  commit(message: string): Promise<string>;
}

/** Creates a repository with one commit. The same files give the same commit: author and dates come from the sandbox. */
export async function createRepository(
  path: string,
  env: Environment,
  files: Readonly<Record<string, string>>,
): Promise<Repository> {
  const repository: Repository = {
    path,
    git: (...args) => output(["git", ...args], path, env),
    write(file, text) {
      mkdirSync(dirname(join(path, file)), { recursive: true });
      writeFileSync(join(path, file), text);
    },
    hook(name, script) {
      const file = join(path, ".git/hooks", name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return file;
    },
    async commit(message) {
      await repository.git("add", "--all");
      await repository.git("commit", "--quiet", "--message", message);
      return repository.git("rev-parse", "HEAD");
    },
  };
  mkdirSync(path, { recursive: true });
  await repository.git("init", "--quiet", "--initial-branch=main");
  for (const [file, text] of Object.entries(files)) repository.write(file, text);
  await repository.commit("first");
  return repository;
}
