import { join } from "node:path";
import { findAgent } from "../../../agents/catalog.ts";
import { isIsolated, type SandboxSettings } from "../../../model/sandbox.ts";
import { sandboxes } from "../../../sandboxes/catalog.ts";
import type { Mount, Outlet, View } from "../../../sandboxes/sandbox.ts";
import { systemDirectories } from "../../../sandboxes/system-view.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { type AgentFiles, agentFiles, spendingRoot } from "../../../state/places.ts";
import type { Environment } from "../../../system/environment.ts";
import { isInside } from "../../../system/files.ts";
import { isSuperuser } from "../../../system/machine.ts";
import { type ContainerFiles, containerFiles, ownerOf } from "../../contained.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { privateGit, privateGitMounts } from "./private-git.ts";
import { directoriesOnPath, installationsOnPath, packageOf } from "./programs.ts";

/** What is to run in a sandbox. */
export interface Wrapped {
  /** All that it finds in its environment. */
  readonly environment: Environment;
  /** The agent's program, wherever it is installed. */
  readonly program?: string | undefined;
  /** Where it runs, which is seen inside; the worktree unless given. */
  readonly directory?: string;
  /** Where its container writes things down; where that of the agent does unless given. */
  readonly container?: ContainerFiles;
}

/**
 * The words that go before a command line so that it runs in the sandbox of an agent; none for one without. Throws FleetError
 * `missing-tool` when the sandbox is not installed any more.
 */
export function wrapperFor(fleet: Fleet, entry: AgentEntry, wrapped: Wrapped): readonly string[] {
  const { environment, program, directory = entry.worktree } = wrapped;
  const { sandbox } = entry;
  if (sandbox === undefined || sandbox.kind === "none") return [];
  const files = agentFiles(statePlaces(fleet), entry.id);
  const mounts = isIsolated(sandbox)
    ? [...mountsOf(fleet, entry, sandbox, program), ...(sandbox.network === "proxy" ? [{ path: fleet.program }] : [])]
    : writablePlaces(fleet, entry, files, sandbox);
  const view: View = {
    worktree: directory,
    mounts: directory === entry.worktree ? mounts : [...mounts, { path: directory, writable: true }],
    network: sandbox.network,
    outlet: outletFor(sandbox, files),
    program: fleet.program,
    superuser: isSuperuser(),
    container: {
      agent: entry.id,
      owner: ownerOf(fleet),
      environment,
      settings: sandbox,
      places: files.containers,
      ...(wrapped.container ?? containerFiles(files)),
    },
  };
  return sandboxes[sandbox.kind].wrap(view, fleet.environment);
}

/** A new one for each command line: several may run at a time. */
function outletFor({ network, allow = [] }: SandboxSettings, files: AgentFiles): Outlet | undefined {
  if (network !== "proxy") return undefined;
  const socket = `outlet-${crypto.randomUUID().slice(0, 8)}`;
  return { directory: files.directory, socket, allow, refused: files.refused };
}

/** What programs write to that is no disk. */
const devices = ["null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "fd"];
/** Where programs keep what they can get again. */
const caches = [
  ...[".cache", ".npm", ".yarn", ".bun/install/cache", ".local/share/pnpm", ".deno", ".local/state"],
  ...[".cargo/registry", ".cargo/git", "go/pkg", ".gradle", ".m2/repository", ".gem", ".nuget", ".composer/cache"],
];

/**
 * What an agent in a write-guard may change: its worktree, of git's directory what commits need, its own home as its CLI has it, caches and
 * temporary files. Hooks and settings of the repository are not among them.
 */
function writablePlaces(fleet: Fleet, entry: AgentEntry, files: AgentFiles, { mounts }: SandboxSettings): Mount[] {
  const { environment } = fleet;
  const { HOME = "", TMPDIR } = environment;
  const { common, admin } = privateGit(entry, files);
  const { directories = [], files: own = [] } =
    findAgent(entry.agent, fleet.settings.config.agents)?.keeps?.(environment) ?? {};
  const paths = [
    ...[entry.worktree, files.inside, admin],
    ...["objects", "refs", "logs", "lfs"].map((name) => join(common, name)),
    ...directories,
    ...own,
    ...(HOME === "" ? [] : caches.map((name) => join(HOME, name))),
    ...devices.map((name) => `/dev/${name}`),
    ...(TMPDIR === undefined || TMPDIR === "" ? ["/tmp", "/var/tmp"] : [TMPDIR]),
    ...mounts.filter((mount) => mount.endsWith(":rw")).map((mount) => mount.slice(0, -":rw".length)),
  ];
  return [...new Set(paths)].map((path) => ({ path, writable: true }));
}

function mountsOf(fleet: Fleet, entry: AgentEntry, { mounts }: SandboxSettings, program: string | undefined): Mount[] {
  const { environment } = fleet;
  const places = statePlaces(fleet);
  const files = agentFiles(places, entry.id);
  const { image } = entry.sandbox ?? {};
  // An image has programs of its own.
  const own = image === undefined ? [...directoriesOnPath(environment), ...installationsOnPath(environment)] : [];
  const programs = [...own, ...(program === undefined || image !== undefined ? [] : packageOf(program, environment))];
  const seen = programs.filter((path) => !systemDirectories.some((directory) => isInside(directory, path)));
  return [
    ...[...new Set(seen)].map((path) => ({ path, optional: true }) as const),
    ...mounts.map((mount): Mount => {
      const path = mount.replace(/:r[ow]$/, "");
      return mount.endsWith(":rw") ? { path, writable: true } : { path };
    }),
    { path: files.directory },
    { path: spendingRoot(places), optional: true },
    { path: files.inside, writable: true },
    { path: entry.worktree, writable: true },
    ...privateGitMounts(entry, privateGit(entry, files)),
  ];
}
