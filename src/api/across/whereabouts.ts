import { FleetError } from "../../errors.ts";
import { type Fleet, statePlaces } from "../../fleet/fleet.ts";
import { killAgents } from "../../fleet/operations/kill/kill.ts";
import { destinationWords, movesOf } from "../../fleet/operations/move/pending-move.ts";
import { resumeAgent } from "../../fleet/operations/resume/resume.ts";
import { registered } from "../../fleet/operations/settleable.ts";
import { stopAgents } from "../../fleet/operations/stop/stop.ts";
import { observeAgent } from "../../fleet/watch/observe.ts";
import { type AwayAgent, readAway } from "../../state/away.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { endThere } from "./kill.ts";
import { ask, hostRows, type Machine } from "./machine.ts";

/** An agent where it is: `machine` is absent for this one. */
export interface Whereabouts {
  readonly entry: AgentEntry;
  readonly away?: AwayAgent | undefined;
  readonly machine?: Machine | undefined;
}

/**
 * The host that an agent is moved from, to another one or to this machine when that is undefined; `undefined` when it is moved from here. One
 * whose move was interrupted may be in both places: then it is where it was before.
 */
export function sourceOf(fleet: Fleet, entry: AgentEntry, to: string | undefined): AwayAgent | undefined {
  const places = statePlaces(fleet);
  const pending = movesOf(fleet, entry).find(({ move }) => move.to === destinationWords(to))?.move;
  if (pending?.from !== undefined) return { v: 1, ...pending.from, entry: pending.agent };
  const away = readAway(places, entry.id);
  return to === undefined || registered(fleet, entry) === undefined ? away : undefined;
}

const ended: readonly string[] = ["stopped", "exited", "failed"];

/** Whether an agent runs where it is; `gone` when the machine that it was on has none of this id. Throws FleetError when that cannot be asked. */
export async function stateOf(
  fleet: Fleet,
  { entry, away, machine }: Whereabouts,
): Promise<"runs" | "at rest" | "gone"> {
  if (machine === undefined) {
    const { status } = await observeAgent(fleet, entry);
    return ended.includes(status.word) ? "at rest" : "runs";
  }
  const { agents } = await ask(fleet, machine, hostRows.list, { hosts: false }, away?.mirror);
  const there = agents.find(({ id }) => id === entry.id);
  if (there === undefined) return "gone";
  return ended.includes(there.status) ? "at rest" : "runs";
}

/** Stops it; one that does not run is fine. Throws FleetError when it cannot be stopped, and when nobody can tell. */
export async function halt(fleet: Fleet, { entry, away, machine }: Whereabouts): Promise<void> {
  const why = await (machine === undefined ? stopHere(fleet, entry) : stopThere(fleet, machine, { entry, away }));
  if (why !== undefined) throw new FleetError("failed", `${entry.branch} could not be stopped: ${why}`);
}

async function stopHere(fleet: Fleet, entry: AgentEntry): Promise<string | undefined> {
  const [result] = await stopAgents(fleet, [entry]);
  return result?.stopped === true ? undefined : (result?.why ?? "nobody knows why");
}

async function stopThere(fleet: Fleet, machine: Machine, { entry, away }: Whereabouts): Promise<string | undefined> {
  const answer = await ask(fleet, machine, hostRows.stop, { targets: [entry.branch] }, away?.mirror);
  const [stopped] = answer.agents;
  return stopped?.outcome === "stopped" ? undefined : (stopped?.reason ?? "it is not there");
}

/** Lets an agent that was stopped go on where it is. Throws FleetError when that fails. */
export async function goOn(fleet: Fleet, { entry, away, machine }: Whereabouts): Promise<void> {
  if (machine === undefined) await resumeAgent(fleet, entry, { prompt: undefined, quick: false });
  else await ask(fleet, machine, hostRows.resume, { targets: [entry.branch] }, away?.mirror);
}

/** Ends what is left of an agent where it was, since all of it is on another machine. What that cannot do is told, and is no failure. */
export async function leave(fleet: Fleet, { entry, away, machine }: Whereabouts): Promise<string[]> {
  try {
    if (machine === undefined) {
      const [result] = await killAgents(fleet, [entry], { branch: "delete", commitMessage: undefined });
      return result?.ended === false ? [`what it left here stays: ${result.why}`] : [];
    }
    if (away === undefined) return [];
    const { failures } = await endThere(fleet, machine, [away], { branch: "delete", commitMessage: undefined });
    return failures.map(({ message }) => `what it left on ${machine.host.name} stays: ${message}`);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return [`what it left behind stays, stopped: ${error.message}`];
  }
}
