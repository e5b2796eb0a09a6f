import type { SandboxKind } from "../model/sandbox.ts";
import { bubblewrap } from "./bubblewrap.ts";
import { docker } from "./docker.ts";
import { podman } from "./podman.ts";
import type { Sandbox } from "./sandbox.ts";
import { writeGuard } from "./write-guard.ts";

/** The sandboxes that fleet knows. */
export const sandboxes: Readonly<Record<Exclude<SandboxKind, "none">, Sandbox>> = {
  "write-guard": writeGuard,
  bubblewrap,
  podman,
  docker,
};
