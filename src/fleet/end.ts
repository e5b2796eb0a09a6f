import { agentFiles } from "../state/places.ts";
import { readTextIfExists, writePrivateFile } from "../system/files.ts";
import type { ProcessInfo, ProcessTable } from "../system/processes/process.ts";
import { readProcessTable } from "../system/processes/table.ts";
import { ancestors, processesWithVariable, processTree, signalProcess } from "../system/processes/tree.ts";
import { capturePane, type Pane } from "../system/tmux/panes.ts";
import type { TmuxServer } from "../system/tmux/server.ts";
import { clientsOf, killSession } from "../system/tmux/sessions.ts";
import { type Fleet, serverAt, statePlaces } from "./fleet.ts";
import type { Observation } from "./observe.ts";

/** Agents write their transcripts when they are asked to end; this is how long they may take. */
const graceMilliseconds = 3000;
const pauseMilliseconds = 20;
/** How much of the screen's history is kept when its session ends. */
const keptLines = 10_000;

/**
 * Ends everything of an agent: the tree below its pane and whatever was started by it and left that tree is asked to end, then its
 * session goes, then what is still there is killed. Never a tmux server, `fleet` itself or what it runs in. The last screen is kept.
 */
export async function endAgent(fleet: Fleet, { entry, pane }: Observation): Promise<void> {
  const server = serverAt(fleet, entry.socket);
  if (pane !== undefined) await keepScreen(fleet, server, pane, entry.id);
  const asked = await processesOf(entry.id, pane);
  await signalAll(asked, "SIGTERM");
  await untilGone(asked);
  if (pane !== undefined) await killSession(server, pane.session, await clientsOf(server, pane.session));
  await killLeftovers(entry.id, asked);
}

/** Whether ending this agent would end the `fleet` that does it. */
export async function isInside({ processes }: Observation): Promise<boolean> {
  const line = ancestors(await readProcessTable(), process.pid);
  return processes.some(({ pid }) => line.has(pid));
}

async function processesOf(id: string, pane: Pane | undefined): Promise<ProcessInfo[]> {
  const table = await readProcessTable();
  const tree = pane === undefined || pane.dead ? [] : processTree(table, pane.pid);
  return ours([...tree, ...(await processesWithVariable(`AI_FLEET_ID=${id}`))], table);
}

/** An agent may start a tmux server, which then is no agent's; and it may be the one that called us. */
function ours(candidates: readonly ProcessInfo[], table: ProcessTable): ProcessInfo[] {
  const spared = ancestors(table, process.pid);
  const byPid = new Map(candidates.map((candidate) => [candidate.pid, candidate]));
  return [...byPid.values()].filter(({ pid, name, zombie }) => !spared.has(pid) && !name.startsWith("tmux") && !zombie);
}

async function signalAll(targets: readonly ProcessInfo[], signal: NodeJS.Signals): Promise<void> {
  const table = await readProcessTable();
  for (const target of targets) signalProcess(table, target, signal);
}

async function untilGone(targets: readonly ProcessInfo[]): Promise<void> {
  const deadline = performance.now() + graceMilliseconds;
  while (performance.now() < deadline && remaining(targets, await readProcessTable()).length > 0)
    await Bun.sleep(pauseMilliseconds);
}

function remaining(targets: readonly ProcessInfo[], table: ProcessTable): ProcessInfo[] {
  return targets.filter(({ pid, start }) => {
    const current = table.get(pid);
    return current !== undefined && current.start === start && !current.zombie;
  });
}

/** What ignored the request, and what was started in the meantime. */
async function killLeftovers(id: string, asked: readonly ProcessInfo[]): Promise<void> {
  const left = [...remaining(asked, await readProcessTable()), ...(await processesOf(id, undefined))];
  await signalAll(left, "SIGKILL");
  await untilGone(left);
}

async function keepScreen(fleet: Fleet, server: TmuxServer, pane: Pane, id: string): Promise<void> {
  const { screen, directory } = agentFiles(statePlaces(fleet), id);
  const text = await capturePane(server, pane.pane, keptLines);
  if (readTextIfExists(`${directory}/record.json`) !== undefined) writePrivateFile(screen, text);
}
