import type { AgentEntry } from "../../state/entry.ts";
import { readRegistry } from "../../state/registry.ts";
import { findProgram } from "../../system/exec.ts";
import { adopter, adopterFailure, adoptsOrphans } from "../../system/processes/adoption.ts";
import { listPanes } from "../../system/tmux/panes.ts";
import { callTmux } from "../../system/tmux/server.ts";
import { lineForLostSocket } from "../../system/tmux/surroundings.ts";
import { configuredServer, type Fleet, serverAt, statePlaces } from "../fleet.ts";
import { type Examination, examined } from "./examination.ts";

/** How long tmux may take to say how it is set. */
const patienceMilliseconds = 10_000;

/** How many sessions there are on the tmux server that agents are started on. */
export function examineServer(fleet: Fleet): Promise<Examination> {
  return examined("sessions", () => describeSessions(fleet));
}

async function describeSessions(fleet: Fleet): Promise<string> {
  const server = configuredServer(fleet);
  const sessions = new Set((await listPanes(serverAt(fleet, server.socket))).map(({ session }) => session));
  return sessions.size === 0 ? `no server on ${server.socket} yet` : `${sessions.size} on ${server.socket}`;
}

/** A server with `exit-unattached` takes all agents with it as soon as nobody looks at one of them. */
export async function examineUnattached(fleet: Fleet): Promise<Examination[]> {
  const server = configuredServer(fleet);
  if (findProgram("tmux", fleet.environment) === undefined) return [];
  const [result] = await callTmux({ ...server, patienceMilliseconds }, [["show-options", "-sv", "exit-unattached"]]);
  if (result?.exitCode !== 0 || result.stdout.trim() !== "on") return [];
  return [
    {
      subject: "sessions",
      verdict: "trouble",
      finding: "tmux ends with all agents when nobody is attached (exit-unattached)",
      remedy: "run tmux set -s exit-unattached off, and take it out of the configuration of tmux",
    },
  ];
}

/** A server whose socket was deleted lives on with its agents, and nothing reaches them. A registry that cannot be read has its own row. */
export function examineSockets(fleet: Fleet): Examination[] {
  const bySocket = Map.groupBy(registeredAgents(fleet), ({ socket }) => socket);
  return [...bySocket].flatMap(([socket, agents]) => {
    const [line] = agents.flatMap(({ pid }) => (pid === null ? [] : (lineForLostSocket(pid, socket) ?? [])));
    if (line === undefined) return [];
    const finding = `the socket ${socket} was deleted, and the tmux server there runs on`;
    return [{ subject: "socket", verdict: "trouble", finding, remedy: `to have it made again, run ${line}` } as const];
  });
}

function registeredAgents(fleet: Fleet): readonly AgentEntry[] {
  try {
    return readRegistry(statePlaces(fleet));
  } catch {
    return [];
  }
}

/** Without the call that makes orphans the launcher's, most of what leaves an agent is still found: by its environment, or its session. */
export async function examineDaemons({ environment }: Fleet): Promise<Examination[]> {
  if (process.platform !== "linux") return [];
  const why = await adopterFailure(environment);
  if (why === undefined && adoptsOrphans()) return [];
  const without = why === undefined ? `without ${adopter}` : `since ${adopter} does not run (${why})`;
  return [
    {
      subject: "daemons",
      verdict: "advice",
      finding: `${without}, what leaves an agent, its session and its environment is named by kill, and not ended`,
      remedy: "install perl with the package manager of your system",
    },
  ];
}
