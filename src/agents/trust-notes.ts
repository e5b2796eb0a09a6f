import { dirname } from "node:path";
import { makePrivateDirectory, readTextIfExists, replaceFile } from "../system/files.ts";
import { fieldsOf, textsOf } from "./fields.ts";

/** What is noted of repositories and one agent CLI. */
interface Notes {
  /** Those that fleet, and not the user, said are trusted. */
  readonly trusted: readonly string[];
  /** Those whose hooks the user lets run. */
  readonly hooks: readonly string[];
}

/** Whether fleet, and not the user, told an agent CLI that a repository is trusted. A note that cannot be read means that it was. */
export function wasTrustedForUser(file: string, repository: string): boolean {
  return read(file)?.trusted.includes(repository) ?? true;
}

/** Whether the user lets the hooks of a repository run. */
export function mayRunHooks(file: string, repository: string): boolean {
  return read(file)?.hooks.includes(repository) ?? false;
}

/** Notes that fleet is about to say so of a repository. The caller sees to it that no other process does the same. */
export function noteTrustForUser(file: string, repository: string): void {
  const notes = read(file);
  if (notes === undefined || notes.trusted.includes(repository)) return;
  write(file, { ...notes, trusted: [...notes.trusted, repository] });
}

/** Notes that the user lets the hooks of a repository run, or no more. What cannot be read is written anew. */
export function noteHooks(file: string, repository: string, run: boolean): void {
  const notes = read(file) ?? { trusted: [repository], hooks: [] };
  const others = notes.hooks.filter((other) => other !== repository);
  write(file, { ...notes, hooks: run ? [...others, repository] : others });
}

function read(file: string): Notes | undefined {
  const text = readTextIfExists(file);
  if (text === undefined) return { trusted: [], hooks: [] };
  try {
    const notes = fieldsOf(JSON.parse(text));
    return { trusted: textsOf(notes.trusted), hooks: textsOf(notes.hooks) };
  } catch {
    return undefined;
  }
}

function write(file: string, notes: Notes): void {
  makePrivateDirectory(dirname(file));
  replaceFile(file, `${JSON.stringify(notes, null, 2)}\n`);
}
