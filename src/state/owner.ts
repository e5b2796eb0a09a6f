import { dirname, join } from "node:path";
import { readTextIfExists, replaceFile } from "../system/files.ts";
import type { StatePlaces } from "./places.ts";

/** A random id of this fleet's home, by which others tell it from theirs. It is made when it is first asked for. */
export function ownerId({ trustRoot }: Pick<StatePlaces, "trustRoot">): string {
  const file = join(dirname(trustRoot), "owner");
  const known = readTextIfExists(file)?.trim() ?? "";
  if (/^[0-9a-f-]{36}$/.test(known)) return known;
  const made = crypto.randomUUID();
  replaceFile(file, `${made}\n`);
  return made;
}
