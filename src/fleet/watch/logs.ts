import type { ConversationPart } from "../../agents/adapter.ts";
import { findAgent } from "../../agents/catalog.ts";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { readRecords } from "../../state/records.ts";
import { readTextIfExists } from "../../system/files.ts";
import { shellWord } from "../../system/shell.ts";
import { capturePane, type Pane } from "../../system/tmux/panes.ts";
import { type Fleet, serverAt, statePlaces } from "../fleet.ts";
import { lastOfConversation } from "./conversation.ts";
import { observeAgent } from "./observe.ts";
import { conversationOf } from "./transcript.ts";

/** What an agent has shown, or said and done, so far. */
export interface AgentLog {
  readonly lines: readonly string[];
  /** What the lines are of, when they are of its transcript. */
  readonly conversation: readonly ConversationPart[] | undefined;
  /** Nothing more will come. */
  readonly complete: boolean;
}

/**
 * The last lines of an agent. `transcript` asks for its own record of the conversation, else that is only taken where the screen has
 * no history: of one that lives while it draws over its whole screen, of one that has ended when it is known to do so. Otherwise they
 * are the lines it has shown: its pane, alive or dead, else what was kept of it; the output of a setup that failed.
 *
 * Throws FleetError `failed` when a transcript is asked for of an agent that has none we can read.
 */
export async function readLog(fleet: Fleet, entry: AgentEntry, count: number, transcript: boolean): Promise<AgentLog> {
  const files = agentFiles(statePlaces(fleet), entry.id);
  const { pane, status } = await observeAgent(fleet, entry);
  const complete = pane === undefined || pane.dead;
  const wanted = transcript || drawsOverScreen(fleet, entry, pane);
  const parts = wanted && (transcript || status.word !== "failed") ? conversationOf(fleet, entry) : undefined;
  if (transcript && parts === undefined) {
    throw new FleetError("failed", `${entry.agent} keeps no transcript that can be read`, {
      hint: `to see what it has shown, run fleet logs ${shellWord(entry.branch)}`,
    });
  }
  const said = lastOfConversation(parts ?? [], entry.worktree, count);
  if (transcript || said.parts.length > 0) return { lines: said.lines, conversation: said.parts, complete };
  const setup = status.word === "failed" ? readTextIfExists(files.setupLog) : undefined;
  const text =
    setup ??
    (pane === undefined
      ? readTextIfExists(files.screen)
      : await capturePane(serverAt(fleet, entry.socket), pane.pane, count)) ??
    "";
  return { lines: lastLines(withoutEpitaph(text), count), conversation: undefined, complete };
}

function drawsOverScreen(fleet: Fleet, entry: AgentEntry, pane: Pane | undefined): boolean {
  if (pane !== undefined && !pane.dead) return pane.alternateScreen;
  return findAgent(entry.agent, fleet.settings.config.agents)?.drawsOverScreen === true;
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
