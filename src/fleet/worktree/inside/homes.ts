import { lstatSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { AgentAdapter, LoginFile } from "../../../agents/adapter.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { parsedJson } from "../../../state/json.ts";
import { type AgentFiles, agentFiles } from "../../../state/places.ts";
import type { Environment } from "../../../system/environment.ts";
import {
  exists,
  isInside,
  isRealDirectory,
  makePrivateDirectory,
  readTextIfExists,
  readUntrusted,
  removeTree,
  replaceFile,
  writePrivateFile,
} from "../../../system/files.ts";
import { tryGit } from "../../../system/git/command.ts";
import { environmentInside } from "../../environment.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet.ts";

/** More than any login or setting has. */
const largestFile = 2 ** 20;

/**
 * Makes the home that an agent has in its sandbox: its login as a copy, what its CLI asks at a first start, the name that commits bear, and
 * the way to what is mounted of the user's own.
 * What an earlier run left in it stays, but no link that would lead outside whoever writes there.
 */
export async function prepareHome(
  fleet: Fleet,
  entry: AgentEntry,
  adapter: AgentAdapter,
  outside: Environment,
): Promise<void> {
  const files = agentFiles(statePlaces(fleet), entry.id);
  makePrivateDirectory(files.inside);
  if (!isRealDirectory(files.insideHome)) removeTree(files.insideHome);
  makePrivateDirectory(files.insideHome);
  bringLoginBack(files, adapter, outside);
  for (const { from, to, file } of loginPairs(files, adapter, outside)) {
    const text = readTextIfExists(from);
    dropLinks(files.insideHome, to);
    if (text === undefined || (file.keys !== undefined && exists(to))) continue;
    const copied = file.keys === undefined ? text : onlyKeys(text, file.keys);
    if (copied === undefined) continue;
    makePrivateDirectory(dirname(to));
    writePrivateFile(to, copied);
    if (file.renewed === true) writePrivateFile(copyOf(files, file), copied);
  }
  await nameCommitter(fleet, entry, files);
  linkMounts(files, entry.sandbox?.mounts ?? [], outside);
}

/** Programs look in their home for what they know, so what is mounted of the user's is found in the agent's, unless that has its own. */
function linkMounts({ insideHome }: AgentFiles, mounts: readonly string[], { HOME = "" }: Environment): void {
  const paths = mounts
    .map((mount) => mount.replace(/:r[ow]$/, ""))
    .filter((path) => HOME !== "" && isInside(HOME, path));
  for (const path of paths) {
    const link = join(insideHome, relative(HOME, path));
    if (link === insideHome || paths.some((around) => around !== path && isInside(around, path))) continue;
    dropLinks(insideHome, dirname(link));
    makePrivateDirectory(dirname(link));
    if (!exists(link)) symlinkSync(path, link);
  }
}

/**
 * Brings a login home that the agent's CLI has renewed: the old one may be worth nothing any more. Only where the user's own is still the
 * one that was copied, and where what came of it has the same shape.
 */
export function bringLoginBack(files: AgentFiles, adapter: AgentAdapter, outside: Environment): void {
  for (const { from, to, file } of loginPairs(files, adapter, outside)) {
    if (file.renewed !== true) continue;
    const copied = readTextIfExists(copyOf(files, file));
    const inside = isReal(files.insideHome, to) ? readUntrusted(to, largestFile) : undefined;
    if (copied === undefined || inside === undefined || inside === copied) continue;
    if (readTextIfExists(from) !== copied || shapeOf(inside) !== shapeOf(copied)) continue;
    replaceFile(from, inside);
    writePrivateFile(copyOf(files, file), inside);
  }
}

interface LoginPair {
  readonly from: string;
  readonly to: string;
  readonly file: LoginFile;
}

function loginPairs(files: AgentFiles, { login }: AgentAdapter, outside: Environment): LoginPair[] {
  const inside = login?.(environmentInside(outside, files.insideHome)) ?? [];
  return (login?.(outside) ?? []).flatMap((file, index) => {
    const to = inside[index]?.path;
    return to === undefined || !isInside(files.insideHome, to) ? [] : [{ from: file.path, to, file }];
  });
}

/** What was copied, where the agent cannot write. */
function copyOf({ directory }: AgentFiles, { path }: LoginFile): string {
  return `${directory}/login-${Bun.hash(path).toString(16)}`;
}

function onlyKeys(text: string, keys: readonly string[]): string | undefined {
  const value = parsedJson(text);
  if (typeof value !== "object" || value === null) return undefined;
  const kept = Object.entries(value).filter(([key]) => keys.includes(key));
  return `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`;
}

/** The names of all keys of a JSON text at every depth; a text that is none has no shape. */
function shapeOf(text: string): string {
  const names = (value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.keys(value)
            .sort()
            .map((key) => [key, names((value as Record<string, unknown>)[key])]),
        )
      : typeof value;
  const value = parsedJson(text);
  return typeof value === "object" && value !== null ? JSON.stringify(names(value)) : crypto.randomUUID();
}

/** Whether no part of a path below a directory is a link. */
function isReal(directory: string, path: string): boolean {
  return pathsDown(directory, path).every((part) => !exists(part) || !lstatSync(part).isSymbolicLink());
}

function dropLinks(directory: string, path: string): void {
  for (const part of pathsDown(directory, path)) {
    if (exists(part) && lstatSync(part).isSymbolicLink()) removeTree(part);
  }
}

/** The path and what is above it below the directory, the highest first. */
function pathsDown(directory: string, path: string): string[] {
  return path === directory || !isInside(directory, path) ? [] : [...pathsDown(directory, dirname(path)), path];
}

/** Of the user's own git configuration only this is to be seen: the rest may name programs and secrets. */
async function nameCommitter(fleet: Fleet, entry: AgentEntry, { insideHome }: AgentFiles): Promise<void> {
  const file = `${insideHome}/.gitconfig`;
  dropLinks(insideHome, file);
  if (exists(file)) return;
  const { stdout } = await tryGit(gitAt(fleet, entry.repo), ["config", "-z", "--get-regexp", "^user\\.(name|email)$"]);
  const values = stdout.split("\0").flatMap((pair) => {
    const [, key, value] = /^user\.(name|email)\n([^\n]*)$/.exec(pair) ?? [];
    return key === undefined || value === undefined ? [] : [`\t${key} = ${JSON.stringify(value)}\n`];
  });
  writePrivateFile(file, values.length === 0 ? "" : `[user]\n${values.join("")}`);
}
