import { dirname, join } from "node:path";
import type { Fleet } from "../../fleet/fleet.ts";
import { notePresence } from "./presence.ts";
import { workerOf } from "./worker.ts";

/** That deliveries are dealt with, until it is stopped. */
export interface Taking {
  /** Ends after what it is at; the rest is on disk. */
  stop(): Promise<void>;
}

/** Goes on with what webhooks have brought before, and asks for what came while nobody was there. */
export function takeWebhooks(fleet: Fleet): Taking {
  const presence = notePresence(join(dirname(fleet.settings.file), "hooks"));
  const worker = workerOf(fleet);
  worker.start();
  const missed = async () => {
    const [{ fetchMissed }, { fetchMissedTickets }] = await Promise.all([
      import("./missed.ts"),
      import("./missed-tickets.ts"),
    ]);
    await Promise.all([
      fetchMissed(fleet),
      presence.last === undefined ? undefined : fetchMissedTickets(fleet, worker, presence.last),
    ]);
  };
  missed().catch((error: unknown) => fleet.report({ kind: "warning", text: String(error) }));
  return {
    async stop() {
      await worker.stop();
      presence.end();
    },
  };
}
