/** A process environment. A variable that is `undefined` is not passed on. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables with which a caller points git at one repository, as printed by `git rev-parse --local-env-vars` (git 2.39).
 * Inherited by `git -C WORKTREE reset --hard` they make it act on the caller's repository instead of the worktree.
 * `GIT_CONFIG_COUNT` is not among them, as git itself hands it on to submodules: a container says with it what holds for every repository.
 */
export const gitLocalVariables: readonly string[] = [
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_CONFIG",
  "GIT_CONFIG_PARAMETERS",
  "GIT_OBJECT_DIRECTORY",
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_IMPLICIT_WORK_TREE",
  "GIT_GRAFT_FILE",
  "GIT_INDEX_FILE",
  "GIT_NO_REPLACE_OBJECTS",
  "GIT_REPLACE_REF_BASE",
  "GIT_PREFIX",
  "GIT_INTERNAL_SUPER_PREFIX",
  "GIT_SHALLOW_FILE",
  "GIT_COMMON_DIR",
];

/** The environment without the variables that `drop` names. */
export function withoutVariables(environment: Environment, drop: (name: string) => boolean): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !drop(name)));
}
