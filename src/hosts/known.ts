import type { HostSettings } from "../config/config.ts";
import { hostTable } from "../config/document.ts";
import { resolveHost } from "../config/resolve.ts";
import { FleetError } from "../errors.ts";
import type { Environment } from "../system/environment.ts";
import { readTextIfExists, replaceFile } from "../system/files.ts";

/** The hosts of a fleet, by name. */
export type Hosts = Readonly<Record<string, HostSettings>>;

/** Where hosts are that `fleet hosts add` has been told of, and those of the configuration, which win. */
export interface HostPlaces {
  readonly file: string;
  readonly configured: Hosts;
  readonly environment: Environment;
}

/** All hosts that are known. Throws FleetError `config` when the file of those that were added cannot be read. */
export function knownHosts({ file, configured, environment }: HostPlaces): Hosts {
  return { ...resolved(readAdded(file), environment), ...configured };
}

/** Notes how a host is reached. The configuration is the user's own file and is not written to. */
export function noteHost({ file }: HostPlaces, name: string, ssh: string): void {
  replaceFile(file, `${JSON.stringify({ ...readAdded(file), [name]: { ssh } }, null, 2)}\n`);
}

/** Forgets a host that was noted; whether it was. */
export function forgetHost({ file }: HostPlaces, name: string): boolean {
  const { [name]: found, ...others } = readAdded(file);
  if (found !== undefined) replaceFile(file, `${JSON.stringify(others, null, 2)}\n`);
  return found !== undefined;
}

type Added = Readonly<Record<string, unknown>>;

function readAdded(file: string): Added {
  const text = readTextIfExists(file);
  if (text === undefined) return {};
  try {
    return JSON.parse(text) as Added;
  } catch (cause) {
    throw new FleetError("config", `${file} is damaged`, {
      hint: `to begin anew, run rm ${file}, then fleet hosts add NAME SSH-DESTINATION for each host`,
      cause,
    });
  }
}

/** What is not in the shape of `[hosts.NAME]` is left out: it is of a later version. */
function resolved(added: Added, environment: Environment): Hosts {
  return Object.fromEntries(
    Object.entries(added).flatMap(([name, value]) => {
      const table = hostTable(name, value);
      return table === undefined ? [] : [[name, resolveHost(table, environment)]];
    }),
  );
}
