import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { linkSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../errors.ts";
import { makePrivateDirectory, readTextIfExists, temporaryPath, writePrivateFile } from "../system/files.ts";

/** What somebody may do: all of it, or look. */
export type Role = "owner" | "viewer";

/** The secrets of a fleet's servers, one for each role: what programs send, and what the tokens of pages are made from. */
export type Secrets = Readonly<Record<Role, string>>;

const files: Readonly<Record<Role, string>> = { owner: "token", viewer: "viewer-token" };

/** Where the token of a role is kept, for the programs of this user. */
export function tokenFile(folder: string, role: Role): string {
  return join(folder, files[role]);
}

/** The tokens that are kept in this folder; they are made, readable by this user alone, when there are none. */
export function readOrMakeSecrets(folder: string): Secrets {
  makePrivateDirectory(folder);
  return { owner: readOrMake(tokenFile(folder, "owner")), viewer: readOrMake(tokenFile(folder, "viewer")) };
}

function readOrMake(path: string): string {
  return readSecret(path) ?? made(path);
}

/** The token in a file; nothing when there is none. Throws FleetError `config` when others can read it, or it is none. */
function readSecret(path: string): string | undefined {
  const text = readTextIfExists(path)?.trim();
  if (text === undefined) return undefined;
  const open = (statSync(path).mode & 0o077) !== 0;
  if (!open && /^[\w-]{43}$/.test(text)) return text;
  throw new FleetError("config", `${path} ${open ? "can be read by other users" : "holds no token"}`, {
    code: "token-file",
    hint: `to have a new token made at the next start of fleet serve, run rm ${path}`,
  });
}

/** Two servers that start at once agree on one: a link is made by one of them only, and never to half a file. */
function made(path: string): string {
  const own = temporaryPath(path);
  writePrivateFile(own, `${randomSecret()}\n`);
  try {
    linkSync(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(own, { force: true });
  }
  return readSecret(path) ?? made(path);
}

function randomSecret(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * A token for one page: it is worth nothing at another port, and nothing any more when the secret is another. The server keeps no list of
 * them, so that pages go on when it is started anew.
 */
export function pageToken(secrets: Secrets, role: Role, port: number): string {
  const id = randomBytes(16).toString("base64url");
  return `${role}.${id}.${seal(secrets, role, id, port)}`;
}

/** Who sends this token; nobody when it is none of ours. Takes as long for a wrong one as for a right one. */
export function roleOfToken(secrets: Secrets, token: string, port: number): Role | undefined {
  const roles = ["owner", "viewer"] as const;
  const own = roles.filter((role) => isSame(token, secrets[role]));
  const [role = "", id = "", mac = ""] = token.split(".");
  const page = roles.filter((each) => each === role && isSame(mac, seal(secrets, each, id, port)));
  return own[0] ?? page[0];
}

function seal(secrets: Secrets, role: Role, id: string, port: number): string {
  return createHmac("sha256", secrets[role]).update(`page ${role} ${id} ${port}`).digest("base64url");
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

const codeMilliseconds = 600_000;
const mostCodes = 100;

/** Codes that open one page each, for ten minutes. */
export class OneTimeCodes {
  readonly #codes = new Map<string, { readonly role: Role; readonly until: number }>();

  /** A new code; the oldest is given up when there are too many. */
  issue(role: Role): string {
    const code = randomSecret();
    this.#codes.set(code, { role, until: performance.now() + codeMilliseconds });
    const [oldest = ""] = this.#codes.keys();
    if (this.#codes.size > mostCodes) this.#codes.delete(oldest);
    return code;
  }

  /** What the code was issued for; nothing when it was used, is too old, or never was one. */
  use(code: string): Role | undefined {
    const found = this.#codes.get(code);
    this.#codes.delete(code);
    return found !== undefined && performance.now() < found.until ? found.role : undefined;
  }
}
