import type { Config } from "../../config/config.ts";
import { expandPath } from "../../config/paths.ts";
import { isContainer, type SandboxSettings } from "../../model/sandbox.ts";
import type { Environment } from "../../system/environment.ts";

/** What one request asks for instead of what is configured. */
export interface SandboxWish {
  readonly kind?: SandboxSettings["kind"] | undefined;
  readonly network?: SandboxSettings["network"] | undefined;
  readonly memory_limit?: string | undefined;
  readonly cpu_limit?: string | undefined;
  readonly pids_limit?: number | undefined;
}

type Configured = Pick<
  Config,
  | "sandbox"
  | "network"
  | "memory_limit"
  | "cpu_limit"
  | "pids_limit"
  | "sandbox_mounts"
  | "sandbox_image"
  | "network_allow"
>;

/** What an agent is to be held in; `undefined` for neither a sandbox nor caps. */
export function sandboxFor(
  wish: SandboxWish | undefined,
  config: Configured,
  environment: Environment,
): SandboxSettings | undefined {
  const kind = wish?.kind ?? config.sandbox;
  const memory = wish?.memory_limit ?? config.memory_limit;
  const cpu = wish?.cpu_limit ?? config.cpu_limit;
  const pids = wish?.pids_limit ?? config.pids_limit;
  const network = wish?.network ?? config.network;
  if (kind === "none" && network === "full" && memory === "" && cpu === "" && pids === 0) return undefined;
  return {
    kind,
    network,
    ...(network === "proxy" ? { allow: config.network_allow } : {}),
    ...(memory === "" ? {} : { memory_limit: memory }),
    ...(cpu === "" ? {} : { cpu_limit: cpu }),
    ...(pids === 0 ? {} : { pids_limit: pids }),
    ...(isContainer({ kind }) && config.sandbox_image !== "" ? { image: config.sandbox_image } : {}),
    mounts: kind === "none" ? [] : config.sandbox_mounts.map((mount) => expandPath(mount, environment)),
  };
}
