import { dirname } from "node:path";
import { makePrivateDirectory, readTextIfExists, replaceFile } from "../system/files.ts";
import { textsOf } from "./fields.ts";

/** Whether fleet, and not the user, told an agent CLI that a repository is trusted. A note that cannot be read means that it was. */
export function wasTrustedForUser(notes: string, repository: string): boolean {
  const text = readTextIfExists(notes);
  if (text === undefined) return false;
  const repositories = parse(text);
  return repositories === undefined || repositories.includes(repository);
}

/** Notes that fleet is about to say so of a repository. The caller sees to it that no other process does the same. */
export function noteTrustForUser(notes: string, repository: string): void {
  if (wasTrustedForUser(notes, repository)) return;
  const repositories = parse(readTextIfExists(notes) ?? "[]") ?? [];
  makePrivateDirectory(dirname(notes));
  replaceFile(notes, `${JSON.stringify([...repositories, repository], null, 2)}\n`);
}

function parse(text: string): string[] | undefined {
  try {
    return textsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}
