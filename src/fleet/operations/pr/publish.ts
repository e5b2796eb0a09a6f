import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { readPullRecord } from "../../../state/pull-request.ts";
import { linesAdded } from "../../../system/git/added-lines.ts";
import type { GitPlace } from "../../../system/git/command.ts";
import { pushCommit, type Remote } from "../../../system/git/remotes.ts";
import { shellWord } from "../../../system/shell.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { secretsInFiles, secretsOf } from "./secrets.ts";
import type { PullWork } from "./work.ts";

/**
 * Pushes the work of an agent. Only a branch that fleet made may be written anew, and only where it is as fleet left it. Throws FleetError `failed`.
 */
export async function publish({ place, entry, head, look }: PullWork, { name: remote }: Remote): Promise<void> {
  await warnOfSecrets(look.fleet, place, { entry, head, remote });
  const push = { remote, branch: entry.branch, commit: head };
  const before = readPullRecord(statePlaces(look.fleet), entry.id)?.pushed;
  try {
    await pushCommit(place, { ...push, lease: undefined });
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    if (error.code === "push-protected") throw protectedBranch(entry, remote, error);
    if (error.code !== "push-moved" || entry.adopted || before === undefined || before === "")
      throw moved(entry, remote, error);
    await pushCommit(place, { ...push, lease: before }).catch((again) => {
      throw again instanceof FleetError ? moved(entry, remote, again) : again;
    });
  }
}

/** A push cannot be taken back, and only the user knows what is a secret: they are told before it, and it goes on. */
async function warnOfSecrets(
  fleet: Fleet,
  place: GitPlace,
  { entry, head, remote }: { readonly entry: AgentEntry; readonly head: string; readonly remote: string },
): Promise<void> {
  const added = await linesAdded(place, { head, base: entry.base, remote });
  const found = secretsInFiles(added, await secretsOf(fleet, entry));
  if (found.length === 0) return;
  const what = `its commits hold the value of ${found.slice(0, 5).join(", ")}${found.length > 5 ? " and more" : ""}`;
  fleet.report({ kind: "warning", text: `${entry.branch}: ${what}; who reads the remote can read it` });
}

function protectedBranch({ branch }: AgentEntry, remote: string, { output }: FleetError): FleetError {
  return new FleetError("failed", `${branch} is protected on ${remote}: it takes no pushes`, {
    code: "push-protected",
    ...(output === undefined ? {} : { output }),
    hint: `for a branch of another name, run git branch OTHER ${shellWord(branch)} and fleet create OTHER`,
  });
}

function moved({ branch }: AgentEntry, remote: string, error: FleetError): FleetError {
  if (error.code !== "push-moved") return error;
  return new FleetError("failed", `${branch} on ${remote} has commits that are not here`, {
    code: "push-moved",
    ...(error.output === undefined ? {} : { output: error.output }),
    hint: `to see them, run git fetch ${shellWord(remote)} ${shellWord(branch)} && git log FETCH_HEAD`,
  });
}
