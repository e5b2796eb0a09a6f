import { rmSync } from "node:fs";
import { openCalls } from "../api/calling.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { bracketed, callable } from "./access.ts";
import { watchBudgets } from "./budget-watch.ts";
import type { Desk } from "./calls.ts";
import { Hub } from "./events/hub.ts";
import { listenAtFirst, type Place } from "./listen.ts";
import { liveSettings } from "./live-settings.ts";
import { newerProgram } from "./newer.ts";
import { problem } from "./problem.ts";
import { answer, type World } from "./routes.ts";
import { type Role, type Secrets, UsedCodes } from "./tokens.ts";

export interface ServerOptions {
  readonly fleet: Fleet;
  /** Where to listen: at the first that is free. */
  readonly places: readonly Place[];
  readonly secrets: Secrets;
  readonly version: string;
  readonly publicUrl: URL | undefined;
  /** By which address of a proxy the page is opened. */
  readonly pageUrl: URL | undefined;
  /** Nothing but `/hooks/NAME` is there. */
  readonly hooksOnly: boolean;
}

/** A server that listens. */
export interface Server {
  /** `http://127.0.0.1:7171`; nothing at a socket. */
  readonly url: string | undefined;
  /** Takes no more requests, and waits a moment for what changes something. */
  stop(): Promise<void>;
}

const farewellMilliseconds = 2000;
/** Of the protocols that a client names, its token is another. */
const joined = { "Sec-WebSocket-Protocol": "fleet.v1" };

/** Starts a server. Throws FleetError `failed` when it cannot listen there. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { places, secrets, publicUrl, pageUrl, version, hooksOnly } = options;
  const live = liveSettings(options.fleet);
  const fleet = live.fleetOf(options.fleet);
  const desk: Desk = { calls: openCalls(), open: 0 };
  const instance = crypto.randomUUID();
  const quiet = live.fleetOf({ ...fleet, report: () => undefined });
  const hub = new Hub(quiet, { instance, version, refresh: () => live.refresh() });
  const shared = { fleet, version, hooksOnly, desk, hub, codes: new UsedCodes(secrets), instance };
  const startedAt = new Date().toISOString();
  await newerProgram(fleet.program, version);
  let world: World | undefined;
  const { listening, place } = await listenAtFirst(places, {
    hub,
    fetch: async (request, server) => {
      // What takes long is not idle: a wait, tests, a look at many agents.
      server.timeout(request, 0);
      const known = world;
      if (known === undefined) return new Response(null, { status: 404 });
      const join = (role: Role) => server.upgrade(request, { data: { role }, headers: joined });
      const answered = await live
        .refresh()
        .then(() => answer(request, { world: known, join }))
        .catch(problem);
      return answered === undefined ? undefined : withSafeHeaders(answered);
    },
  });
  const { port = 0 } = listening;
  const hostname = "socket" in place ? undefined : place.hostname;
  world = { ...shared, startedAt, access: { hostname, port, publicUrl, pageUrl, secrets } };
  const webhooks =
    fleet.settings.config.webhooks === undefined ? undefined : (await import("./hooks/take.ts")).takeWebhooks(fleet);
  const stopWatching = watchBudgets(fleet, () => live.refresh());
  const url = hostname === undefined ? undefined : `http://${bracketed(callable(hostname))}:${port}`;
  return {
    url,
    stop: async () => {
      const ended = Promise.all([...desk.calls.running.values()].map(({ done }) => done));
      await Promise.race([Promise.all([ended, webhooks?.stop()]), Bun.sleep(farewellMilliseconds)]);
      stopWatching();
      await hub.end();
      await listening.stop(true);
      if ("socket" in place) rmSync(place.socket, { force: true });
    },
  };
}

/** Nothing of ours is kept by a cache, guessed to be of another type, or shown in a page of others. */
function withSafeHeaders(response: Response): Response {
  const { headers } = response;
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "no-referrer");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("X-Frame-Options", "DENY");
  return response;
}
