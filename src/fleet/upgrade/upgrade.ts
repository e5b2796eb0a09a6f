import { dirname, join } from "node:path";
import { FleetError } from "../../errors.ts";
import type { Environment } from "../../system/environment.ts";
import { isFile, realPath } from "../../system/files.ts";
import { runInstaller } from "./installer.ts";

/** Which installation is to be of which version, or to be gone. */
export interface UpgradeRequest {
  /** The absolute path of this program. */
  readonly program: string;
  /** Where releases are taken from; null when the program runs from source. */
  readonly address: string | null;
  readonly environment: Environment;
  readonly cancelled: AbortSignal;
  /** `remove` takes the installation away. */
  readonly to: { readonly version: string | undefined } | "remove";
}

/** What the installer said, a line each. */
export interface Upgraded {
  readonly said: readonly string[];
}

/**
 * Puts another version in the place of this program with the installer that is built in, or removes it. Only an installation that
 * the installer made is touched; one of a package manager belongs to that.
 * Throws FleetError `failed`, or `missing-tool` when what the installer needs is not there; everything is as it was then.
 */
export async function upgrade({ program, address, environment, cancelled, to }: UpgradeRequest): Promise<Upgraded> {
  const prefix = installedBelow(program);
  if (prefix === undefined || address === null) {
    throw new FleetError("failed", `${program} was not put there by the installer of fleet`, {
      hint:
        to === "remove"
          ? "remove it the way it was installed: brew uninstall ai-fleet, apt remove ai-fleet, or the links to its checkout"
          : "upgrade it the way it was installed: brew upgrade ai-fleet, apt upgrade, or git pull in its checkout",
    });
  }
  return { said: await runInstaller(["--prefix", prefix, ...wordsFor(to)], { address, environment, cancelled }) };
}

function wordsFor(to: UpgradeRequest["to"]): string[] {
  if (to === "remove") return ["--uninstall"];
  return to.version === undefined ? [] : ["--version", to.version];
}

/** The folder below which the installer put the program; undefined when it came there in another way. */
function installedBelow(program: string): string | undefined {
  const real = realPath(program);
  if (real === undefined) return undefined;
  const prefix = dirname(dirname(real));
  return isFile(join(prefix, "share/doc/ai-fleet/installed")) ? prefix : undefined;
}
