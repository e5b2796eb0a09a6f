import type { ShownAgent } from "../../api/agents.ts";
import { parted } from "../../api/away.ts";
import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { diffOf } from "../../fleet/review/diff.ts";
import { type LogSource, logOf } from "../../fleet/watch/logs.ts";
import { harmless, oneLine } from "../../output/text.ts";
import type { Preview, PreviewKind } from "./state.ts";

const lineCount = 500;
const longestDiff = 2_000_000;

/** Reads what the lower half of the screen shows of an agent, one at a time. */
export class PreviewReader {
  readonly #fleet: Fleet;
  #isReading = false;
  /** What a diff, or what a host said, was read of that is shown. */
  #lookedAt = "";

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** Nothing while another is being read, or when that is shown already; `anew` reads what is shown once more, where that is cheap. */
  async read(
    agent: ShownAgent,
    kind: PreviewKind,
    shown: Preview | undefined,
    anew: boolean,
  ): Promise<Preview | undefined> {
    if (this.#isReading) return undefined;
    const { id } = agent.entry;
    const isShown = shown?.id === id && shown.kind === kind;
    // To compare a large worktree takes a while, and so does a host: only when something has moved.
    const looked = `${id} ${agent.changes?.at.getTime() ?? agent.status.word} ${newsOf(agent)}`;
    const isDear = kind === "diff" || agent.host !== undefined;
    if (isShown && (!anew || (isDear && looked === this.#lookedAt))) return undefined;
    this.#isReading = true;
    if (isDear) this.#lookedAt = looked;
    try {
      return { id, kind, lines: await linesFor(this.#fleet, agent, kind) };
    } finally {
      this.#isReading = false;
    }
  }
}

async function linesFor(fleet: Fleet, agent: ShownAgent, kind: PreviewKind): Promise<readonly string[]> {
  try {
    if (kind !== "diff") return (await readLog(fleet, agent, kind)).map(harmless);
    if (agent.host !== undefined) await fetchFrom(fleet, agent);
    const { patch } = await diffOf(fleet, agent.entry);
    return patch === "" ? [] : patch.slice(0, longestDiff).trimEnd().split("\n").map(harmless);
  } catch (error) {
    if (error instanceof FleetError) return [oneLine(error.message)];
    throw error;
  }
}

async function readLog(fleet: Fleet, agent: ShownAgent, kind: LogSource): Promise<readonly string[]> {
  if (agent.host === undefined) return (await logOf(fleet, agent, lineCount, kind)).lines;
  const { readLogs } = await import("../../api/logs.ts");
  const [log] = await readLogs(fleet, [agent.entry], lineCount, kind);
  return log?.lines ?? [];
}

async function fetchFrom(fleet: Fleet, { entry }: ShownAgent): Promise<void> {
  const { fetchAll } = await import("../../api/across/fetch-chosen.ts");
  await fetchAll(fleet, parted(fleet, [entry]).away);
}

/** What a host has said of an agent there that is news of its work. */
function newsOf({ told }: ShownAgent): string {
  return told === undefined ? "" : JSON.stringify([told.status_since, told.ahead, told.changes, told.last_words]);
}
