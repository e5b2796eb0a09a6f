import { dirname, join } from "node:path";
import { FleetError } from "../../errors.ts";
import { type Fleet, statePlaces } from "../../fleet/fleet.ts";
import { programFor } from "../../fleet/upgrade/program-for.ts";
import { connect } from "../../hosts/connect.ts";
import type { OpenedConnection } from "../../hosts/connection.ts";
import type { Host } from "../../hosts/host.ts";
import { forgetHost, noteHost } from "../../hosts/known.ts";
import { allocate, isLent, release } from "../../hosts/lent.ts";
import { findings, putProgram, readProgram, systemOf } from "../../hosts/put-program.ts";
import { awayAgents } from "../../state/away.ts";
import { ownerId } from "../../state/owner.ts";
import { build } from "../../system/build.ts";
import { hostOf, hostPlaces, withLink } from "./hosts.ts";

/** What `addHost` has done. */
export interface AddedHost {
  readonly name: string;
  /** The version that the fleet there has now. */
  readonly version: string;
  /** What is there now was there before. */
  readonly unchanged: boolean;
}

/** Says whether a fleet of this version may be replaced there. */
export type MayReplace = (host: string, there: string) => Promise<boolean>;

/**
 * Gets another machine ready for agents: this program goes there by what it holds, and answers from then on. How it is reached is noted
 * once it has answered; nothing else is installed there.
 * @throws {FleetError} `usage` when nobody knows how to reach it, `failed` when it cannot be reached, when the program cannot run there, or
 *   when another one may not be replaced
 */
export async function addHost(
  fleet: Fleet,
  { name, destination }: { readonly name: string; readonly destination: string | undefined },
  mayReplace: MayReplace,
): Promise<AddedHost> {
  const host = hostToAdd(fleet, name, destination);
  if (host.settings.nomad !== undefined) await allocate(host, fleet, (text) => fleet.report({ kind: "note", text }));
  const unchanged = await provide(fleet, host, mayReplace);
  const version = await withLink(fleet, host, async (link) => link.version);
  if (fleet.settings.config.hosts[name] === undefined) noteHost(hostPlaces(fleet), name, host.settings.ssh);
  return { name, version, unchanged };
}

/**
 * Puts this program on a host that can be reached, unless it is there; whether it was. Without `mayReplace` another one that is there
 * stays. Throws what `addHost` throws.
 */
export async function provide(fleet: Fleet, host: Host, mayReplace?: MayReplace): Promise<boolean> {
  requireProgram(host);
  const connection = await connect(host, fleet, { script: "", onLine: () => undefined });
  return prepare(fleet, connection, mayReplace).finally(() => connection.close());
}

/**
 * Forgets a host, and says whether it was known from the configuration, which is the user's own file.
 * @throws {FleetError} `usage` when it is not known, `failed` while agents of this fleet are there; with `force` these are not looked for
 */
export async function removeHost(fleet: Fleet, name: string, { force }: { readonly force: boolean }): Promise<boolean> {
  const host = hostOf(fleet, name);
  if (!force) await giveBack(fleet, host);
  forgetHost(hostPlaces(fleet), name);
  return Object.hasOwn(fleet.settings.config.hosts, name);
}

function hostToAdd(fleet: Fleet, name: string, destination: string | undefined): Host {
  const configured = fleet.settings.config.hosts[name];
  if (destination === undefined) return hostOf(fleet, name);
  if (configured !== undefined && configured.ssh !== destination) {
    throw new FleetError("usage", `[hosts.${name}] in config.toml says ssh = ${JSON.stringify(configured.ssh)}`, {
      hint: `to use that, run fleet hosts add ${name}; to change it, run fleet config edit`,
    });
  }
  const others = {
    slots: 0,
    labels: [],
    worktree_root: "",
    env: {},
    pass_env: [],
    credentials: false,
    fleet: "",
    slurm: undefined,
    nomad: undefined,
  };
  return { name, settings: configured ?? { ...others, ssh: destination } };
}

function requireProgram({ name, settings }: Host): void {
  if (settings.fleet !== "" || build.target !== null) return;
  throw new FleetError("failed", "this fleet runs from source, which no host can", {
    hint: `build it with scripts/bun run build, or set fleet in [hosts.${name}] with fleet config edit`,
  });
}

/** The program that the settings name, else this one, else where the host is another machine that of the release. */
async function executableFor(fleet: Fleet, connection: OpenedConnection): Promise<string> {
  const { host } = connection;
  if (host.settings.fleet !== "") return host.settings.fleet;
  const platform = await systemOf(connection);
  if (platform === ownPlatform()) return fleet.program;
  const { version, address } = build;
  if (address === null) throw noProgramFor(host, platform, "nobody knows where this fleet is from");
  const note = `${host.name} is ${platform}: fleet ${version} for it is taken from ${fleet.environment.FLEET_ADDRESS ?? address}`;
  try {
    return await programFor({
      ...fleet,
      platform,
      version,
      address,
      cache: join(dirname(fleet.settings.file), "programs"),
      onDownload: () => fleet.report({ kind: "note", text: note }),
    });
  } catch (error) {
    if (error instanceof FleetError && error.kind !== "interrupted") throw noProgramFor(host, platform, error.message);
    throw error;
  }
}

/** `linux-x64-musl` of `bun-linux-x64-baseline-musl`. */
function ownPlatform(): string | undefined {
  return build.target?.replace("bun-", "").replace("-baseline", "");
}

/** Puts the program there, unless it is; whether it was. */
async function prepare(
  fleet: Fleet,
  connection: OpenedConnection,
  mayReplace: MayReplace | undefined,
): Promise<boolean> {
  const owner = ownerId(statePlaces(fleet)).slice(0, 8);
  const program = readProgram(await executableFor(fleet, connection));
  const found = await findings(connection, program, owner);
  const { current } = found;
  if (current?.hash === program.hash || (current !== undefined && mayReplace === undefined)) return true;
  if (current !== undefined && mayReplace !== undefined) {
    await requireConsent(connection.host, current.version, mayReplace);
  }
  await putProgram(connection, program, { owner, found });
  return false;
}

async function requireConsent({ name }: Host, there: string, mayReplace: MayReplace): Promise<void> {
  if (await mayReplace(name, there)) return;
  throw new FleetError("failed", `${name} has another fleet, ${there}, which stays`, {
    code: "host-has-fleet",
    hint: `to replace it, run fleet hosts add ${name} -y`,
  });
}

function noProgramFor({ name, settings: { ssh } }: Host, platform: string, reason: string): FleetError {
  const way = ssh === "" ? "" : `ssh = ${JSON.stringify(ssh)} and `;
  return new FleetError("failed", `${name} is ${platform}, and no fleet for it could be had: ${reason}`, {
    code: "host-system",
    hint: `with one that you have, write [hosts.${name}] with ${way}fleet = "PATH" by fleet config edit, then run fleet hosts add ${name}`,
  });
}

/** What a cluster has lent stays while others have agents in there. Throws FleetError `failed` while the user has some. */
async function giveBack(fleet: Fleet, host: Host): Promise<void> {
  const owner = ownerId(statePlaces(fleet));
  const there = await branchesOn(fleet, host);
  const own = there.filter((agent) => agent.owner === owner);
  if (own.length > 0) throw inUse(host, own);
  if (there.length === 0) return release(host, fleet);
  if (!isLent(host)) return;
  fleet.report({ kind: "note", text: `${host.name}: what was lent stays, for others have agents in there` });
}

interface AgentThere {
  readonly branch: string;
  readonly owner?: string;
}

/** Of what a Nomad lends no more there are those agents that are known here. */
async function branchesOn(fleet: Fleet, host: Host): Promise<readonly AgentThere[]> {
  try {
    const answer = await withLink(fleet, host, (link) => link.call("list", { all_repositories: true }));
    return (answer as { readonly agents: readonly AgentThere[] }).agents;
  } catch (error) {
    if (!(error instanceof FleetError) || error.code !== "host-not-lent") throw error;
    const places = statePlaces(fleet);
    return awayAgents(places)
      .filter((agent) => agent.host === host.name)
      .map(({ entry }) => ({ branch: entry.branch, owner: ownerId(places) }));
  }
}

function inUse(host: Host, own: readonly AgentThere[]): FleetError {
  return new FleetError("failed", `${host.name} has agents of yours, so it stays`, {
    code: "host-in-use",
    output: own.map(({ branch }) => branch).join("\n"),
    hint: `to end them first, run fleet kill '${host.name}:*'; to forget the host all the same, add --force`,
  });
}
