import { chmodSync } from "node:fs";
import { dirname, join } from "node:path";
import { FleetError } from "../errors.ts";
import { cores, memoryBytes } from "../model/sandbox.ts";
import { type Environment, withoutVariables } from "../system/environment.ts";
import { exists, isDirectory, isInside, makePrivateDirectory, writePrivateFile } from "../system/files.ts";
import { isSuperuser } from "../system/machine.ts";
import { outletWords, relayWords } from "./outlet.ts";
import type { Mount, View } from "./sandbox.ts";
import { secretDirectories, secretFiles, systemDirectories } from "./system-view.ts";

/** What one engine says differently from the other. */
export interface EngineWords {
  /** The absolute path of its client. */
  readonly program: string;
  /** Options of `run` that only it has, or needs. */
  readonly options: readonly string[];
  /** What a container without an image is made from: the options, and the operand. */
  readonly empty: readonly string[];
}

/** The labels by which containers are known as ours, see `OwnContainer`. */
export const labels = { agent: "ai-fleet.agent", owner: "ai-fleet.owner" } as const;

/**
 * The words that go before a command line so that it runs in a container of its own, on this terminal if it is one. Podman and docker
 * understand the same. The container is gone when the command ends; its id is in the `note` from before that runs. What is written on the
 * terminal an engine would keep on the disk, without end.
 */
export function containerWords(view: View, engine: EngineWords, client: Environment): readonly string[] {
  const { container } = view;
  const { image } = container.settings;
  const own = Object.entries(client).flatMap(([name, value]) =>
    clientVariables.test(name) && value !== undefined ? [`${name}=${value}`] : [],
  );
  return [
    ...outletWords(view),
    ...["/usr/bin/env", ...own, "/bin/sh", "-c", running, "fleet-container"],
    ...[engine.program, container.note],
    ...["--rm", "--interactive", "--read-only", "--sig-proxy=false", "--log-driver", "none"],
    ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--security-opt", "label=disable"],
    ...["--network", view.network === "full" ? "host" : "none"],
    ...["--label", `${labels.agent}=${container.agent}`, "--label", `${labels.owner}=${container.owner}`],
    ...capOptions(container.settings),
    ...variableOptions(container.environment),
    ...mountOptions(mountsOf(view)),
    ...memoryFileSystems.flatMap((path) => ["--tmpfs", `${path}:rw,exec,nosuid,nodev,mode=1777`]),
    ...["--workdir", view.worktree],
    ...engine.options,
    ...(image === undefined ? engine.empty : [image]),
    ...["/bin/sh", "-c", first, "fleet-first", container.memoryReport],
    ...relayWords(view),
  ];
}

/**
 * What the client of an engine needs of its user. Inside, a home is the agent's: what that wrote there must never tell the client, which
 * runs outside, what to do.
 */
const clientVariables =
  /^(?:HOME|TMPDIR|XDG_.*|DBUS_SESSION_BUS_ADDRESS|DOCKER_.*|CONTAINERS?_.*|REGISTRY_AUTH_FILE|PODMAN_.*)$/;

/**
 * An engine gives a container a terminal only if it has one itself, and it does not write over the id of an earlier one. Its client ends
 * with the terminal and leaves the container to itself, so a shell stays to end that. The watchman of podman leaves a file where its client
 * was started when memory is used up, which must not be the worktree.
 */
const running = [
  "ai_fleet_engine=$1 ai_fleet_note=$2; shift 2;",
  '[ ! -e "$ai_fleet_note" ] || command -p rm -f -- "$ai_fleet_note";',
  `cd -- "\${ai_fleet_note%/*}" || exit;`,
  'if [ -t 0 ] && [ -t 1 ]; then set -- --tty "$@"; fi;',
  "trap : HUP INT QUIT TERM;",
  '"$ai_fleet_engine" run --cidfile "$ai_fleet_note" "$@";',
  "ai_fleet_code=$?;",
  'if [ "$ai_fleet_code" -gt 128 ] && [ -s "$ai_fleet_note" ]; then',
  '"$ai_fleet_engine" kill "$(command -p cat "$ai_fleet_note")" >/dev/null 2>&1; fi;',
  'exit "$ai_fleet_code"',
].join(" ");

/**
 * The first process of a container, which the kernel shields from signals and gives all orphans to: it stays beside the command, and
 * writes down what only the group of the container knows, which is gone with it.
 */
const first = [
  "ai_fleet_report=$1; shift;",
  '"$@";',
  "ai_fleet_code=$?;",
  "while IFS=: read -r ai_fleet_number ai_fleet_names ai_fleet_group; do",
  '[ "$ai_fleet_number" != 0 ] || break; done </proc/self/cgroup;',
  'for ai_fleet_file in "$ai_fleet_group/memory.events" memory/memory.oom_control; do',
  'cat "/sys/fs/cgroup/$ai_fleet_file"; done',
  '2>/dev/null >"$ai_fleet_report";',
  "exit $ai_fleet_code",
].join(" ");

/** The same limit for memory with swap: else what does not fit would go there. Engines have a limit of processes of their own. */
function capOptions({ memory_limit, cpu_limit, pids_limit }: View["container"]["settings"]): string[] {
  const bytes = String(memoryBytes(memory_limit ?? "") ?? 0);
  return [
    ...(memory_limit === undefined ? [] : ["--memory", bytes, "--memory-swap", bytes]),
    ...(cpu_limit === undefined ? [] : ["--cpus", String(cores(cpu_limit) ?? 0)]),
    ...["--pids-limit", String(pids_limit ?? -1)],
  ];
}

/** What tmux says of the terminal, which only the launcher knows. */
const terminalVariables = ["TERM", "COLORTERM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION"];

/** What is seen in a container that is only a trial, with its files in a directory that is there for it. */
export function trialView(place: string): View {
  prepareContainerPlaces(place);
  return {
    worktree: "/tmp",
    mounts: [],
    network: "none",
    program: "",
    superuser: isSuperuser(),
    container: {
      agent: "trial",
      owner: place,
      environment: {},
      settings: {},
      places: place,
      note: join(place, "note"),
      memoryReport: "/dev/null",
    },
  };
}

/** Makes the directories that every container has outside, see `ContainerView`. */
export function prepareContainerPlaces(places: string): void {
  for (const name of ["root", "nothing"]) makePrivateDirectory(join(places, name));
}

const memoryFileSystems = ["/tmp", "/var/tmp", "/run"];
/** What a runtime mounts by itself in every container. */
const runtimeMounts = ["/proc", "/sys", "/dev", "/etc"];

/**
 * Makes what all mounts of a container without an image lie on. A runtime makes what is missing, and one that its user runs without being
 * root makes it as somebody else, whose directories that user cannot remove.
 */
export function makeMountPoints(view: View): void {
  const root = join(view.container.places, "root");
  const own = [...memoryFileSystems, ...runtimeMounts].map((path): Mount => ({ path, from: "/" }));
  for (const { path, from = path } of [...own, ...mountsOf(view)]) {
    const point = join(root, path);
    if (exists(point)) continue;
    const isFolder = isDirectory(from);
    makePrivateDirectory(isFolder ? point : dirname(point));
    if (!isFolder) writePrivateFile(point, "");
  }
  // A file system of a container may get the mode of what it lies on (runc), and belong to somebody else than who is in there.
  for (const { path } of own) chmodSync(join(root, path), memoryFileSystems.includes(path) ? 0o1777 : 0o755);
}

/** By their names alone, so that no value stands in a command line; but for those that the client has other values of. */
function variableOptions(environment: Environment): string[] {
  const shown = withoutVariables(environment, (name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  const pairs = Object.entries(shown).flatMap(([name, value]) =>
    value === undefined ? [] : ["--env", clientVariables.test(name) ? `${name}=${value}` : name],
  );
  return [...pairs, ...terminalVariables.filter((name) => !(name in shown)).flatMap((name) => ["--env", name])];
}

/** This machine's own programs, without what only root may read if we are root. */
function systemMounts({ superuser, container }: View): Mount[] {
  const nothing = join(container.places, "nothing");
  return [
    ...systemDirectories.filter(exists).map((path) => ({ path })),
    ...(superuser ? secretFiles.filter(exists).map((path) => ({ path, from: "/dev/null" })) : []),
    ...(superuser ? secretDirectories.filter(exists).map((path) => ({ path, from: nothing })) : []),
  ];
}

/** Engines mount the higher directories first, whatever the order. So what a later mount hides is not mounted at all. */
function mountsOf(view: View): Mount[] {
  const { image } = view.container.settings;
  const mounts = [...(image === undefined ? systemMounts(view) : []), ...view.mounts];
  const there = mounts.filter(({ path, from = path, optional }) => optional !== true || exists(from));
  return there.filter(({ path }, index) => !there.slice(index + 1).some((later) => isInside(later.path, path)));
}

function mountOptions(mounts: readonly Mount[]): string[] {
  return mounts.flatMap(({ path, from = path, writable }) => {
    for (const name of [path, from]) requireMountable(name);
    return ["--volume", `${from}:${path}:${writable === true ? "rw" : "ro"}`];
  });
}

function requireMountable(path: string): void {
  if (!path.includes(":")) return;
  throw new FleetError("usage", `a container cannot show ${path}: there is a colon in its name`, {
    hint: "to hold the agent in something that can, add --sandbox bubblewrap",
  });
}
