import { join } from "node:path";
import type { Environment } from "../../system/environment.ts";
import { isFile, makePrivateDirectory, namesIn, removeTree } from "../../system/files.ts";
import { runInstaller } from "./installer.ts";

interface ReleasedProgram {
  /** The machine it is for, as in the names of releases: `linux-arm64`, `linux-x64-musl`. */
  readonly platform: string;
  readonly version: string;
  /** Where releases are taken from, unless `FLEET_ADDRESS` names another place. */
  readonly address: string;
  /** A folder of our own, where it stays for the next time; those of other versions go. */
  readonly cache: string;
  readonly environment: Environment;
  readonly cancelled: AbortSignal;
  /** Called before the network is asked. */
  readonly onDownload: () => void;
}

/**
 * The path of the released program for another machine: downloaded once for each version, with its sum checked against the release's.
 * Throws FleetError as the installer does; nothing is kept then.
 */
export async function programFor({
  platform,
  version,
  address,
  cache,
  environment,
  cancelled,
  onDownload,
}: ReleasedProgram): Promise<string> {
  const folder = join(cache, version);
  const program = join(folder, platform);
  if (isFile(program)) return program;
  onDownload();
  makePrivateDirectory(folder);
  const words = ["--for", platform, "--version", version, "--prefix", folder];
  await runInstaller(words, { address, environment, cancelled });
  for (const other of namesIn(cache)) if (other !== version) removeTree(join(cache, other));
  return program;
}
