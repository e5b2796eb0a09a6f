import { join } from "node:path";
import { makePrivateDirectory, readTextIfExists, removeTree, replaceFile } from "../system/files.ts";
import type { StatePlaces } from "./places.ts";

/** What the user has accepted of one repository: the whole text of the file that it brings. */
interface Acceptance {
  readonly v: 1;
  /** The root of its main checkout. */
  readonly root: string;
  readonly text: string;
}

/** The text that was accepted last for the repository with this root; `undefined` when none was, or when nobody can say. */
export function acceptedText(places: StatePlaces, root: string): string | undefined {
  const acceptance = parsed(readTextIfExists(acceptanceFile(places, root)));
  return acceptance?.root === root ? acceptance.text : undefined;
}

/** Remembers that exactly this text is accepted for a repository, instead of what was before. */
export function acceptText(places: StatePlaces, root: string, text: string): void {
  makePrivateDirectory(places.trustRoot);
  const acceptance: Acceptance = { v: 1, root, text };
  replaceFile(acceptanceFile(places, root), `${JSON.stringify(acceptance)}\n`);
}

/** Forgets what was accepted for a repository. */
export function forgetAcceptance(places: StatePlaces, root: string): void {
  removeTree(acceptanceFile(places, root));
}

function acceptanceFile({ trustRoot }: StatePlaces, root: string): string {
  return join(trustRoot, `${new Bun.CryptoHasher("sha256").update(root).digest("hex")}.json`);
}

/** A file that is damaged accepts nothing: the user is asked again. */
function parsed(text: string | undefined): Acceptance | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<Acceptance> | null;
    return value?.v === 1 && typeof value.root === "string" && typeof value.text === "string"
      ? (value as Acceptance)
      : undefined;
  } catch {
    return undefined;
  }
}
