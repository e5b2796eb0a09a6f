import type { Config } from "../../../config/config.ts";
import { FleetError } from "../../../errors.ts";
import { isContainer, isIsolated, type SandboxKind } from "../../../model/sandbox.ts";
import { checkCaps, hasCaps } from "../../../sandboxes/caps.ts";
import { sandboxes } from "../../../sandboxes/catalog.ts";
import type { SandboxCheck } from "../../../sandboxes/sandbox.ts";
import type { Fleet } from "../../fleet.ts";
import type { Draft } from "../../life/plan.ts";
import type { AgentRequest } from "./request.ts";

/** Tries each kind of sandbox that is asked for, while git and tmux answer. */
export async function trySandboxes(
  { environment }: Fleet,
  config: Config,
  requests: readonly AgentRequest[],
): Promise<ReadonlyMap<SandboxKind, SandboxCheck>> {
  const kinds = new Set(requests.map(({ sandbox }) => sandbox?.kind ?? config.sandbox));
  const held = [...kinds].filter((kind) => kind !== "none");
  return new Map(
    await Promise.all(held.map(async (kind) => [kind, await sandboxes[kind].check(environment)] as const)),
  );
}

/** Throws FleetError for what agents are to be held in and that does not work here, or not together. */
export function requireSandboxes(
  { environment }: Fleet,
  drafts: readonly Draft[],
  tried: ReadonlyMap<SandboxKind, SandboxCheck>,
): void {
  const capped = drafts.some(({ sandbox }) => hasCaps(sandbox) && !isContainer(sandbox))
    ? checkCaps(environment)
    : undefined;
  if (capped?.works === false) {
    throw new FleetError("failed", `agents cannot be capped here: ${capped.finding}`, {
      hint: `${capped.remedy ?? "it works on Linux"}; to start them without, leave out --memory, --cpus and --pids, and the limits in the configuration`,
    });
  }
  const open = drafts.find(({ sandbox }) => (sandbox?.network ?? "full") !== "full" && !isIsolated(sandbox))?.sandbox;
  if (open !== undefined) {
    const what = open.kind === "none" ? "an agent without a sandbox" : `a ${open.kind}`;
    throw new FleetError("usage", `${what} cannot be kept from the network`, {
      hint: "to hold it in one that can, add --sandbox bubblewrap; to leave it the network, add --network full",
    });
  }
  for (const [kind, { works, finding, remedy }] of tried) {
    if (works) continue;
    throw new FleetError("missing-tool", `the sandbox ${kind} does not work here: ${finding}`, {
      hint: `${remedy === undefined ? "" : `to get it: ${remedy}; `}to do without, add --sandbox none`,
    });
  }
}
