import type { Fleet } from "../../fleet/fleet.ts";
import type { LogSource } from "../../fleet/watch/logs.ts";
import type { HostLink } from "../../hosts/link.ts";
import type { AwayAgent } from "../../state/away.ts";
import { type LogOfAgent, logFrom } from "../logs.ts";
import { hostOf, withLink } from "./hosts.ts";
import { ask } from "./machine.ts";

const pauseMilliseconds = 300;
const logsRow = { name: "logs", changes: false, shapes: () => import("../../model/wire/logs.ts") } as const;

interface Following {
  readonly lines: number;
  readonly source: LogSource;
  /** Told the last lines of those that go on, each time anew. */
  readonly show: (logs: readonly LogOfAgent[]) => void;
}

/**
 * Hands on the logs of agents on other machines again and again, until nothing more will come of any. Each host has one link for it.
 * Throws FleetError when one cannot be reached, or not any more.
 */
export async function followHosts(fleet: Fleet, away: readonly AwayAgent[], following: Following): Promise<void> {
  const byHost = Map.groupBy(away, ({ host }) => host);
  await Promise.all(
    [...byHost].map(([name, agents]) =>
      withLink(fleet, hostOf(fleet, name), (link) => followOn(fleet, link, agents, following)),
    ),
  );
}

async function followOn(
  fleet: Fleet,
  link: HostLink,
  away: readonly AwayAgent[],
  { show, ...wanted }: Following,
): Promise<void> {
  let open = [...away];
  while (open.length > 0 && !fleet.cancelled.aborted) {
    const groups = [...Map.groupBy(open, ({ mirror }) => mirror)];
    const told = await Promise.all(
      groups.map(([mirror, agents]) =>
        ask(fleet, link, logsRow, { ...wanted, targets: agents.map(({ entry }) => entry.branch) }, mirror),
      ),
    );
    const logs = told.flatMap(({ agents }) => agents).flatMap((agent) => logFrom(open, agent));
    show(logs);
    const complete = new Set(logs.filter((log) => log.complete).map(({ entry }) => entry.id));
    open = open.filter(({ entry }) => !complete.has(entry.id));
    if (open.length > 0) await Bun.sleep(pauseMilliseconds);
  }
}
