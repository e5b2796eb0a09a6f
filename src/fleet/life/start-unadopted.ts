import { isIsolated } from "../../model/sandbox.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { AgentFiles } from "../../state/places.ts";
import { exists } from "../../system/files.ts";
import { adopter, adopterFailure } from "../../system/processes/adoption.ts";
import { isAgentPane, listPanes } from "../../system/tmux/panes.ts";
import { type Fleet, serverAt } from "../fleet.ts";
import { endAgentSessions } from "./end-sessions.ts";
import { agentSession, SessionStarter } from "./sessions.ts";

/**
 * Starts an agent once more whose launcher ended before it had read anything, because the program that makes it adopt orphans is there and
 * does not run; this time without. Returns whether that was so: otherwise nothing is done.
 */
export async function startUnadopted(fleet: Fleet, entry: AgentEntry, files: AgentFiles): Promise<boolean> {
  if (isIsolated(entry.sandbox) || !exists(files.environment)) return false;
  const why = await adopterFailure(fleet.environment);
  if (why === undefined) return false;
  fleet.cancelled.throwIfAborted();
  const server = serverAt(fleet, entry.socket);
  // A user may have tmux keep what has ended.
  const left = (await listPanes(server)).filter((pane) => isAgentPane(pane, entry.id));
  if (left.some(({ dead }) => !dead)) return false;
  if (left.length > 0) await endAgentSessions(fleet, entry.socket, left);
  await new SessionStarter(server, 1).create(agentSession(entry, files, { adopts: false }));
  fleet.report({
    kind: "warning",
    text: `${adopter} does not run (${why}): what leaves ${entry.branch}, its session and its environment is named by kill, and not ended`,
  });
  return true;
}
