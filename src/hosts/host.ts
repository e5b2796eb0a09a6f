import type { HostSettings } from "../config/config.ts";
import { splitWords } from "../config/words.ts";
import { FleetError } from "../errors.ts";
import { shellWord } from "../system/shell.ts";

/** Another machine, by the name that the user gave it. */
export interface Host {
  readonly name: string;
  readonly settings: HostSettings;
}

/** How ssh is to reach a host: options first, then the destination, as the user wrote them. */
export interface Way {
  readonly options: readonly string[];
  readonly destination: string;
}

/** Reads `-p 2222 me@gpu1` as ssh would. Throws FleetError `config` when it names no destination. */
export function wayTo({ name, settings: { ssh } }: Host): Way {
  const words = splitWords(ssh) ?? [];
  const destination = words.at(-1) ?? "";
  if (destination === "" || destination.startsWith("-")) {
    throw new FleetError("config", `ssh of [hosts.${name}] names no destination: ${JSON.stringify(ssh)}`, {
      hint: 'write what you type after ssh, such as "me@gpu1" or "-p 2222 me@gpu1", with fleet config edit',
    });
  }
  return { options: words.slice(0, -1), destination };
}

/** How the host is reached: by what, and where that leads. */
export function wayWords({ settings: { ssh, nomad } }: Host): { readonly by: "ssh" | "nomad"; readonly where: string } {
  return nomad === undefined ? { by: "ssh", where: ssh } : { by: "nomad", where: String(nomad.address) };
}

/** The line with which a user reaches the host, or sees what became of it, by hand. */
export function lineByHand({ name, settings: { ssh, nomad } }: Host): string {
  if (nomad !== undefined) return `nomad job status -address=${shellWord(String(nomad.address))} ${nomadJob(name)}`;
  return `ssh ${(splitWords(ssh) ?? [ssh]).map(shellWord).join(" ")}`;
}

/** What the job is called that a Nomad is asked for. */
export function nomadJob(host: string): string {
  return `fleet-${host}`;
}

/** The host with this name. Throws FleetError `usage` when there is none. */
export function hostNamed(hosts: Readonly<Record<string, HostSettings>>, name: string): Host {
  const settings = Object.hasOwn(hosts, name) ? hosts[name] : undefined;
  if (settings !== undefined) return { name, settings };
  const known = Object.keys(hosts);
  throw new FleetError("usage", `there is no host ${JSON.stringify(name)}`, {
    code: "unknown-host",
    hint:
      known.length === 0
        ? "to say how to reach one, run fleet hosts add NAME SSH-DESTINATION"
        : `there are ${known.join(", ")}; to add one, run fleet hosts add NAME SSH-DESTINATION`,
  });
}
