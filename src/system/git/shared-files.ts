import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isDirectory, readUntrustedBytes, realPath } from "../files.ts";
import { withBlock } from "./exclude.ts";

/** What stands under names, each told by a fingerprint: settings have passwords in them, which are nowhere else kept. */
export type Fingerprints = Readonly<Record<string, string>>;

const longest = 4_000_000;

/**
 * What is set in the configuration that all worktrees of a repository share, by the names that `git config --list` has for it. It is read
 * from git's own file, which takes no process, and without what that includes. `undefined` when it cannot be read.
 */
export function sharedSettings(commonDirectory: string): Fingerprints | undefined {
  const text = bytesAt(join(commonDirectory, "config"))?.toString("utf8");
  return text === undefined ? undefined : settingsIn(text);
}

/** The files beside it by which git does something in all worktrees, by their paths in git's directory: hooks, and what is in `info`. */
export function sharedFiles(commonDirectory: string): Fingerprints {
  const paths = [...hooksIn(commonDirectory), "info/attributes", "info/exclude", "info/grafts"];
  const found = paths.flatMap((path): [string, string][] => {
    const bytes = bytesAt(join(commonDirectory, path));
    if (bytes === undefined) return [];
    // A block of it is ours, and comes and goes.
    const content = path === "info/exclude" ? withBlock(bytes.toString("utf8"), []).trim() : bytes;
    return content.length === 0 ? [] : [[path, fingerprint(content)]];
  });
  return Object.fromEntries(found);
}

function hooksIn(commonDirectory: string): string[] {
  const hooks = join(commonDirectory, "hooks");
  const names = isDirectory(hooks) ? readdirSync(hooks) : [];
  return names.filter((name) => !name.endsWith(".sample")).map((name) => `hooks/${name}`);
}

/** Users keep such files elsewhere, behind links. */
function bytesAt(path: string): Buffer | undefined {
  const real = realPath(path);
  return real === undefined ? undefined : readUntrustedBytes(real, longest);
}

function fingerprint(content: string | Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(content).digest("hex").slice(0, 16);
}

const header = /^\s*\[\s*([a-z0-9-]+)(?:\.([a-z0-9.-]+)|\s+"((?:[^"\\]|\\.)*)")?\s*\]/i;
const assignment = /^\s*([a-z][a-z0-9-]*)\s*(?:=\s*(.*))?$/is;
/** A value goes on in the next line after a backslash that is not itself quoted by one, and in no comment. */
const goesOn = /^(?:[^"\\#;]|\\.|"(?:[^"\\]|\\.)*")*(?:"(?:[^"\\]|\\.)*)?\\$/s;

function settingsIn(text: string): Fingerprints {
  const values = new Map<string, string[]>();
  let section = "";
  const lines = text.split(/\r?\n/);
  while (lines.length > 0) {
    let line = lines.shift() ?? "";
    if (/^\s*[#;]/.test(line)) continue;
    while (goesOn.test(line) && lines.length > 0) line = `${line}\n${lines.shift()}`;
    const [whole, kind = "", plain, quoted] = header.exec(line) ?? [""];
    if (whole !== "") section = [kind.toLowerCase(), ...withinOf(plain, quoted)].join(".");
    const [, key, value = ""] = assignment.exec(line.slice(whole.length)) ?? [];
    if (key === undefined) continue;
    const name = `${section}.${key.toLowerCase()}`;
    values.set(name, [...(values.get(name) ?? []), value.trim()]);
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, fingerprint(all.join("\0"))]));
}

/** An old way of writing it is without regard to case. */
function withinOf(plain: string | undefined, quoted: string | undefined): string[] {
  if (plain !== undefined) return [plain.toLowerCase()];
  return quoted === undefined ? [] : [quoted.replace(/\\(.)/g, "$1")];
}
