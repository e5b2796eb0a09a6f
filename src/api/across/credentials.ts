import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../../errors.ts";
import { type Fleet, settingsFor } from "../../fleet/fleet.ts";
import { credentialFilesOf } from "../../fleet/worktree/credentials/find.ts";
import { isOwnFile } from "../../fleet/worktree/credentials/give.ts";
import type { HostLaunchInput } from "../../model/wire/host-launch.ts";
import type { Repository } from "../../system/git/repository.ts";

/** More than keys and settings ever are; they go as one line of JSON. */
const mostBytes = 4_000_000;

/**
 * The credential files of the main checkout, for a host that may have them; which go there is said. Of those that a worktree has, too, it is
 * the worktree's that go. Throws FleetError for too much.
 */
export async function credentialsToSend(
  fleet: Fleet,
  repository: Repository,
  host: string,
  worktree?: string,
): Promise<HostLaunchInput["files"]> {
  const { files, problems } = await credentialFilesOf(fleet, repository, settingsFor(fleet, repository.root));
  for (const problem of problems) fleet.report({ kind: "warning", text: `not sent to ${host}: ${problem}` });
  if (files.length === 0) return [];
  const placeOf = (path: string) => (worktree !== undefined && isOwnFile(path, worktree) ? worktree : repository.root);
  const contents = files.map((path) => ({ path, bytes: readFileSync(join(placeOf(path), path)) }));
  const total = contents.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (total > mostBytes) {
    throw new FleetError(
      "failed",
      `the credential files are ${Math.ceil(total / 1e6)} MB, too much to send to ${host}`,
      {
        hint: "to name fewer of them, change credential_files with fleet config edit",
      },
    );
  }
  fleet.report({ kind: "note", text: `${host} gets ${files.join(", ")}` });
  return contents.map(({ path, bytes }) => ({ path, content: bytes.toString("base64") }));
}
