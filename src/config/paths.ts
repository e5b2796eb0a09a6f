import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The environment as the program was started with; this folder never reads `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The directory of everything fleet keeps: `~/.ai_fleet`, or what AI_FLEET_HOME names (relative to the current directory). */
export function fleetHome(environment: Environment): string {
  const moved = environment.AI_FLEET_HOME;
  return moved ? resolve(withHome(moved, environment)) : join(userHome(environment), ".ai_fleet");
}

/** The path of `config.toml`. */
export function configFile(environment: Environment): string {
  return join(fleetHome(environment), "config.toml");
}

/** The absolute path that a setting means: `~` and `$HOME` are the user's home, a relative path starts at the fleet's home. */
export function expandPath(path: string, environment: Environment): string {
  return resolve(fleetHome(environment), withHome(path, environment));
}

/** The path as a person would write it: `~/x` for what lies in the user's home. */
export function abbreviatePath(path: string, environment: Environment): string {
  const home = userHome(environment);
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

function withHome(path: string, environment: Environment): string {
  const beginning = /^(?:~|\$HOME|\$\{HOME\})(?=\/|$)/.exec(path);
  return beginning === null ? path : userHome(environment) + path.slice(beginning[0].length);
}

function userHome(environment: Environment): string {
  return resolve(environment.HOME || homedir());
}
