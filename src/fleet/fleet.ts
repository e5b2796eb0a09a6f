import { dirname, join } from "node:path";
import { broughtFileName, settingsBrought } from "../config/brought.ts";
import type { Config } from "../config/config.ts";
import { configForRepository, type LoadedConfig } from "../config/load.ts";
import { asRefusal, FleetError } from "../errors.ts";
import { isIsolated } from "../model/sandbox.ts";
import type { AgentEntry } from "../state/entry.ts";
import type { StatePlaces } from "../state/places.ts";
import { acceptedText } from "../state/trust.ts";
import type { Environment } from "../system/environment.ts";
import { realPath } from "../system/files.ts";
import type { GitPlace } from "../system/git/command.ts";
import { discoverRepository, type Repository, requireRepository } from "../system/git/repository.ts";
import { adminDirectory } from "../system/git/worktrees.ts";
import type { LockOptions } from "../system/lock.ts";
import { defaultSocket, namedSocket, type TmuxServer } from "../system/tmux/server.ts";
import { isSettable, serverEnvironment } from "./environment.ts";
import type { Report } from "./progress.ts";

/** What every operation of the fleet is handed: nothing in `fleet/` reads the environment, argv or a clock of its own. */
export interface Fleet {
  readonly settings: LoadedConfig;
  readonly environment: Environment;
  /** The absolute path of this program. */
  readonly program: string;
  /** Where the user is, or says they are with `-C`. */
  readonly directory: string;
  /** Aborted with a FleetError as its reason when the user or the system asks us to stop. */
  readonly cancelled: AbortSignal;
  readonly report: Report;
  /** Exact names reach no other repository either, also where somebody only looks. */
  readonly confined?: boolean;
}

/** The files and folders of this fleet. */
export function statePlaces({ settings: { config, file } }: Pick<Fleet, "settings">): StatePlaces {
  return {
    stateFile: config.state_file,
    agentsRoot: config.agents_root,
    journalRoot: config.journal_root,
    worktreeRoot: config.worktree_root,
    // Whoever may write there may just as well write the configuration.
    trustRoot: join(dirname(file), "trust"),
  };
}

/** How the locks of this fleet are waited for: patiently, and saying so. */
export function lockOptions(fleet: Fleet): LockOptions {
  return {
    cancelled: fleet.cancelled,
    onWait: (holder) => fleet.report({ kind: "note", text: `waiting for another fleet command (${holder})` }),
  };
}

/** Git where the user is, who may be inside of a repository without knowing it. */
function gitHere({ directory, environment }: Fleet): GitPlace {
  return { directory, environment };
}

/** Git at a directory that fleet knows, with the caller's environment. */
export function gitAt(fleet: Pick<Fleet, "environment">, directory: string): GitPlace {
  return { directory, environment: fleet.environment, named: true };
}

/**
 * Git in the worktree of an agent. Of one in a sandbox nothing that it wrote may run anything here: no hook that lies in its tree, and
 * no setting of a repository that it made in there.
 */
export function gitIn(
  fleet: Pick<Fleet, "environment">,
  { worktree, sandbox }: Pick<AgentEntry, "worktree" | "sandbox">,
): GitPlace {
  const place = gitAt(fleet, worktree);
  const admin = isIsolated(sandbox) ? adminDirectory(worktree) : undefined;
  return admin === undefined ? place : { ...place, untrusted: { admin, common: dirname(dirname(admin)) } };
}

/** The tmux server with this socket. */
export function serverAt(fleet: Pick<Fleet, "environment">, socket: string): TmuxServer {
  return { socket, environment: serverEnvironment(fleet.environment) };
}

/** The server that new sessions go to: the user's own, unless the configuration names another. */
export function configuredServer(fleet: Fleet): TmuxServer {
  const { tmux_socket: configured } = fleet.settings.config;
  if (configured === "") return serverAt(fleet, defaultSocket(fleet.environment));
  return serverAt(fleet, configured.startsWith("/") ? configured : namedSocket(configured, fleet.environment));
}

/** The repository the user is in, else the one `repo_root` names. Throws FleetError `failed` when there is neither. */
export async function currentRepository(fleet: Fleet): Promise<Repository> {
  const here = await discoverRepository(gitHere(fleet));
  if (here !== undefined) return here;
  const { repo_root: root } = fleet.settings.config;
  if (root === "") return requireRepository(gitHere(fleet));
  if (realPath(root) === undefined) {
    throw new FleetError("config", `repo_root does not exist: ${root}`, {
      hint: "to change it, run fleet config edit",
    });
  }
  fleet.report({ kind: "note", text: `not inside a git repository: using repo_root, ${root}` });
  return requireRepository(gitAt(fleet, root));
}

/**
 * The name of the repository the user is in, without complaint when they are in none: what globs and batches are limited to. What reaches
 * `everywhere` is not limited to it, so one that git cannot read is none.
 */
export async function currentRepositoryRoot(
  fleet: Fleet,
  { everywhere }: { readonly everywhere: boolean } = { everywhere: false },
): Promise<string | undefined> {
  try {
    const here = await discoverRepository(gitHere(fleet));
    if (here !== undefined) return here.root;
    const { repo_root: root } = fleet.settings.config;
    if (root === "" || realPath(root) === undefined) return undefined;
    return (await discoverRepository(gitAt(fleet, root)))?.root;
  } catch (error) {
    if (!everywhere || asRefusal(error) === undefined || fleet.cancelled.aborted) throw error;
    return undefined;
  }
}

/**
 * The settings that hold for the agents there are of a repository: of what it brings itself, what the user accepted last, which is what
 * they were made with. Its file is not read; for new agents there is `settingsToLaunch`.
 */
export function settingsFor(fleet: Fleet, repositoryRoot: string): Config {
  const text = acceptedText(statePlaces(fleet), repositoryRoot);
  const path = join(repositoryRoot, broughtFileName);
  const brought = text === undefined ? undefined : settingsBrought({ path, text }, fleet.environment, isSettable);
  return configForRepository(fleet.settings, repositoryRoot, brought).config;
}

/** The lock that everything takes which changes worktrees or branches of a repository, whatever its `AI_FLEET_HOME`. */
export function repositoryLock(commonDirectory: string): string {
  return join(commonDirectory, "ai-fleet.lock");
}
