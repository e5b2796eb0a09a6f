import { isHostPattern } from "./network.ts";

/** What can stand between an agent and the machine. */
export const sandboxKinds = ["none", "write-guard", "bubblewrap", "podman", "docker"] as const;
export type SandboxKind = (typeof sandboxKinds)[number];

/** What an agent in a sandbox reaches of the network. */
export const networkAccesses = ["full", "none", "proxy"] as const;
export type NetworkAccess = (typeof networkAccesses)[number];

/** What an agent is held in, as its entry keeps it: a resume holds it in the same. What is absent is no cap. */
export interface SandboxSettings {
  readonly kind: SandboxKind;
  readonly network: NetworkAccess;
  /** What a proxy lets it reach, as `isHostPattern` takes it. */
  readonly allow?: readonly string[];
  /** `512M` */
  readonly memory_limit?: string;
  /** Cores: `1.5`. */
  readonly cpu_limit?: string;
  readonly pids_limit?: number;
  /** What a container is made from; this machine's own programs where it is absent. */
  readonly image?: string;
  /** Absolute paths, with `:rw` behind those that are writable. */
  readonly mounts: readonly string[];
}

const units: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
/** Less than this no agent starts in, and no kernel keeps to. */
const leastMemory = 4 * 2 ** 20;

/** The bytes of `512M` or `1.5G`; `undefined` for what is no amount of memory, or too little for any program. */
export function memoryBytes(text: string): number | undefined {
  const { amount, unit } =
    /^(?<amount>\d{1,9}(?:\.\d{1,3})?)(?<unit>[KMGT]?)(?:i?B)?$/i.exec(text.trim())?.groups ?? {};
  const bytes = Math.floor(Number(amount) * (units[(unit ?? "").toUpperCase()] ?? Number.NaN));
  return bytes >= leastMemory ? bytes : undefined;
}

/** The cores of `2` or `0.5`; `undefined` for what is no number of cores, or less than a hundredth of one. */
export function cores(text: string): number | undefined {
  const count = /^\d{1,4}(?:\.\d{1,3})?$/.test(text.trim()) ? Number(text) : Number.NaN;
  return count >= 0.01 ? count : undefined;
}

/** Whether what an agent is held in hides the machine from it: it has a home, a git directory and processes of its own. */
export function isIsolated(sandbox: Pick<SandboxSettings, "kind"> | undefined): boolean {
  return sandbox?.kind === "bubblewrap" || isContainer(sandbox);
}

/** Whether an engine for containers holds it, which also keeps it to its caps. */
export function isContainer(sandbox: Pick<SandboxSettings, "kind"> | undefined): boolean {
  return sandbox?.kind === "podman" || sandbox?.kind === "docker";
}

/** Whether a value that was read from disk is what an entry keeps. */
export function isSandboxSettings(value: unknown): value is SandboxSettings {
  if (typeof value !== "object" || value === null) return false;
  const { kind, network, allow, memory_limit, cpu_limit, pids_limit, image, mounts } =
    value as Partial<SandboxSettings>;
  return (
    sandboxKinds.some((known) => known === kind) &&
    networkAccesses.some((known) => known === network) &&
    (allow === undefined || (Array.isArray(allow) && allow.every(isHostPattern))) &&
    (memory_limit === undefined || memoryBytes(memory_limit) !== undefined) &&
    (cpu_limit === undefined || cores(cpu_limit) !== undefined) &&
    (pids_limit === undefined || (Number.isSafeInteger(pids_limit) && pids_limit > 0)) &&
    (image === undefined || (typeof image === "string" && !image.startsWith("-"))) &&
    Array.isArray(mounts) &&
    mounts.every((path) => typeof path === "string" && path.startsWith("/"))
  );
}

/** What an agent is held in, as a person reads it: `bubblewrap, no network, 512M memory, 2 cores, 100 processes`. */
export function sandboxText(settings: SandboxSettings): string {
  const { kind, network, memory_limit, cpu_limit, pids_limit, image } = settings;
  return [
    kind === "none" ? "no sandbox" : `${kind}${image === undefined ? "" : ` (${image})`}`,
    ...(network === "none" ? ["no network"] : []),
    ...(network === "proxy" ? ["network by proxy"] : []),
    ...(memory_limit === undefined ? [] : [`${memory_limit} memory`]),
    ...(cpu_limit === undefined ? [] : [`${cpu_limit} ${cores(cpu_limit) === 1 ? "core" : "cores"}`]),
    ...(pids_limit === undefined ? [] : [`${pids_limit} processes`]),
  ].join(", ");
}

/** Whether an agent is held in anything: it can write to one directory of what fleet keeps of it alone. */
export function isHeld(sandbox: Pick<SandboxSettings, "kind"> | undefined): boolean {
  return sandbox !== undefined && sandbox.kind !== "none";
}
