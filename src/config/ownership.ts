import { type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { FleetError } from "../errors.ts";
import { shellWord } from "../system/shell.ts";

/**
 * Throws FleetError `config` when the home of the fleet or its configuration belongs to another user, or may be written to by others:
 * who can write there decides what is run here, as with the files of ssh. What is not there yet is fine. Nothing of it was read.
 */
export function requireOwn(file: string): void {
  for (const path of [dirname(file), file]) {
    const stat = statOf(path);
    if (stat === undefined) continue;
    const user = process.geteuid?.();
    if (user !== undefined && stat.uid !== user) {
      throw new FleetError("config", `${path} belongs to another user (${stat.uid}, and you are ${user})`, {
        hint:
          user === 0
            ? "run fleet without sudo, as that user"
            : `set AI_FLEET_HOME to a directory of your own, or run sudo chown -R ${user} ${shellWord(path)}`,
      });
    }
    if ((stat.mode & writableByOthers) !== 0) {
      const mode = (stat.mode & 0o777).toString(8);
      throw new FleetError("config", `${path} may be written to by other users (mode ${mode})`, {
        hint: isForAll(stat) ? "set AI_FLEET_HOME to a directory of your own" : `run chmod go-w ${shellWord(path)}`,
      });
    }
  }
}

const writableByOthers = 0o022;
const sticky = 0o1000;

/** Devices, and directories such as /tmp, may be written to by everybody for good reason. */
function isForAll(stat: Stats): boolean {
  return (!stat.isDirectory() && !stat.isFile()) || (stat.mode & sticky) !== 0;
}

/** What cannot be looked at cannot be read either, and whoever tries that says why. */
function statOf(path: string) {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
