import type { AgentEntry } from "../../../state/entry.ts";
import { agentFiles } from "../../../state/places.ts";
import { startDetached } from "../../../system/exec.ts";
import { writePrivateFile } from "../../../system/files.ts";
import { quoteForShell } from "../../../system/shell.ts";
import { startFromServer } from "../../../system/tmux/run.ts";
import { serverEnvironment } from "../../environment.ts";
import { type Fleet, serverAt, statePlaces } from "../../fleet.ts";
import { environmentFile } from "../../life/launcher/launcher.ts";
import type { Observation } from "../../watch/observe.ts";
import type { KillOptions } from "../../worktree/kill-options.ts";

/** An agent that this command runs in: another `fleet` ends it as soon as this one is gone. */
export interface HandedOver {
  readonly ended: "soon";
  readonly entry: AgentEntry;
}

/**
 * Has another `fleet` end the agent that this command runs in. That one must be no descendant of the agent, and carry no mark of it, or it
 * would end itself. What leaves the agent stays below its launcher while that lives, so tmux starts it.
 */
export async function handOver(
  fleet: Fleet,
  { entry, pane }: Pick<Observation, "entry" | "pane">,
  options: KillOptions,
): Promise<HandedOver> {
  const script = agentFiles(statePlaces(fleet), entry.id).successor;
  writePrivateFile(script, successor(fleet, entry, options));
  const isStarted =
    pane !== undefined && !pane.dead && (await startFromServer(serverAt(fleet, entry.socket), pane.pane, script));
  if (!isStarted) startDetached(["/bin/sh", script], { environment: {}, directory: "/" });
  return { ended: "soon", entry };
}

/** What is run when this process is gone, as a script: what is exported to it is nobody else's to read. */
function successor(fleet: Fleet, entry: AgentEntry, options: KillOptions): string {
  const command = [fleet.program, "kill", "-y", "-C", entry.repo, ...flagsOf(options), "--", entry.branch];
  return [
    'command -p rm -f -- "$0"\n',
    environmentFile(serverEnvironment(fleet.environment)),
    "cd /\n",
    `while kill -0 ${process.pid} 2>/dev/null; do command -p sleep 0.05; done\n`,
    `exec ${command.map(quoteForShell).join(" ")}\n`,
  ].join("");
}

function flagsOf({ branch, commitMessage, now, withChildren }: KillOptions): string[] {
  return [
    ...{ judge: [], keep: ["--keep-branch"], delete: ["--delete-branch"] }[branch],
    ...(commitMessage === undefined ? [] : ["--commit", `--message=${commitMessage}`]),
    ...(now === true ? ["--now"] : []),
    ...(withChildren === true ? ["--with-children"] : []),
  ];
}
