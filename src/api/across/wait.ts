import type { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { StatusWord } from "../../fleet/watch/status.ts";
import type { Halt, WaitOptions, WaitResult } from "../../fleet/watch/wait.ts";
import type { AwayAgent } from "../../state/away.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { inOrder, type Parted } from "../away.ts";
import { callHosts, type HostAnswer } from "./act.ts";

const waitRow = { name: "wait", changes: false, shapes: () => import("../../model/wire/wait.ts") } as const;

type Options = Omit<WaitOptions, "onLook">;
type WaitAnswer = { readonly agents: readonly ToldHalt[]; readonly pending: readonly string[] };

/** How the wait for the agents of one machine ended; `lost` is why nobody knows. */
interface MachineWait extends WaitResult {
  readonly lost?: FleetError;
}

interface ToldHalt {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly well: boolean;
  readonly reply?: string | undefined;
}

/**
 * Waits for agents here and on other machines, each where it is: nothing goes over the links but what changes. With `any` the first halt
 * anywhere ends it. Throws FleetError when a host cannot be reached, or not any more: what its agents came to is not known; with
 * `withoutLost` only when that is so of all agents.
 */
export async function waitEverywhere(
  fleet: Fleet,
  { entries, here, away }: Parted & { readonly entries: readonly AgentEntry[] },
  options: Options,
  waitHere: (fleet: Fleet, entries: readonly AgentEntry[], options: Options) => Promise<WaitResult>,
): Promise<WaitResult> {
  const over = new AbortController();
  const bounded = { ...fleet, cancelled: AbortSignal.any([fleet.cancelled, over.signal]) };
  const waits: Promise<MachineWait>[] = [
    ...(here.length === 0 ? [] : [waitHere(bounded, here, options)]),
    ...[...Map.groupBy(away, ({ host }) => host).values()].map((agents) => waitOn(bounded, agents, options)),
  ];
  const results = options.any ? [await firstHalt(waits)] : await Promise.all(waits);
  const [lost] = results.flatMap((result) => result.lost ?? []);
  if (lost !== undefined && results.every((result) => result.lost !== undefined)) throw lost;
  over.abort();
  await Promise.allSettled(waits);
  const halts = inOrder(
    entries,
    results.flatMap((result) => result.halts),
  );
  if (options.any && halts.length > 0) return { halts, pending: [] };
  const halted = new Set(halts.map(({ entry }) => entry.id));
  return { halts, pending: entries.filter(({ id }) => !halted.has(id)) };
}

/** The first of the waits that ends with a halt; one without any when the time has run out for all. */
async function firstHalt(waits: readonly Promise<MachineWait>[]): Promise<MachineWait> {
  const halting = waits.map(async (wait) => {
    const result = await wait;
    if (result.halts.length > 0) return result;
    throw nothing;
  });
  return Promise.any(halting).catch((failed: AggregateError) => {
    const [error] = failed.errors.filter((each) => each !== nothing);
    if (error !== undefined) throw error;
    return { halts: [], pending: [] };
  });
}

const nothing = Symbol("no halt");

async function waitOn(fleet: Fleet, agents: readonly AwayAgent[], options: Options): Promise<MachineWait> {
  const until = performance.now() + (options.timeoutMilliseconds ?? Number.POSITIVE_INFINITY);
  const first = await answersOf(fleet, agents, options, until);
  // A wait may last for hours, and a wait changes nothing: a link that broke meanwhile is made once more.
  const answers = codesOf(first).includes("host-link-lost") ? await answersOf(fleet, agents, options, until) : first;
  const [failure] = answers.flatMap(({ error }) => error ?? []);
  if (failure !== undefined && options.withoutLost !== true) throw failure;
  if (failure !== undefined) {
    return { halts: agents.map((agent) => lostHalt(agent, failure)), pending: [], lost: failure };
  }
  const halts = answers.flatMap(({ answer }) => answer?.agents ?? []).flatMap((told) => haltFrom(agents, told));
  return { halts, pending: [] };
}

function codesOf(answers: readonly HostAnswer<WaitAnswer>[]): (string | undefined)[] {
  return answers.map(({ error }) => error?.code);
}

function answersOf(
  fleet: Fleet,
  agents: readonly AwayAgent[],
  { any, replies, onChange }: Options,
  until: number,
): Promise<HostAnswer<WaitAnswer>[]> {
  const left = Math.max(until - performance.now(), 1) / 1000;
  const limit = Number.isFinite(until) ? { timeout_seconds: left } : {};
  const wanted = { any, ...(replies === true ? { replies } : {}), ...limit };
  return callHosts(fleet, agents, waitRow, wanted, (event) => {
    const agent = agents.find(({ entry }) => entry.id === event.id);
    if (agent !== undefined) onChange({ entry: agent.entry, ...statusFrom(event as unknown as ToldHalt), ...notHere });
  });
}

const notHere = { pane: undefined, namesakes: [], processes: [] };

function haltFrom(agents: readonly AwayAgent[], told: ToldHalt): Halt[] {
  return agents
    .filter(({ entry }) => entry.id === told.id)
    .map(({ entry }) => ({ entry, ...statusFrom(told), well: told.well, reply: told.reply }));
}

function lostHalt({ entry }: AwayAgent, { message }: FleetError): Halt {
  return { entry, status: { word: "unknown", reason: message, since: undefined, detail: undefined }, well: false };
}

function statusFrom({ status, reason }: Pick<ToldHalt, "status" | "reason">) {
  return { status: { word: status as StatusWord, reason: reason ?? undefined, since: undefined, detail: undefined } };
}
