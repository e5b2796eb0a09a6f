import { mkdirSync } from "node:fs";
import { basename, dirname, join, normalize, relative } from "node:path";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { type CloneMethod, cloneTree } from "../../system/clone/clone.ts";
import { type Survey, surveyTree } from "../../system/clone/survey.ts";
import { exists, isDirectory, isInside, readTextIfExists, realPath } from "../../system/files.ts";
import { ignoredDirectories } from "../../system/git/ignored.ts";
import type { Repository } from "../../system/git/repository.ts";
import { submodules } from "../../system/git/untracked.ts";
import { atMost, type Limit } from "../../system/limit.ts";
import { type Fleet, gitAt } from "../fleet.ts";

/** A directory that can be cloned. */
interface Candidate {
  /** As it is configured, without a slash at its end. */
  readonly name: string;
  readonly source: string;
  readonly target: string;
}

/** Left-out paths of one directory that are named; of more only the number is said. */
const mostNamed = 3;

/**
 * Gives worktrees the directories that `clone_directories` names. The agents of one launch share it: what there is to copy is looked at
 * once.
 */
export class DirectoryCloner {
  readonly #fleet: Fleet;
  readonly #repository: Repository;
  readonly #names: readonly string[];
  readonly #limit: Limit;
  readonly #surveys = new Map<string, Survey | undefined>();
  #advised = false;

  /** `names` are `clone_directories`. At most `processes` copy at a time. */
  constructor(fleet: Fleet, repository: Repository, names: readonly string[], processes: number) {
    this.#fleet = fleet;
    this.#repository = repository;
    this.#names = names;
    this.#limit = atMost(processes);
  }

  /**
   * Clones the directories that git ignores from the main checkout into a worktree that is checked out, and reports each. What leads
   * out of the repository, is not ignored or is there already is left out, and said so; what the main checkout does not have is not.
   *
   * Throws FleetError `failed` when a directory cannot be read or copied, and the reason of `cancelled`; no process writes any more then.
   */
  async cloneInto(entry: AgentEntry): Promise<void> {
    if (this.#repository.bare) return;
    for (const candidate of await this.#chosen(outermost(this.#names), entry.worktree))
      await this.#clone(candidate, entry);
  }

  async #chosen(names: readonly string[], worktree: string): Promise<Candidate[]> {
    try {
      const candidates = names.flatMap((name) => this.#candidate(name, worktree) ?? []);
      // Links in the repository may lead several names to one place.
      const distinct = new Map(candidates.map((candidate) => [candidate.target, candidate]));
      return await this.#ignored([...distinct.values()], worktree);
    } catch (error) {
      throw error instanceof FleetError ? error : cloneFailure("a directory", error);
    }
  }

  /** `undefined` for what is not to be cloned, of which the user has been told. */
  #candidate(name: string, worktree: string): Candidate | undefined {
    const { root, commonDirectory } = this.#repository;
    const source = realPath(join(root, name));
    if (source === undefined) return undefined;
    const own = realPath(worktree) ?? worktree;
    if (!isInside(root, join(root, name)) || !isInside(realPath(root) ?? root, source))
      return this.#refuse(name, "leads out of the repository");
    if (isInside(source, commonDirectory) || isInside(commonDirectory, source))
      return this.#refuse(name, "leads to git's own files");
    if (isInside(source, own)) return this.#refuse(name, "holds the worktrees of agents");
    if (!isDirectory(source)) return this.#refuse(name, "is not a directory");
    const target = placeIn(own, name);
    if (target === undefined) return this.#refuse(name, "leads out of the worktree");
    if (exists(target)) return this.#leave(name);
    return { name, source, target };
  }

  async #ignored(candidates: readonly Candidate[], worktree: string): Promise<Candidate[]> {
    const own = realPath(worktree) ?? worktree;
    const modules = candidates.length === 0 ? [] : await submodules(gitAt(this.#fleet, worktree));
    const isStray = ({ target }: Candidate) => modules.some((module) => isInside(join(own, module), target));
    for (const { name } of candidates.filter(isStray)) this.#refuse(name, "is inside a submodule");
    const placeable = candidates.filter((candidate) => !isStray(candidate));
    const inDoubt = placeable.filter(({ source }) => !ignoresItself(source));
    if (inDoubt.length === 0) return placeable;
    const paths = inDoubt.map(({ target }) => relative(own, target));
    const ignored = await ignoredDirectories(gitAt(this.#fleet, worktree), paths);
    const visible = inDoubt.filter(({ target }) => !ignored.has(relative(own, target)));
    for (const { name } of visible) {
      const remedy = `to have it cloned, add /${name}/ to .gitignore and commit that`;
      this.#refuse(name, `is not ignored by git in the worktree; ${remedy}`);
    }
    return placeable.filter((candidate) => !visible.includes(candidate));
  }

  async #clone({ name, source, target }: Candidate, { id, branch }: AgentEntry): Promise<void> {
    const { cancelled } = this.#fleet;
    cancelled.throwIfAborted();
    // Should this fleet be killed, the next one finds by the id what still copies.
    const environment = { ...this.#fleet.environment, AI_FLEET_ID: id };
    const begun = performance.now();
    try {
      const survey = this.#survey(source);
      if (survey === undefined) return this.#refuse(name, "is a worktree of git");
      this.#sayLeftOut(name, survey);
      mkdirSync(dirname(target), { recursive: true });
      const method = await cloneTree(survey, target, { environment, cancelled, limit: this.#limit });
      const seconds = (performance.now() - begun) / 1000;
      const text = `${name}, ${counted(survey.files)}, ${wordFor[method]}`;
      this.#fleet.report({ kind: "step", branch, step: "clone", text, seconds });
      if (method === "copied" && survey.files > 0) this.#advise();
    } catch (error) {
      throw cancelled.aborted ? cancelled.reason : cloneFailure(name, error);
    }
  }

  #survey(source: string): Survey | undefined {
    if (!this.#surveys.has(source)) this.#surveys.set(source, surveyTree(source));
    return this.#surveys.get(source);
  }

  #refuse(name: string, why: string): undefined {
    this.#fleet.report({ kind: "warning", text: `not cloned: ${name} ${why}` });
  }

  #leave(name: string): undefined {
    this.#fleet.report({ kind: "warning", text: `not cloned: ${name} is in the worktree already, and left as it is` });
  }

  #sayLeftOut(name: string, { leftOut }: Survey): void {
    for (const { path, what } of leftOut.slice(0, mostNamed))
      this.#fleet.report({ kind: "warning", text: `left out: ${JSON.stringify(`${name}/${path}`)} (${what})` });
    const others = leftOut.length - mostNamed;
    if (others > 0) this.#fleet.report({ kind: "warning", text: `left out: ${others} more in ${name}` });
  }

  /** Once for all agents: what would have taken less time. */
  #advise(): void {
    if (this.#advised) return;
    this.#advised = true;
    const text =
      "no reflinks from here to the worktrees; faster: a package manager's store, or both on one btrfs, XFS or APFS";
    this.#fleet.report({ kind: "note", text });
  }
}

const wordFor: Readonly<Record<CloneMethod, string>> = { cloned: "cloned copy-on-write", copied: "copied" };

/** The paths without a slash at their end, and without those that lie in another. */
function outermost(paths: readonly string[]): string[] {
  const names = [...new Set(paths.map((path) => normalize(path).replace(/\/$/, "")))];
  return names.filter((name) => !names.some((other) => name.startsWith(`${other}/`)));
}

/** Where a path of the worktree really is, with every link on the way resolved; `undefined` when that is outside. */
function placeIn(worktree: string, path: string): string | undefined {
  let present = join(worktree, path);
  const rest: string[] = [];
  while (!exists(present)) {
    rest.unshift(basename(present));
    present = dirname(present);
  }
  const real = realPath(present);
  if (real === undefined || !isInside(worktree, real)) return undefined;
  return rest.length > 0 && !isDirectory(real) ? real : join(real, ...rest);
}

/** Python makes environments with a .gitignore of "*" inside, below which nothing can be taken back by a "!". */
function ignoresItself(directory: string): boolean {
  const file = join(directory, ".gitignore");
  // Git does not read it through a link.
  const lines = realPath(file) === file ? (readTextIfExists(file)?.split("\n") ?? []) : [];
  return lines.includes("*") && !lines.some((line) => line.startsWith("!"));
}

function counted(files: number): string {
  return files === 1 ? "1 file" : `${`${files}`.replace(/\B(?=(?:\d{3})+$)/g, ",")} files`;
}

function cloneFailure(name: string, error: unknown): FleetError {
  const { message } = error as Error;
  const output = error instanceof FleetError ? error.output : message;
  return new FleetError("failed", `${name} could not be cloned from the main checkout`, {
    ...(output === undefined ? {} : { output }),
    hint: "to do without it, take it out of clone_directories with fleet config edit",
    cause: error,
  });
}
