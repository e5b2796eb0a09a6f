import type { ConversationPart } from "../../agents/adapter.ts";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { readRecords } from "../../state/records.ts";
import { readTextIfExists } from "../../system/files.ts";
import { shellWord } from "../../system/shell.ts";
import { capturePane, listPanes } from "../../system/tmux/panes.ts";
import type { TmuxServer } from "../../system/tmux/server.ts";
import { type Fleet, serverAt, statePlaces } from "../fleet.ts";
import { lastOfConversation } from "./conversation.ts";
import type { Observation } from "./observe.ts";
import { conversationOf } from "./transcript.ts";

/** What an agent has shown, or said and done, so far. */
export interface AgentLog {
  readonly lines: readonly string[];
  /** What the lines are of, when they are of its transcript. */
  readonly conversation: readonly ConversationPart[] | undefined;
  /** Nothing more will come. */
  readonly complete: boolean;
  /** What the proxy of its sandbox kept it from reaching since its start: `HOST:PORT`, each once. */
  readonly refused: readonly string[];
}

/** Where the lines are to come from: what was said where that can be read, else the screen; or only the one. */
export type LogSource = "said" | "transcript" | "screen";

/**
 * The last lines of an agent that was just looked at. What was said is its own record of the conversation; where there is none, or nothing
 * in it so far, and of a setup that failed, they are the lines that were shown: its pane, alive or dead, else what was kept of it.
 *
 * Throws FleetError `failed` when a transcript is asked for of an agent that has none we can read.
 */
export async function logOf(
  fleet: Fleet,
  { entry, pane, status }: Pick<Observation, "entry" | "pane" | "status">,
  count: number,
  source: LogSource,
): Promise<AgentLog> {
  const files = agentFiles(statePlaces(fleet), entry.id);
  const places = (readTextIfExists(files.refused) ?? "").split("\n").filter(Boolean);
  return { ...(await linesOf(fleet, { entry, pane, status }, count, source)), refused: [...new Set(places)] };
}

async function linesOf(
  fleet: Fleet,
  { entry, pane, status }: Pick<Observation, "entry" | "pane" | "status">,
  count: number,
  source: LogSource,
): Promise<Omit<AgentLog, "refused">> {
  const files = agentFiles(statePlaces(fleet), entry.id);
  const complete = pane === undefined || pane.dead;
  const isWanted = source === "transcript" || (source === "said" && status.word !== "failed");
  const parts = isWanted ? conversationOf(fleet, entry) : undefined;
  if (source === "transcript" && parts === undefined) {
    throw new FleetError("failed", `${entry.agent} keeps no transcript that can be read`, {
      hint: `to see what it has shown, run fleet logs ${shellWord(entry.branch)}`,
    });
  }
  const said = lastOfConversation(parts ?? [], entry.worktree, count);
  if (source === "transcript" || said.parts.length > 0)
    return { lines: said.lines, conversation: said.parts, complete };
  const setup = status.word === "failed" ? readTextIfExists(files.setupLog) : undefined;
  if (setup !== undefined) return { lines: lastLines(withoutEpitaph(setup), count), conversation: undefined, complete };
  const shown = pane === undefined ? undefined : await shownIn(serverAt(fleet, entry.socket), pane.pane, count);
  const text = shown ?? readTextIfExists(files.screen) ?? "";
  return {
    lines: lastLines(withoutEpitaph(text), count),
    conversation: undefined,
    complete: complete || shown === undefined,
  };
}

/** What a pane shows; `undefined` when it has gone since it was looked at: the last of it is kept then. */
async function shownIn(server: TmuxServer, pane: string, count: number): Promise<string | undefined> {
  try {
    return await capturePane(server, pane, count);
  } catch (error) {
    if (!(error instanceof FleetError) || (await listPanes(server)).some((each) => each.pane === pane)) throw error;
    return undefined;
  }
}

/** What tmux writes below the last screen of a program that has ended. */
function withoutEpitaph(text: string): string {
  return text.replace(/\n+Pane is dead \([^\n]*\)\n?$/, "\n");
}

/** The record of an agent that was killed, by its branch: the newest, since a name may have been used several times. */
export function killedAgent(fleet: Fleet, branch: string, repository: string | undefined): AgentEntry | undefined {
  return readRecords(statePlaces(fleet))
    .filter((entry) => entry.branch === branch && (repository === undefined || entry.repo === repository))
    .sort((a, b) => a.created_at.localeCompare(b.created_at))
    .at(-1);
}

/**
 * The lines that were added between two looks at the same screen. The screen scrolls, so the old lines are looked for at the start
 * of the new ones, as many of them as still match, the last maybe unfinished; when nothing matches everything is new.
 */
export function addedLines(before: readonly string[], after: readonly string[]): readonly string[] {
  return overlapping(before, after) ?? continued(before, after) ?? after;
}

/** The lines that were added after a look at which the last line was not finished, that line included; `undefined` when nothing matches. */
function continued(before: readonly string[], after: readonly string[]): readonly string[] | undefined {
  const unfinished = before.at(-1);
  if (!unfinished) return undefined;
  const added = overlapping(before.slice(0, -1), after);
  return added?.[0]?.startsWith(unfinished) === true ? added : undefined;
}

function overlapping(before: readonly string[], after: readonly string[]): readonly string[] | undefined {
  for (let skipped = 0; skipped < before.length; skipped += 1) {
    const kept = before.slice(skipped);
    if (kept.length <= after.length && kept.every((line, index) => line === after[index]))
      return after.slice(kept.length);
  }
  return undefined;
}

function lastLines(text: string, count: number): string[] {
  const lines = text.replace(/\n{4,}/g, "\n\n").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return count === 0 ? [] : lines.slice(-count);
}
