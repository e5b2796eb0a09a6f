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
  return sealOf(secrets[role], `page ${role} ${id} ${port}`);
}

function sealOf(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

const codeMilliseconds = 600_000;

/**
 * A code that opens one page of the server at this port, for ten minutes. Whoever can read the secrets can make one, so that nothing has to
 * be asked of the server for it.
 */
export function oneTimeCode(secrets: Secrets, role: Role, port: number): string {
  const made = `${role}.${Date.now()}.${randomBytes(16).toString("base64url")}`;
  return `${made}.${sealOf(secrets[role], `code ${made} ${port}`)}`;
}

/** Which codes have been used here. */
export class UsedCodes {
  readonly #secrets: Secrets;
  /** A code that was made before is refused: whether it was used then is not known. */
  readonly #since = Date.now();
  /** Until when each would have been good. */
  readonly #used = new Map<string, number>();

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  /** For whom the code was made, this once; nothing when it was used, is too old, or never was one. */
  use(code: string, port: number): Role | undefined {
    const [role = "", madeAt = "", id = "", mac = ""] = code.split(".");
    if (role !== "owner" && role !== "viewer") return undefined;
    if (!isSame(mac, sealOf(this.#secrets[role], `code ${role}.${madeAt}.${id} ${port}`))) return undefined;
    const now = Date.now();
    const until = Number(madeAt) + codeMilliseconds;
    if (Number(madeAt) < this.#since || now >= until || this.#used.has(code)) return undefined;
    for (const [old, end] of this.#used) if (end <= now) this.#used.delete(old);
    this.#used.set(code, until);
    return role;
  }
}
