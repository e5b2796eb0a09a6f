import { cancelOperation, checkedId, outcomeOfOperation } from "../api/calling.ts";
import { operationNamed, operations } from "../api/table.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { apiVersion } from "../model/api-version.ts";
import { type Access, checkOrigin, refuseTokenInUrl, roleOf } from "./access.ts";
import { answerAsset, assetAt } from "./assets.ts";
import { jsonOf } from "./body.ts";
import { answerCall, type Desk } from "./calls.ts";
import { answerDelivery } from "./deliveries.ts";
import type { Hub } from "./events/hub.ts";
import { namesOfHosts } from "./machines.ts";
import { newerProgram } from "./newer.ts";
import { methodRefused, noHookThere, nothingThere, Refusal } from "./problem.ts";
import { fieldsOf, inputOfQuery } from "./query.ts";
import { knownRepositories } from "./repositories.ts";
import { pageToken, type Role, type UsedCodes } from "./tokens.ts";

/** What the routes of a server share. */
export interface World {
  readonly fleet: Fleet;
  readonly access: Access;
  readonly codes: UsedCodes;
  readonly desk: Desk;
  readonly hub: Hub;
  readonly version: string;
  /** Nothing but `/hooks/NAME` is there. */
  readonly hooksOnly: boolean;
  /** Names this start of the server. */
  readonly instance: string;
  readonly startedAt: string;
}

/** The one way in: what may not be here is refused before anything of it is looked at. Throws a Refusal, or what a call ends with. */
export async function answer(request: Request, { world, join }: Entrance): Promise<Response | undefined> {
  const { pathname, searchParams: parameters } = pathOf(request);
  const hook = /^\/hooks\/([^/]+)$/.exec(pathname)?.[1];
  checkOrigin(request, world.access, hook !== undefined);
  if (hook !== undefined) return answerDelivery(hook, request, world.fleet);
  if (world.hooksOnly) throw noHookThere(pathname);
  refuseTokenInUrl(parameters);
  const asset = request.method === "GET" || request.method === "HEAD" ? await assetAt(pathname) : undefined;
  if (asset !== undefined) return answerAsset(asset, request, request.headers.get("host") ?? "");
  const visit = { request, world, parameters, join, name: "" };
  const route = routes.find(({ path }) => path === pathname);
  const role = route?.open === true ? "viewer" : roleOf(request, world.access);
  if (route !== undefined) return byMethod(route.methods, { ...visit, role });
  const family = families.find(({ start }) => pathname.startsWith(start));
  const name = pathname.slice(family?.start.length ?? 0);
  if (family === undefined || name === "" || name.includes("/")) throw nothingThere(pathname);
  return byMethod(family.methodsFor(name), { ...visit, name, role });
}

/** What comes in with a request. */
interface Entrance {
  readonly world: World;
  /** Makes a socket of the request; whether it asked for one as it should. */
  readonly join: (role: Role) => boolean;
}

/** The host is checked by itself: with one that cannot be, what Bun takes for the URL is none. */
function pathOf({ url }: Request): URL {
  return new URL(`http://localhost${url.replace(/^[a-z]+:\/\/[^/?#]*/i, "")}`);
}

/** What a route is given. */
interface Visit extends Entrance {
  readonly request: Request;
  readonly parameters: URLSearchParams;
  /** What follows the beginning of a family of routes. */
  readonly name: string;
  readonly role: Role;
}

type Answerer = (visit: Visit) => Promise<Response> | Response | undefined;

type Methods = Readonly<Partial<Record<"GET" | "POST" | "DELETE", Answerer>>>;

/** A path of its own; an `open` one needs no token. */
interface Route {
  readonly path: string;
  readonly open?: true;
  readonly methods: Methods;
}

/** All paths that begin like this and have one word more. */
interface Family {
  readonly start: string;
  readonly methodsFor: (name: string) => Methods;
}

const routes: readonly Route[] = [
  { path: "/api/v1/session", open: true, methods: { POST: openSession } },
  { path: "/api/v1", methods: { GET: describe } },
  { path: "/api/v1/server", methods: { GET: describe } },
  { path: "/api/v1/agents", methods: { GET: (visit) => look({ ...visit, name: "list" }, { all_repositories: true }) } },
  { path: "/api/v1/events", methods: { GET: follow } },
  { path: "/api/v1/openapi.json", methods: { GET: description } },
  { path: "/metrics", methods: { GET: metrics } },
];

const families: readonly Family[] = [
  { start: "/api/v1/operations/", methodsFor: () => ({ GET: outcome, DELETE: cancel }) },
  { start: "/api/v1/", methodsFor: methodsOfRow },
];

/** Nothing changes by a GET. */
function methodsOfRow(name: string): Methods {
  return required(name).changes ? { POST: call } : { GET: (visit) => look(visit, {}), POST: call };
}

async function byMethod(methods: Methods, visit: Visit): Promise<Response | undefined> {
  const method = visit.request.method === "HEAD" ? "GET" : visit.request.method;
  const found = Object.hasOwn(methods, method) ? methods[method as keyof typeof methods] : undefined;
  if (found !== undefined) return found(visit);
  throw methodRefused(visit.request.method, Object.keys(methods));
}

/** Nobody is known yet who sends it. */
const mostOfSession = 1000;

/** A code that was printed becomes a token, which the page keeps for as long as it is open. */
async function openSession({ request, world }: Visit): Promise<Response> {
  const { code } = await jsonOf(request, mostOfSession);
  const role = typeof code === "string" ? world.codes.use(code, world.access.port) : undefined;
  if (role !== undefined)
    return Response.json({ token: pageToken(world.access.secrets, role, world.access.port), role });
  throw new Refusal(401, "this link has been used, or is older than ten minutes", {
    code: "code-used-up",
    hint: "for a new one, run fleet open",
    headers: { "WWW-Authenticate": 'Bearer realm="fleet"' },
  });
}

function onlyOwner(what: string): Refusal {
  return new Refusal(403, `this token may look, not change anything: ${what} is for the owner`, {
    code: "viewer",
    hint: "to open the page as the owner, run fleet open",
  });
}

async function describe({ world, role }: Visit): Promise<Response> {
  const { fleet, version, instance, startedAt } = world;
  const called = Object.entries(operations).map(([name, { summary, changes, waits }]) => ({
    name,
    summary,
    changes,
    waits,
  }));
  return Response.json({
    api: apiVersion,
    fleet: version,
    instance,
    role,
    started_at: startedAt,
    newer: await newerProgram(fleet.program, version),
    repositories: await knownRepositories(fleet),
    hosts: await namesOfHosts(fleet),
    operations: called,
  });
}

async function description({ world }: Visit): Promise<Response> {
  const { openApi } = await import("./openapi.ts");
  return Response.json(await openApi(world.version));
}

async function look(visit: Visit, given: object): Promise<Response> {
  const { world, name, request, parameters, role } = visit;
  const operation = required(name);
  const { input: shape } = await operation.shapes();
  const input = { ...given, ...inputOfQuery(parameters, fieldsOf(shape)) };
  return answerCall({ fleet: world.fleet, desk: world.desk, name, operation, input, request, role });
}

async function call({ world, name, request, role }: Visit): Promise<Response> {
  const operation = required(name);
  if (operation.changes && role !== "owner") throw onlyOwner(name);
  const input = await jsonOf(request);
  const { fleet, desk, hub } = world;
  const done = operation.changes ? () => hub.hurry() : () => undefined;
  return answerCall({ fleet, desk, name, operation, input, request, role, done });
}

function required(name: string) {
  const found = operationNamed(name);
  if (found !== undefined) return found;
  throw nothingThere(`/api/v1/${name}`);
}

/** What came of an operation; null while it is not known, since it runs. */
async function outcome({ world, name, role }: Visit): Promise<Response> {
  if (role !== "owner") throw onlyOwner("what came of an operation");
  if (world.desk.calls.running.has(name)) return Response.json({ outcome: null });
  return Response.json({ outcome: await outcomeOfOperation(world.fleet, world.desk.calls, name) });
}

function cancel({ world, name, role }: Visit): Response {
  if (role !== "owner") throw onlyOwner("to cancel");
  return Response.json({ cancelled: cancelOperation(world.desk.calls, checkedId(name)) });
}

const mostFollowers = 1000;

function follow({ request, world, role, join }: Visit): undefined {
  const offered = request.headers.get("sec-websocket-protocol")?.split(/\s*,\s*/);
  if (world.hub.size >= mostFollowers) {
    throw new Refusal(429, `${mostFollowers} follow events already`, {
      code: "too-many-followers",
      hint: "close some pages, then try again",
    });
  }
  if (offered?.includes("fleet.v1") === true && join(role)) return undefined;
  throw new Refusal(426, "events are told through a WebSocket", {
    code: "no-websocket",
    hint: "connect with the protocols fleet.v1 and token.TOKEN, or with the token in a header",
    headers: { Upgrade: "websocket", Connection: "Upgrade" },
  });
}

async function metrics(visit: Visit): Promise<Response> {
  const { metrics: run } = await import("../api/metrics.ts");
  const { metrics: text } = await run(visit.world.fleet);
  return new Response(text, { headers: { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" } });
}
