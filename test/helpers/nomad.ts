import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Server, ServerWebSocket } from "bun";
import { hearOver, type Link, runOver } from "./nomad-exec.ts";
import { checked } from "./nomad-types.ts";
import type { Sandbox } from "./sandbox.ts";

/** A Nomad of one node, as far as its HTTP API can tell. */
export interface TestNomad extends AsyncDisposable {
  readonly address: string;
  readonly token: string;
  /** The home of the host of this name, which every allocation of it has. */
  readonly home: string;
  /** What was asked, as `PUT /v1/jobs`. */
  readonly asked: readonly string[];
  /** The jobs that were dispatched and have not ended. */
  readonly running: readonly string[];
  /** Whether its node has room. What waits is started once it has. */
  setRoom(hasRoom: boolean): void;
  /** Ends all links in the middle of what is said over them, as a dead client does; with them what runs over them. */
  breakLinks(): void;
  /** Ends all allocations, as a node does that goes down. */
  endTasks(): Promise<void>;
}

/** As much of a job as it is run by. */
interface Job {
  readonly ID: string;
  readonly ParameterizedJob?: object;
  readonly TaskGroups: readonly { readonly Tasks: readonly Task[] }[];
}

interface Task {
  readonly Name: string;
  readonly Env: Readonly<Record<string, string>>;
  readonly Config: { readonly command: string; readonly args: readonly string[] };
}

interface Dispatched {
  readonly ID: string;
  readonly index: number;
  status: "pending" | "running" | "dead";
  allocation?: { readonly ID: string; readonly process: Bun.Subprocess; readonly env: Record<string, string> };
}

/**
 * Plays a Nomad for a host: jobs, allocations and exec by WebSocket are those of its published API types, by which every request and every
 * answer is checked; tasks and commands are real processes. A broken link ends its command, as the drivers exec and raw_exec do.
 */
export function nomad(box: Sandbox, name: string): TestNomad {
  const node = new Node(box, join(box.root, "nomad", name));
  const token = crypto.randomUUID();
  const asked: string[] = [];
  const links = new Set<ServerWebSocket<Link>>();
  const server = Bun.serve<Link>({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request, self) {
      const { pathname, searchParams } = new URL(request.url);
      asked.push(`${request.method} ${decodeURIComponent(pathname)}`);
      if (request.headers.get("x-nomad-token") !== token) return new Response("Permission denied", { status: 403 });
      const [, allocation] = /^\/v1\/client\/allocation\/([^/]+)\/exec$/.exec(pathname) ?? [];
      if (allocation !== undefined) return execute(node, allocation, request, self);
      const prefix = searchParams.get("prefix") ?? "";
      try {
        return await answer(node, `${request.method} ${pathname}`, prefix, await request.text());
      } catch (error) {
        return new Response(String(error), { status: 400 });
      }
    },
    websocket: {
      open(link) {
        links.add(link);
        runOver(link);
      },
      message: (link, message) => hearOver(link, String(message)),
      close(link) {
        links.delete(link);
        link.data.kill?.();
      },
    },
  });
  return {
    address: `http://127.0.0.1:${server.port}`,
    token,
    home: node.home,
    asked,
    get running() {
      return node.dispatched.filter(({ status }) => status !== "dead").map(({ ID }) => ID);
    },
    setRoom: (hasRoom) => node.setRoom(hasRoom),
    breakLinks() {
      for (const link of links) link.terminate();
    },
    endTasks: () => node.endAll(),
    async [Symbol.asyncDispose]() {
      await node.endAll();
      await server.stop(true);
    },
  };
}

/** What runs the tasks of dispatched jobs, one after another in one home. */
class Node {
  readonly dispatched: Dispatched[] = [];
  readonly home: string;
  job: Job | undefined;
  #hasRoom = true;
  readonly #env: Record<string, string>;
  readonly #folder: string;

  constructor(box: Sandbox, folder: string) {
    this.#folder = folder;
    this.home = join(folder, "home");
    const temporary = join(folder, "tmp");
    for (const path of [this.home, temporary]) mkdirSync(path, { recursive: true, mode: 0o700 });
    const { PATH = "", LC_ALL = "", TZ = "", GIT_CONFIG_SYSTEM = "", GIT_CONFIG_GLOBAL = "" } = box.env;
    this.#env = {
      ...{ PATH: `${join(box.root, "bin")}:${PATH}`, LC_ALL, TZ, GIT_CONFIG_SYSTEM, GIT_CONFIG_GLOBAL },
      ...{ TMPDIR: temporary, TMUX_TMPDIR: temporary },
    };
  }

  get task(): Task | undefined {
    return this.job?.TaskGroups[0]?.Tasks[0];
  }

  dispatch(parent: string): Dispatched {
    const ID = `${parent}/dispatch-1700000000-${crypto.randomUUID().slice(0, 8)}`;
    const each: Dispatched = { ID, index: this.dispatched.length + 1, status: "pending" };
    this.dispatched.push(each);
    this.#start(each);
    return each;
  }

  setRoom(hasRoom: boolean): void {
    this.#hasRoom = hasRoom;
    for (const each of this.dispatched) this.#start(each);
  }

  async end(each: Dispatched): Promise<void> {
    each.allocation?.process.kill("SIGTERM");
    await each.allocation?.process.exited;
    each.status = "dead";
  }

  async endAll(): Promise<void> {
    await Promise.all(this.dispatched.map((each) => this.end(each)));
  }

  #start(each: Dispatched): void {
    const { task } = this;
    if (task === undefined || !this.#hasRoom || each.status !== "pending") return;
    const runtime: Record<string, string> = { NOMAD_ALLOC_ID: crypto.randomUUID(), NOMAD_TASK_DIR: this.#folder };
    const given = Object.entries(task.Env).map(([name, value]) => [
      name,
      value.replace(/\$\{(\w+)\}/g, (whole, variable: string) => runtime[variable] ?? whole),
    ]);
    const env = { ...this.#env, ...runtime, ...Object.fromEntries(given) };
    const { command, args } = task.Config;
    const process = Bun.spawn([command, ...args], { env, cwd: this.#folder, stdio: ["ignore", "ignore", "ignore"] });
    each.status = "running";
    each.allocation = { ID: runtime.NOMAD_ALLOC_ID ?? "", process, env };
    void process.exited.then(() => {
      each.status = "dead";
    });
  }
}

function execute(node: Node, allocation: string, request: Request, server: Server<Link>): Response | undefined {
  const { searchParams } = new URL(request.url);
  const found = node.dispatched.find((each) => each.allocation?.ID === allocation && each.status === "running");
  if (found?.allocation === undefined || searchParams.get("task") !== node.task?.Name) return unknown();
  const argv = JSON.parse(searchParams.get("command") ?? "") as string[];
  const data: Link = { argv, tty: searchParams.get("tty") === "true", env: found.allocation.env };
  return server.upgrade(request, { data }) ? undefined : new Response("no websocket", { status: 400 });
}

type Endpoint = (node: Node, id: string, prefix: string, body: string) => unknown;

/** Throws an Error for a body that is not of the published type. */
const endpoints: Readonly<Record<string, Endpoint>> = {
  "PUT /v1/jobs": (node, _, __, body) => {
    node.job = checked("JobRegisterRequest", JSON.parse(body) as { readonly Job: Job }).Job;
    return checked("JobRegisterResponse", { EvalID: "", JobModifyIndex: 1 });
  },
  "PUT /v1/job/ID/dispatch": (node, id, _, body) => {
    checked("JobDispatchRequest", JSON.parse(body));
    if (node.job?.ID !== id || node.job.ParameterizedJob === undefined) return undefined;
    const { ID, index } = node.dispatch(id);
    return checked("JobDispatchResponse", { DispatchedJobID: ID, EvalID: crypto.randomUUID(), JobCreateIndex: index });
  },
  "GET /v1/jobs": ({ dispatched, job }, _, prefix) =>
    dispatched
      .filter(({ ID }) => ID.startsWith(prefix))
      .map(({ ID, status, index }) =>
        checked("JobListStub", { ID, Status: status, ParentID: job?.ID, CreateIndex: index }),
      ),
  "GET /v1/job/ID/allocations": ({ dispatched }, id) =>
    dispatched.flatMap(({ ID, allocation, status, index }) => {
      if (ID !== id || allocation === undefined) return [];
      const ClientStatus = status === "running" ? status : "complete";
      const stub = { ID: allocation.ID, JobID: ID, ClientStatus, CreateIndex: index, TaskStates: null };
      return checked("AllocationListStub", stub);
    }),
  "GET /v1/job/ID/evaluations": ({ dispatched }, id) =>
    dispatched
      .filter(({ ID }) => ID === id)
      .map(({ ID, status, index }) => {
        const full = { fleet: { ConstraintFiltered: null, DimensionExhausted: { memory: 1 } } };
        const FailedTGAllocs = status === "pending" ? full : null;
        return checked("Evaluation", { ID: crypto.randomUUID(), JobID: ID, CreateIndex: index, FailedTGAllocs });
      }),
  "DELETE /v1/job/ID": async (node, id) => {
    await Promise.all(node.dispatched.filter(({ ID }) => ID === id).map((each) => node.end(each)));
    return checked("JobDeregisterResponse", { EvalID: crypto.randomUUID() });
  },
};

async function answer(node: Node, asked: string, prefix: string, body: string): Promise<Response> {
  const [, id = ""] = /\/v1\/job\/([^/]+)/.exec(asked) ?? [];
  const endpoint = endpoints[id === "" ? asked : asked.replace(id, "ID")];
  const given = await endpoint?.(node, decodeURIComponent(id), prefix, body);
  return given === undefined ? unknown() : Response.json(given);
}

function unknown(): Response {
  return new Response("not found", { status: 404 });
}
