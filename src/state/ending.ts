import { readTextIfExists, replaceFile } from "../system/files.ts";
import { type AgentEntry, isAgentEntry } from "./entry.ts";
import { keptIds } from "./ids.ts";
import { agentFiles, type StatePlaces } from "./places.ts";

/** How an agent ended, and where what it had not committed is. */
export interface Ending {
  readonly v: 1;
  /** The kill command that ended it: what `restore --last` undoes together. */
  readonly operation: string;
  readonly ended_at: string;
  /** What was checked out: a commit, and the branch it was on, if it was on one. */
  readonly head: string;
  readonly head_branch: string | null;
  /** How many files were in no commit. */
  readonly unsaved: number;
  /** The snapshot of all that was in no commit; `null` when there was nothing. */
  readonly saved: string | null;
  /** The worktree itself, moved here because no commit can hold all of it. */
  readonly tree: string | null;
  /** The agent was running. */
  readonly running: boolean;
  /** Ignored files it had changed, kept beside its record. */
  readonly files: readonly string[];
}

/** An agent that was killed and can be brought back. */
export interface EndedAgent {
  readonly entry: AgentEntry;
  readonly ending: Ending;
}

/** Writes down how an agent ended, before anything of it is taken away. */
export function writeEnding(places: StatePlaces, id: string, ending: Ending): void {
  replaceFile(agentFiles(places, id).ending, `${JSON.stringify(ending, null, 2)}\n`);
}

/** How one agent ended, if it was killed. */
export function readEnding(places: StatePlaces, id: string): Ending | undefined {
  const ending = parse(readTextIfExists(agentFiles(places, id).ending));
  return isEnding(ending) ? ending : undefined;
}

/** The agents that were killed, the last first. */
export function endedAgents(places: StatePlaces): EndedAgent[] {
  return keptIds(places)
    .map((id) => {
      const files = agentFiles(places, id);
      return { entry: parse(readTextIfExists(files.record)), ending: parse(readTextIfExists(files.ending)) };
    })
    .filter((agent): agent is EndedAgent => isAgentEntry(agent.entry) && isEnding(agent.ending))
    .sort((a, b) => b.ending.ended_at.localeCompare(a.ending.ended_at));
}

function isEnding(value: unknown): value is Ending {
  const ending = value as Partial<Ending> | null | undefined;
  return (
    typeof ending === "object" &&
    ending !== null &&
    ending.v === 1 &&
    typeof ending.operation === "string" &&
    typeof ending.ended_at === "string" &&
    typeof ending.head === "string" &&
    typeof ending.unsaved === "number" &&
    Array.isArray(ending.files)
  );
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
}
