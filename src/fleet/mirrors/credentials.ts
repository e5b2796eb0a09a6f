import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { FleetError } from "../../errors.ts";
import { isPathWithin, makePrivateDirectory, removeTree, temporaryPath, writePrivateFile } from "../../system/files.ts";
import { type Fleet, statePlaces } from "../fleet.ts";

/** A credential file that another machine has sent. */
export interface BroughtCredential {
  /** Relative to the worktree. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** Where files lie that worktrees are given, and which. */
interface Given {
  readonly from: string;
  readonly files: readonly string[];
}

/**
 * Lays credential files out in a private directory for as long as worktrees are given them: afterwards only the worktrees have them. What
 * a `fleet` that dies leaves of it the next one removes. Throws FleetError `usage` for a path that leads out.
 */
export async function withCredentials<Value>(
  fleet: Fleet,
  brought: readonly BroughtCredential[],
  body: (given: Given | undefined) => Promise<Value>,
): Promise<Value> {
  if (brought.length === 0) return body(undefined);
  const { agentsRoot } = statePlaces(fleet);
  makePrivateDirectory(agentsRoot);
  const from = temporaryPath(join(agentsRoot, "given"));
  try {
    layOut(from, brought);
    return await body({ from, files: brought.map(({ path }) => path) });
  } finally {
    removeTree(from);
  }
}

/** Lays files out in a private directory. Throws FleetError `usage` for a path that leads out, before any is there. */
export function layOut(directory: string, brought: readonly BroughtCredential[]): void {
  const astray = brought.find(({ path }) => !isPathWithin(path));
  if (astray !== undefined) throw new FleetError("usage", `${JSON.stringify(astray.path)} leads out of the worktree`);
  for (const { path, content } of brought) {
    mkdirSync(dirname(join(directory, path)), { recursive: true, mode: 0o700 });
    writePrivateFile(join(directory, path), content);
  }
}
