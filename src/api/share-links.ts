import type { Fleet } from "../fleet/fleet.ts";
import { hasHosts } from "./has-hosts.ts";

/** Does something that asks hosts more than once, over one connection to each; without hosts nothing is loaded for it. */
export async function sharingLinks<Value>(fleet: Fleet, body: () => Promise<Value>): Promise<Value> {
  if (!hasHosts(fleet)) return body();
  const { withSharedLinks } = await import("./across/shared-links.ts");
  return withSharedLinks(fleet, body);
}
