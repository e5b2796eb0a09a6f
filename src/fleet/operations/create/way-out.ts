import { networkPlace } from "../../../model/network.ts";
import type { Environment } from "../../../system/environment.ts";
import type { Draft } from "../../life/plan.ts";

const httpsPort = 443;

/**
 * Throws FleetError `usage` when what agents may reach through our proxy lies behind one of the user's that it cannot go through. What is
 * asked for with `CONNECT` counts, as models are.
 */
export async function requireWayOut(drafts: readonly Draft[], environment: Environment): Promise<void> {
  const patterns = drafts.flatMap(({ sandbox }) => (sandbox?.network === "proxy" ? (sandbox.allow ?? []) : []));
  if (patterns.length === 0) return;
  const { upstreamFor } = await import("../../../system/upstream-proxy.ts");
  for (const pattern of new Set(patterns)) {
    const place = networkPlace(pattern.replace(/^\*\./, ""), httpsPort);
    if (place !== undefined) upstreamFor({ place, connects: true }, environment);
  }
}
