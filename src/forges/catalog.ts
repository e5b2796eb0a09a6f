import type { Environment } from "../system/environment.ts";
import type { Forge } from "./forge.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";

/** The words by which a record names a forge. */
export type ForgeName = "github" | "gitlab";

const forges: Readonly<Record<ForgeName, Forge>> = { github, gitlab };

/** Where a repository is: its forge, and where that takes calls. */
export interface Located {
  readonly name: ForgeName;
  readonly forge: Forge;
  readonly address: string;
}

/** The hosts that the user says are a GitHub or a GitLab. */
export type OwnHosts = Readonly<Record<ForgeName, readonly string[]>>;

/** The forge on a host: one that everybody knows, that the environment of a workflow names, or that the user does. */
export function forgeOn(host: string, own: OwnHosts, environment: Environment): Located | undefined {
  for (const [name, forge] of Object.entries(forges) as [ForgeName, Forge][]) {
    const known = forge.addressOf(host, environment);
    const address = known ?? (own[name].includes(host) ? forge.addressOn(host) : undefined);
    if (address !== undefined) return { name, forge, address };
  }
  return undefined;
}
