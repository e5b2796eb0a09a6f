import type { Environment } from "../system/environment.ts";
import { readTextIfExists, writePrivateFile } from "../system/files.ts";
import { parsedJson } from "./json.ts";
import type { AgentFiles } from "./places.ts";

/** What an agent was started with that decides where it keeps what it knows, and with whose account it works. */
interface Home {
  /** Variables with their values; `null` where one was not set. */
  readonly places: Readonly<Record<string, string | null>>;
  /** Variables of which only is kept whether they were set. */
  readonly secrets: Readonly<Record<string, boolean>>;
}

interface HomeNames {
  readonly places: readonly string[];
  readonly secrets?: readonly string[];
}

type HomeFile = Pick<AgentFiles, "home">;

/** Keeps with an agent what these variables are in its environment, for whoever looks at it later; nothing without names. */
export function keepHome({ home }: HomeFile, names: HomeNames | undefined, environment: Environment): void {
  if (names === undefined) return;
  const { places, secrets = [] } = names;
  const kept: Home = {
    places: Object.fromEntries(places.map((name) => [name, environment[name] ?? null])),
    secrets: Object.fromEntries(secrets.map((name) => [name, Boolean(environment[name])])),
  };
  writePrivateFile(home, `${JSON.stringify(kept, null, 2)}\n`);
}

/** An environment in which places are where the agent has them; as it is for an agent that keeps none. */
export function withKeptPlaces(file: HomeFile, environment: Environment): Environment {
  return { ...environment, ...placesOf(readHome(file)) };
}

/** An environment to read an agent's own records by: its places, and `set` where it has a secret. Not one to start anything with. */
export function asAgentSees(file: HomeFile, environment: Environment): Environment {
  const home = readHome(file);
  const secrets = Object.entries(home.secrets ?? {}).map(([name, set]) => [name, set === true ? "set" : undefined]);
  return { ...environment, ...placesOf(home), ...Object.fromEntries(secrets) };
}

function placesOf({ places }: Partial<Home>): Environment {
  const known = Object.entries(places ?? {}).filter(([, value]) => value === null || typeof value === "string");
  return Object.fromEntries(known.map(([name, value]) => [name, value ?? undefined]));
}

/** Without a file, or with a damaged one, the caller's own is the best guess there is. */
function readHome({ home }: HomeFile): Partial<Home> {
  const value = parsedJson(readTextIfExists(home) ?? "");
  return typeof value === "object" && value !== null ? value : {};
}
