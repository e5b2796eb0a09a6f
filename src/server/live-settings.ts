import { statSync } from "node:fs";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import type { Fleet } from "../fleet/fleet.ts";

/** The settings of a server that outlives changes of the configuration. */
export interface LiveSettings {
  /** Reads the file again when it is another one; of one with a mistake what is right, and the mistake. */
  refresh(): Promise<void>;
  /** A fleet with the settings that hold whenever it is asked for them. */
  fleetOf(fleet: Fleet): Fleet;
}

/** Begins with the settings that a fleet was opened with. */
export function liveSettings({ settings, environment }: Fleet): LiveSettings {
  let current: LoadedConfig = settings;
  let stamp = stampOf(settings.file);
  return {
    async refresh() {
      const now = stampOf(settings.file);
      if (now === stamp) return;
      stamp = now;
      current = await loadConfig(environment, { looks: true });
    },
    fleetOf: (fleet) => Object.defineProperty({ ...fleet }, "settings", { get: () => current, enumerable: true }),
  };
}

function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "" : `${found.ino} ${found.mtimeMs} ${found.size}`;
}
