import { join } from "node:path";
import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { run } from "../../../system/exec.ts";
import { writePrivateFile } from "../../../system/files.ts";
import { settingsFor } from "../../fleet.ts";
import type { Look } from "../../review/content.ts";
import type { PullText } from "./text.ts";

/** How long the command of the user may take. */
const commandMilliseconds = 300_000;

interface CommandPull extends PullText {
  readonly branch: string;
  readonly base: string;
  /** The remote that has the branch. */
  readonly remote: string;
  readonly draft: boolean;
}

/**
 * Opens a pull request with the user's `pr_command`, for forges that fleet does not know; what it says goes in by the environment.
 * Returns the last address that the command prints, or nothing. Throws FleetError `failed` when it fails.
 */
export async function openByCommand(
  { fleet, scratch }: Look,
  entry: AgentEntry,
  directory: string,
  { title, body, branch, base, remote, draft }: CommandPull,
): Promise<string> {
  const file = join(scratch, "body");
  writePrivateFile(file, `${body}\n`);
  const environment = {
    ...fleet.environment,
    ...{ AI_FLEET_TITLE: title, AI_FLEET_BODY_FILE: file, AI_FLEET_BRANCH: branch },
    ...{ AI_FLEET_BASE: base, AI_FLEET_REMOTE: remote, AI_FLEET_DRAFT: draft ? "1" : "" },
  };
  const { exitCode, stdout, stderr } = await run(["/bin/sh", "-c", settingsFor(fleet, entry.repo).pr_command], {
    environment,
    directory,
    timeoutMilliseconds: commandMilliseconds,
    cancelled: fleet.cancelled,
  });
  fleet.cancelled.throwIfAborted();
  if (exitCode === 0) return stdout.match(/https?:\/\/\S+/g)?.at(-1) ?? "";
  throw new FleetError("failed", `${branch} was pushed, but pr_command ended with exit code ${exitCode}`, {
    output: stderr || stdout,
    hint: "to change it, run fleet config edit",
  });
}
