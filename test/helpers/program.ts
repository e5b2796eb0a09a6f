import { Database } from "bun:sqlite";
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const checkout = resolve(import.meta.dir, "../..");
const sources = ["src", "scripts", "package.json", "bun.lock", "tsconfig.json"];
const longestBuildMs = 120_000;

let built: string | undefined;

/** The compiled program of this checkout; it is built first when it is missing or older than the sources. */
export function builtProgram(): string {
  built ??= freshProgram(checkout);
  return built;
}

/**
 * `dist/fleet` of a project, built by its `scripts/build.ts` if need be. Of several processes that ask at once, one builds and
 * the others wait for it.
 *
 * @throws with the output of the build when it fails.
 */
export function freshProgram(project: string): string {
  const program = join(project, "dist/fleet");
  if (isFresh(program, project)) return program;
  using _ = acquireBuildLock(join(project, "node_modules/.cache/build.lock"));
  if (!isFresh(program, project)) build(program, project);
  return program;
}

function build(program: string, project: string): void {
  const builtFrom = newestChange(project);
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, "scripts/build.ts"], { cwd: project });
  if (exitCode !== 0 || !existsSync(program)) throw new Error(`cannot build ${program}:\n${stdout}${stderr}`);
  // As old as its newest source, so that a change made during the build is not missed.
  const stamp = new Date(Math.ceil(builtFrom));
  utimesSync(program, stamp, stamp);
}

function isFresh(program: string, project: string): boolean {
  const compiled = statSync(program, { throwIfNoEntry: false });
  return compiled !== undefined && compiled.mtimeMs >= newestChange(project);
}

/** When a source was last written, or a folder of sources gained or lost an entry; in milliseconds since the epoch. */
function newestChange(project: string): number {
  const paths = sources
    .map((source) => join(project, source))
    .flatMap((path) => [path, ...(isFolder(path) ? entriesBelow(path) : [])]);
  return Math.max(...paths.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function entriesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((entry) => join(folder, entry));
}

/** SQLite's lock is one that Bun offers, that waits, and that the system releases when its holder dies. */
function acquireBuildLock(path: string): Database {
  mkdirSync(dirname(path), { recursive: true });
  const lock = new Database(path);
  lock.run(`PRAGMA busy_timeout = ${longestBuildMs}`);
  lock.run("BEGIN EXCLUSIVE");
  return lock;
}
