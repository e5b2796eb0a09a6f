import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join, relative } from "node:path";
import { FleetError } from "../errors.ts";
import { exists, realPath } from "../system/files.ts";
import { shellWord } from "../system/shell.ts";
import { broughtSettings } from "./brought-keys.ts";
import { isBroughtDocument } from "./document.ts";
import { reasonOf } from "./file.ts";
import { settings } from "./keys.ts";
import { keyLines } from "./lines.ts";
import type { BroughtSettings } from "./load.ts";
import type { Environment } from "./paths.ts";
import { resolveValue } from "./resolve.ts";
import { parseToml } from "./toml.ts";

/** The name of the file in which a repository brings settings. */
export const broughtFileName = ".ai_fleet.toml";

/** A repository's own file as it was at one moment: what is shown, accepted and used is this text, whatever becomes of the file. */
export interface BroughtFile {
  readonly path: string;
  readonly text: string;
  /** SHA-256 of its bytes, as 64 hexadecimal digits. */
  readonly hash: string;
}

/** More is no list of settings, and nobody would read it before accepting it. */
const mostBytes = 1_000_000;

/**
 * Reads the file of settings at the root of a main checkout; `undefined` where there is none. Throws FleetError `config` naming what is
 * there instead: a way out of the repository, a pipe or device (which is never waited for), too much, or what is not UTF-8.
 */
export function readBroughtFile(root: string): BroughtFile | undefined {
  const path = join(root, broughtFileName);
  const real = targetOf(root, path);
  if (real === undefined) return undefined;
  const bytes = readAtMost(path, real);
  return { path, text: decoded(path, bytes), hash: new Bun.CryptoHasher("sha256").update(bytes).digest("hex") };
}

/** What a text sets that is known to be right, such as one that was accepted; `undefined` when it is not right after all. */
export function settingsBrought(
  { path, text }: Pick<BroughtFile, "path" | "text">,
  environment: Environment,
  isSettable: (variable: string) => boolean,
): BroughtSettings | undefined {
  const document = documentOf(text);
  if (document === undefined || !Object.keys(document.env ?? {}).every(isSettable)) return undefined;
  const lineOf = keyLines(text);
  const values = broughtSettings.flatMap((name) => {
    const value = document[name];
    return value === undefined ? [] : [[name, resolveValue(settings[name].kind, value, environment)]];
  });
  return {
    values: { ...Object.fromEntries(values), ...(document.env === undefined ? {} : { env: document.env }) },
    origins: Object.fromEntries(
      Object.keys(document).map((name) => [name, { kind: "file", file: path, line: lineOf([name]) }]),
    ),
  };
}

/**
 * The settings that a repository's own file sets, from a text that may be wrong. Throws FleetError `config` with everything that is, each
 * with its line.
 */
export async function checkedSettings(
  file: BroughtFile,
  environment: Environment,
  isSettable: (variable: string) => boolean,
): Promise<BroughtSettings> {
  const brought = settingsBrought(file, environment, isSettable);
  if (brought !== undefined) return brought;
  // The words for a mistake are loaded when there is one: they come with zod.
  const { broughtError, broughtFindings } = await import("./validate.ts");
  throw broughtError(broughtFindings(file.text, file.path, isSettable));
}

function documentOf(text: string) {
  try {
    const document = parseToml(text);
    return isBroughtDocument(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

/** Where the path leads, which must be a place in the repository. */
function targetOf(root: string, path: string): string | undefined {
  const real = resolved(path);
  if (real === undefined) {
    if (!exists(path)) return undefined;
    throw unusable(path, "is a link that leads nowhere");
  }
  const way = relative(realPath(root) ?? root, real);
  if (way.startsWith("../") || way.startsWith("/")) throw unusable(path, `is a link out of the repository, to ${real}`);
  return real;
}

function resolved(path: string): string | undefined {
  try {
    return realPath(path);
  } catch (error) {
    throw unusable(path, `cannot be read: ${reasonOf(error)}`, error);
  }
}

function readAtMost(path: string, real: string): Buffer {
  let file: number;
  try {
    // Without O_NONBLOCK, opening a pipe would wait until somebody writes into it.
    file = openSync(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    throw unusable(path, `cannot be read: ${reasonOf(error)}`, error);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw unusable(path, "is not a file");
    const buffer = Buffer.alloc(Math.min(stat.size, mostBytes) + 1);
    let length = 0;
    for (let count = -1; count !== 0 && length < buffer.length; length += count) {
      count = readSync(file, buffer, length, buffer.length - length, length);
    }
    if (length > mostBytes) throw unusable(path, `is longer than ${mostBytes / 1_000_000} MB`);
    return buffer.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

function decoded(path: string, bytes: Uint8Array): string {
  try {
    // A byte order mark stays: what is accepted is every byte.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw unusable(path, "is not text in UTF-8", error);
  }
}

function unusable(path: string, problem: string, cause?: unknown): FleetError {
  return new FleetError("config", `${path} ${problem}`, {
    hint: `to look at it, run ls -ld ${shellWord(path)}`,
    cause,
  });
}
