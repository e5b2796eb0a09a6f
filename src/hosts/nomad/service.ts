import { FleetError } from "../../errors.ts";
import { type HttpAnswer, http } from "../../system/http.ts";
import { findToken } from "../../system/token.ts";
import type { Surroundings } from "../connection.ts";
import { type Host, lineByHand } from "../host.ts";

/** A Nomad that can be asked. */
export interface Nomad {
  readonly host: Host;
  /** The address of one of its paths, with its namespace and region. */
  url(path: string): URL;
  /** The user's token, for this one origin. */
  readonly headers: Readonly<Record<string, string>>;
  /** Asks its HTTP API. Throws FleetError `failed` unless it answers well; what is not there is `undefined`. */
  ask(method: "GET" | "PUT" | "DELETE", path: string, body?: object): Promise<unknown>;
}

/** Nobody waits longer for one answer. */
const askMilliseconds = 5000;

/** The Nomad of a host. Throws FleetError `failed` when the command that prints its token fails. */
export async function nomadOf(host: Host, { environment, cancelled }: Surroundings): Promise<Nomad> {
  const { address = "", token_command = "", namespace, region } = host.settings.nomad ?? {};
  const url = (path: string) => {
    const full = new URL(`${String(address).replace(/\/+$/, "")}${path}`);
    if (namespace !== undefined) full.searchParams.set("namespace", String(namespace));
    if (region !== undefined) full.searchParams.set("region", String(region));
    return full;
  };
  const token = await findToken(
    {
      service: "Nomad",
      // As with the programs of Nomad itself, the variable belongs to the address beside it.
      variables: isOwn(environment.NOMAD_ADDR, url("/")) ? ["NOMAD_TOKEN"] : [],
      command: { setting: `token_command of [hosts.${host.name}]`, line: String(token_command) },
    },
    environment,
    cancelled,
  );
  const headers = token === undefined ? {} : { "x-nomad-token": token };
  return {
    host,
    url,
    headers,
    async ask(method, path, body) {
      const limits = { timeoutMilliseconds: askMilliseconds, attempts: 1 };
      const service = `the Nomad of ${host.name}`;
      const answer = await http({ method, url: url(path).href, headers, body, service, cancelled, limits });
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw refused(host, path, answer);
      return answer.json;
    },
  };
}

/** The error for a Nomad that says no. */
export function nomadFailed(host: Host, what: string, output = ""): FleetError {
  return new FleetError("failed", `${host.name}: ${what}`, {
    code: "nomad",
    output,
    hint: `look at nomad in [hosts.${host.name}] with fleet config edit, or run ${lineByHand(host)}`,
  });
}

function refused(host: Host, path: string, { status, text }: HttpAnswer): FleetError {
  const [, version = "", subject = ""] = path.split(/[/?]/);
  if (status !== 403) return nomadFailed(host, `Nomad answers ${status} to /${version}/${subject}`, text.trim());
  return new FleetError("failed", `${host.name}: Nomad does not let this token do that`, {
    code: "nomad-refused",
    output: text.trim(),
    hint: `set token_command in nomad of [hosts.${host.name}] with fleet config edit; it needs submit-job, dispatch-job, read-job and alloc-exec`,
  });
}

function isOwn(variable: string | undefined, url: URL): boolean {
  return variable !== undefined && URL.parse(variable)?.origin === url.origin;
}
