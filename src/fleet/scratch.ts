import { mkdirSync, mkdtempSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePrivateDirectory, removeTree, temporaryPath } from "../system/files.ts";
import { type Fleet, statePlaces } from "./fleet.ts";

/** Below this there may be no room for the index of a repository. */
const leastBytes = 16_000_000;

/**
 * Hands on a directory for what a look throws away, and removes it afterwards: in the home of `fleet`, where that of a look that died is
 * cleared by the next command; among the temporary files where the home is full or cannot be written, which keeps nobody from looking.
 */
export async function withScratch<Value>(fleet: Fleet, body: (scratch: string) => Promise<Value>): Promise<Value> {
  const scratch = atHome(fleet) ?? mkdtempSync(join(fleet.environment.TMPDIR || tmpdir(), "fleet-look-"));
  try {
    return await body(scratch);
  } finally {
    removeTree(scratch);
  }
}

function atHome(fleet: Fleet): string | undefined {
  const { agentsRoot } = statePlaces(fleet);
  try {
    makePrivateDirectory(agentsRoot);
    const { bavail, bsize } = statfsSync(agentsRoot);
    if (bavail * bsize < leastBytes) return undefined;
    const scratch = temporaryPath(join(agentsRoot, "look"));
    mkdirSync(scratch, { mode: 0o700 });
    return scratch;
  } catch (error) {
    if (closed.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

const closed = new Set(["EROFS", "EACCES", "EPERM", "ENOSPC", "EDQUOT"]);
