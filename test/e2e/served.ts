import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Program } from "../helpers/run.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox, fleetHome } from "./agents.ts";

/** A `fleet serve` that runs, and what a program needs to call it. */
export interface Served {
  readonly program: Program;
  readonly url: string;
  /** The code of the link that it printed. */
  readonly code: string;
  readonly token: string;
  /** A request with the token of the owner, unless another is given; `json` is sent as the body of a POST. */
  ask(path: string, options?: Ask): Promise<Response>;
}

export interface Ask {
  readonly method?: string;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal;
}

/** Starts `fleet serve` at a free port, as somebody who stands in `cwd`. It ends with the sandbox. */
export async function serving(box: Sandbox, cwd: string, options: readonly string[] = []): Promise<Served> {
  const program = box.start(["serve", "--port", "0", ...options], { cwd });
  await eventually(() => /#code=.+\n/.test(program.stdout), { what: "the link of fleet serve" });
  const [, url = "", code = ""] = /(http:\S+)\/#code=(\S+)/.exec(program.stdout) ?? [];
  const token = secretOf(box, "token");
  return { program, url, code, token, ask: (path, ask) => request(url + path, token, ask) };
}

/** A user with a repository whose fleet is served. */
export interface ServedPlace extends AsyncDisposable {
  readonly box: Sandbox;
  readonly cwd: string;
  readonly served: Served;
}

/** A server beside an agent that has done what it was asked. */
export async function servedPlace(options: readonly string[] = []): Promise<ServedPlace> {
  const box = await demoSandbox();
  const { path: cwd } = await box.repository("project");
  await box.fleet(["create", "fix", "-p", "note"], { cwd });
  await box.fleet(["wait", "fix"], { cwd });
  const served = await serving(box, cwd, options);
  return { box, cwd, served, [Symbol.asyncDispose]: () => box[Symbol.asyncDispose]() };
}

/** The token that the server keeps in a file, by the name of that. */
export function secretOf(box: Sandbox, name: "token" | "viewer-token"): string {
  return readFileSync(join(fleetHome(box), "serve", name), "utf8").trim();
}

function request(url: string, own: string, { token = own, headers = {}, json, ...rest }: Ask = {}): Promise<Response> {
  const body = json === undefined ? {} : { method: "POST", body: JSON.stringify(json) };
  return fetch(url, {
    ...body,
    ...rest,
    headers: {
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
  });
}
