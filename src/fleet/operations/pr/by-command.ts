import { join } from "node:path";
import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { type PullRecord, readPullRecord, writePullRecord } from "../../../state/pull-request.ts";
import { run } from "../../../system/exec.ts";
import { writePrivateFile } from "../../../system/files.ts";
import { settingsFor, statePlaces } from "../../fleet.ts";
import type { Look } from "../../review/content.ts";
import { chosenText, hashOf } from "./chosen-text.ts";
import { publish } from "./publish.ts";
import { baseBranch } from "./range.ts";
import type { PlainRoute } from "./route.ts";
import type { PullStage } from "./stage.ts";
import type { PullText } from "./text.ts";
import type { PullDone, PullWork } from "./work.ts";

/** How long the command of the user may take. */
const commandMilliseconds = 300_000;

/** Pushes the work of an agent and lets the user's `pr_command` open the pull request, once. Throws FleetError `failed`. */
export async function pullByCommand(work: PullWork, { push, base: remote, host }: PlainRoute): Promise<PullDone> {
  const { look, entry, head, options, place } = work;
  const { fleet } = look;
  const base = await baseBranch(work, remote, "main");
  const { chosen } = await chosenText(work, remote, base, undefined);
  const before = readPullRecord(statePlaces(fleet), entry.id);
  await publish(work, push);
  const note = (url: string, state: PullRecord["state"]): PullRecord => {
    const record: PullRecord = {
      v: 1,
      forge: "other",
      host,
      project: "",
      number: numberIn(url),
      url,
      state,
      base,
      pushed: head,
      head,
      text: hashOf(chosen),
      at: new Date().toISOString(),
    };
    writePullRecord(statePlaces(fleet), entry.id, record);
    return record;
  };
  if (before?.forge === "other") {
    const shortfall = unstaged(before, options.stage);
    return { entry, record: note(before.url, before.state), outcome: "updated", ...shortfall };
  }
  const draft = options.stage === "draft";
  const pull = { ...chosen, branch: entry.branch, base, remote: push.name, draft };
  const url = await openByCommand(look, entry, place.directory, pull);
  return { entry, record: note(url, draft ? "draft" : "open"), outcome: "opened" };
}

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
async function openByCommand(
  { fleet, scratch }: Look,
  entry: AgentEntry,
  directory: string,
  { title, body, branch, base, remote, draft }: CommandPull,
): Promise<string> {
  const file = join(scratch, "body");
  writePrivateFile(file, `${body}\n`);
  const environment = {
    ...fleet.environment,
    AI_FLEET_TITLE: title,
    AI_FLEET_BODY_FILE: file,
    AI_FLEET_BRANCH: branch,
    AI_FLEET_BASE: base,
    AI_FLEET_REMOTE: remote,
    AI_FLEET_DRAFT: draft ? "1" : "",
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

/** A command of the user only opens pull requests. */
function unstaged({ url, state }: PullRecord, stage: PullStage | undefined): { readonly shortfall?: FleetError } {
  if (stage === undefined || (state === "draft") === (stage === "draft")) return {};
  const what = stage === "draft" ? "make it a draft" : "mark it as ready for review";
  const shortfall = new FleetError("failed", `pr_command cannot ${what}: it only opens pull requests`, {
    code: "forge-refused",
    hint: `to do it there, see ${url}`,
  });
  return { shortfall };
}

/** `https://forge.example.com/acme/shop/pulls/12` */
function numberIn(url: string): number | null {
  const digits = /\/(\d{1,9})\/?$/.exec(url)?.[1];
  return digits === undefined ? null : Number(digits);
}
