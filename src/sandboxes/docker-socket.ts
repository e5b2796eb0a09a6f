import { statSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../system/environment.ts";
import { readTextIfExists } from "../system/files.ts";

const usual = "/var/run/docker.sock";

/**
 * The user that something runs as in a container of docker so that what it makes belongs to this user, as `--user` takes it. In an engine
 * that the user runs without being root (rootless), that is root, whom it makes of its user; any other id is somebody else outside. Such
 * an engine listens on a socket of that user's.
 */
export function userInContainers(user: number, group: number, environment: Environment): string {
  const path = socketPath(environment);
  const owner = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })?.uid;
  return owner === user ? "0:0" : `${user}:${group}`;
}

/** Where the client of docker finds its engine on this machine, as it decides itself: by `DOCKER_HOST`, else by its context. */
function socketPath(environment: Environment): string | undefined {
  const host = environment.DOCKER_HOST || hostOfContext(environment) || `unix://${usual}`;
  return /^unix:\/\/(\/.+)$/.exec(host)?.[1];
}

/** Contexts are kept below the hash of their name. */
function hostOfContext({ DOCKER_CONFIG, DOCKER_CONTEXT, HOME = "" }: Environment): string | undefined {
  const directory = DOCKER_CONFIG || join(HOME, ".docker");
  const name = DOCKER_CONTEXT || textAt(join(directory, "config.json"), ["currentContext"]);
  if (name === undefined || name === "default") return undefined;
  // Not by node:crypto: loading it costs every command 2 ms and 2 MB.
  const id = new Bun.CryptoHasher("sha256").update(name).digest("hex");
  return textAt(join(directory, "contexts", "meta", id, "meta.json"), ["Endpoints", "docker", "Host"]);
}

/** A text in a file of JSON; `undefined` when it is not there, or no text. */
function textAt(file: string, keys: readonly string[]): string | undefined {
  try {
    const root: unknown = JSON.parse(readTextIfExists(file) ?? "null");
    const value = keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key], root);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
