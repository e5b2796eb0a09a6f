import { join } from "node:path";
import type { AgentEntry } from "../../../state/entry.ts";
import { readBytesIfExists } from "../../../system/files.ts";
import { requireRepository } from "../../../system/git/repository.ts";
import { type Fleet, gitAt, settingsFor } from "../../fleet.ts";
import { credentialFilesOf } from "../../worktree/credentials/find.ts";
import { filesGivenTo } from "../../worktree/credentials/note.ts";

/** A value that nobody else is to read, and where it is from: `GITHUB_TOKEN`, `.env: API_KEY`. */
interface Secret {
  readonly name: string;
  readonly value: string;
}

const secretName =
  /token|secret|passw|passphrase|pwd$|(^|_|-)pass($|_|-)|key|credential|auth|cookie|private|dsn|webhook|signature|salt/i;
/** What is secret by its name must be this long to be told from a word, and what only looks so must be longer. */
const [shortestNamed, shortestRandom] = [6, 16];
/** Of larger files only the beginning is read: they are data, not logins. */
const mostBytes = 1_000_000;

/**
 * Secrets that the environment and the credential files of an agent's repository hold: values whose names say so, passwords in
 * addresses, and long words of letters and digits.
 */
export async function secretsOf(fleet: Fleet, entry: AgentEntry): Promise<readonly Secret[]> {
  const ofEnvironment = Object.entries(fleet.environment).flatMap(([name, value]) => secretsIn(name, value ?? ""));
  const repository = await requireRepository(gitAt(fleet, entry.repo));
  const { files } = await credentialFilesOf(fleet, repository, settingsFor(fleet, entry.repo));
  const places = [
    ...files.map((file) => ({ file, root: repository.root })),
    ...filesGivenTo(entry).map((file) => ({ file, root: entry.worktree })),
  ];
  const ofFiles = places.flatMap(({ file, root }) => secretsOfFile(file, join(root, file)));
  // The longest first: one may be a part of another.
  return [...ofEnvironment, ...ofFiles].sort((a, b) => b.value.length - a.value.length);
}

/** A text without secrets, and the names of those that were in it. */
export function withoutSecrets(
  text: string,
  secrets: readonly Secret[],
): { readonly text: string; readonly found: readonly string[] } {
  let clean = text;
  const found = new Set<string>();
  for (const { name, value } of secrets) {
    if (!clean.includes(value)) continue;
    found.add(name);
    clean = clean.replaceAll(value, `[${name} is left out]`);
  }
  return { text: clean, found: [...found] };
}

/** Shorter values are in too many files that mean something else. */
const shortestInFile = 8;

/** Which secrets are in the texts of files, as `NAME in FILE`. */
export function secretsInFiles(files: ReadonlyMap<string, string>, secrets: readonly Secret[]): string[] {
  const telling = secrets.filter(({ value }) => value.length >= shortestInFile);
  return [...files].flatMap(([file, text]) =>
    [...new Set(telling.filter(({ value }) => text.includes(value)).map(({ name }) => name))].map(
      (name) => `${name} in ${file}`,
    ),
  );
}

function secretsOfFile(file: string, path: string): Secret[] {
  const bytes = readBytesIfExists(path)?.subarray(0, mostBytes);
  if (bytes === undefined || bytes.includes(0)) return [];
  return bytes
    .toString("utf8")
    .split("\n")
    .flatMap((line) => secretsOfLine(file, line));
}

/** `KEY=value`, `key: value`, `"key": "value"`, or a line that is nothing but a value. */
function secretsOfLine(file: string, line: string): Secret[] {
  const [, key, assigned] = /^\s*(?:export\s+)?["']?([\w.-]+)["']?\s*[=:]\s*(.*)$/.exec(line) ?? [];
  const value = (assigned ?? line).trim().replace(/,$/, "");
  const bare = /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
  if (key === undefined) return looksRandom(bare) ? [{ name: file, value: bare }] : [];
  return secretsIn(key, bare).map((secret) => ({ ...secret, name: `${file}: ${key}` }));
}

function secretsIn(name: string, value: string): Secret[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^/@:\s]*:([^/@\s]+)@/i.exec(value)?.[1];
  const isNamed = secretName.test(name) && value.length >= shortestNamed && !isOrdinary(value);
  return [
    ...(isNamed || looksRandom(value) ? [{ name, value }] : []),
    ...(password !== undefined && password.length >= shortestNamed ? [{ name, value: password }] : []),
  ];
}

/** What is set under such a name and says nothing: a switch, a path, a socket. */
function isOrdinary(value: string): boolean {
  return /^(?:true|false|enabled|disabled|default|required|optional)$/i.test(value) || /^[/~.]/.test(value);
}

function looksRandom(value: string): boolean {
  if (value.length < shortestRandom || /\s/.test(value) || /^[/~.]/.test(value) || /:\/\//.test(value)) return false;
  const words = value.split(/[^A-Za-z0-9+=]+/);
  return words.some((word) => word.length >= shortestRandom && /[0-9]/.test(word) && /[A-Za-z]/.test(word));
}
