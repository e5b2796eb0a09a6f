import type { Config } from "../../config/config.ts";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { processStarts } from "../../system/processes/table.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { readRuntime, writtenAt } from "../watch/runtime.ts";

/**
 * Throws FleetError `failed` when this many more agents would run than `max_agents` allows. `entries` are all there are, those that are
 * being started too; one that was stopped or has ended does not count. Whoever starts agents asks under the lock that reserves names.
 */
export async function requireRoom(
  fleet: Fleet,
  { max_agents: most }: Pick<Config, "max_agents">,
  entries: readonly AgentEntry[],
  more: number,
): Promise<void> {
  if (most === 0) return;
  const running = await runningAmong(fleet, entries);
  if (running.length + more <= most) return;
  const isOne = running.length === 1;
  throw new FleetError(
    "failed",
    `max_agents is ${most}, and ${running.length} ${isOne ? "agent runs" : "agents run"} already`,
    {
      code: "no-room",
      output: running.map(({ branch, repo }) => `${branch}  ${repo}`).join("\n"),
      hint: "to end one, run fleet stop BRANCH or fleet kill BRANCH; to raise the limit, run fleet config edit",
    },
  );
}

/** Those of the agents that run, as their own files and the process table tell: no tmux is asked, for this is done under a lock. */
export async function runningAmong(fleet: Fleet, entries: readonly AgentEntry[]): Promise<AgentEntry[]> {
  const live = entries.flatMap((entry) => {
    const files = agentFiles(statePlaces(fleet), entry.id);
    const { phase, pid, exitCode } = readRuntime(files);
    const isAtRest = writtenAt(files, "stopped") !== undefined || exitCode !== undefined || phase?.kind === "failed";
    return isAtRest ? [] : [{ entry, pid }];
  });
  const starts = await processStarts(live.flatMap(({ pid }) => pid ?? []));
  return live.filter(({ pid }) => pid === undefined || starts.has(pid)).map(({ entry }) => entry);
}
