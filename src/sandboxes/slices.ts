import { join } from "node:path";
import { FleetError } from "../errors.ts";
import { cores, memoryBytes, type SandboxSettings } from "../model/sandbox.ts";
import { type Controller, readIfThere } from "../system/cgroups.ts";
import type { Environment } from "../system/environment.ts";
import { type Finished, findProgram, run } from "../system/exec.ts";
import { exists, isRealDirectory } from "../system/files.ts";

/**
 * Where systemd runs a machine, the groups of version 2 are its own: what somebody else makes among them may lose its limits when systemd
 * arranges them anew. So it is asked for a slice of each agent, and for a scope in there of all that is started (systemd.slice(5),
 * org.freedesktop.systemd1(5)). A user's own manager does that for a user who is not root, whatever session they are in.
 */
export interface SliceManager {
  /** The absolute path of `busctl`, which talks to it, and the option that says where it listens. */
  readonly program: string;
  readonly address: string;
  /** The group below which it has its slices. */
  readonly directory: string;
  readonly controllers: readonly Controller[];
}

const top = "/sys/fs/cgroup";
const answerMilliseconds = 20_000;

/** The systemd that makes slices for this user; `undefined` where there is none, or none with groups of version 2 alone. */
export function sliceManager(environment: Environment): SliceManager | undefined {
  // The second is what sd_booted(3) asks for.
  if (!exists(join(top, "cgroup.controllers")) || !isRealDirectory("/run/systemd/system")) return undefined;
  const program = findProgram("busctl", environment);
  if (program === undefined) return undefined;
  const first = /^0::(?<path>.*)\/init\.scope$/m.exec(readIfThere("/proc/1/cgroup") ?? "")?.groups?.path ?? "";
  const user = process.getuid?.() ?? 0;
  const bus = user === 0 ? "/run/dbus/system_bus_socket" : `/run/user/${user}/bus`;
  const below = user === 0 ? "" : `user.slice/user-${user}.slice/user@${user}.service`;
  const directory = join(top, first, below);
  const names = (readIfThere(join(directory, "cgroup.controllers")) ?? "").trim().split(" ");
  const controllers = (["memory", "cpu", "pids"] as const).filter((name) => names.includes(name));
  if (!exists(bus) || controllers.length === 0) return undefined;
  return { program, address: `--address=unix:path=${bus}`, directory, controllers };
}

/** Its name on the bus, its object there, and the interface of that. */
const manager = ["org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"];

/** The group of the slice of an agent. Dashes in the name of a slice stand for the slices that it is in. */
export function sliceDirectory(slices: SliceManager, id: string): string {
  return join(slicesRoot(slices), `fleet-${id}.slice`);
}

/** The group that the slices of all agents are in, which is there as long as one of them is. */
export function slicesRoot({ directory }: SliceManager): string {
  return join(directory, "fleet.slice");
}

/** Whether a group is that of a slice. */
export function isSlice(directory: string): boolean {
  return directory.endsWith(".slice");
}

/** Asks for the slice of an agent; that it is there is seen a moment later. Throws FleetError `failed` when it is refused. */
export async function startSlice(
  slices: SliceManager,
  id: string,
  caps: Pick<SandboxSettings, "memory_limit" | "cpu_limit" | "pids_limit">,
  environment: Environment,
): Promise<void> {
  const { memory_limit: memory, cpu_limit: cpu, pids_limit: pids } = caps;
  const bytes = String(memoryBytes(memory ?? "") ?? 0);
  const microseconds = String(Math.round((cores(cpu ?? "") ?? 0) * 1_000_000));
  const properties = [
    ...(memory === undefined ? [] : [["MemoryMax", "t", bytes] as const, ["MemorySwapMax", "t", "0"] as const]),
    ...(cpu === undefined ? [] : [["CPUQuotaPerSecUSec", "t", microseconds] as const]),
    ...(pids === undefined ? [] : [["TasksMax", "t", String(pids)] as const]),
  ];
  // A stop of the slice around it, which was to go with the last agent, gives way.
  const method = ["StartTransientUnit", "ssa(sv)a(sa(sv))", `fleet-${id}.slice`, "replace"];
  const call = [...method, String(properties.length), ...properties.flat()];
  const first = exists(slicesRoot(slices)) ? undefined : await ask(slices, [...call, ...around], environment);
  if (first?.exitCode === 0) return;
  // Somebody else may have made the slice around it meanwhile.
  const { exitCode, stderr } = await ask(slices, [...call, "0"], environment);
  if (exitCode !== 0) throw new FleetError("failed", "systemd made no slice for an agent", { output: stderr });
}

/** The slice that the slices of all agents are in, which would stay when the last of them is gone. */
const around = ["1", "fleet.slice", "1", "StopWhenUnneeded", "b", "true"];

function ask({ program, address }: SliceManager, call: readonly string[], environment: Environment): Promise<Finished> {
  const options = { environment, timeoutMilliseconds: answerMilliseconds };
  return run([program, address, "--quiet", "call", ...manager, ...call], options);
}

/**
 * The words that go before a command line so that it runs in a scope of its own in a slice. A process that has not got there in time is no
 * agent.
 */
export function sliceWords({ program, address }: SliceManager, directory: string): readonly string[] {
  const slice = nameOf(directory);
  const scope = `${slice.replace(/\.slice$/, "")}-${crypto.randomUUID().slice(0, 8)}.scope`;
  return ["/bin/sh", "-c", joining, "fleet-caps", program, address, slice, scope];
}

/** `Delegate` has systemd leave the rest of a scope alone when memory was used up in it. */
const joining = [
  `"$1" "$2" --quiet call ${manager.join(" ")} StartTransientUnit "ssa(sv)a(sa(sv))" "$4" fail 4`,
  'Slice s "$3" Delegate b true CollectMode s inactive-or-failed PIDs au 1 $$ 0 </dev/null || exit 125;',
  "ai_fleet_slice=$3 ai_fleet_tries=0; shift 4;",
  "while :; do",
  "while read -r ai_fleet_group; do",
  'case $ai_fleet_group in *"/$ai_fleet_slice/"*) ai_fleet_tries=in; break;; esac; done </proc/self/cgroup;',
  'case $ai_fleet_tries in in) exec "$@";;',
  "2000) echo 'systemd has not put it into its slice' >&2; exit 125;; esac;",
  "command -p sleep 0.01; ai_fleet_tries=$((ai_fleet_tries + 1)); done",
].join(" ");

/** Asks for the end of a slice in which nothing runs any more; that it is gone already is fine. */
export async function stopSlice(slices: SliceManager, directory: string, environment: Environment): Promise<void> {
  await ask(slices, ["StopUnit", "ss", nameOf(directory), "replace"], environment);
}

function nameOf(directory: string): string {
  return directory.split("/").at(-1) ?? "";
}
