import { FleetError } from "../../errors.ts";
import { pause } from "../../system/poll.ts";
import type { Surroundings } from "../connection.ts";
import { type Host, lineByHand, nomadJob } from "../host.ts";
import { memoryLimitScript, requireMemoryLimit } from "../memory-limit.ts";
import { runInAllocation } from "./command.ts";
import { jobOf, taskName } from "./job.ts";
import { type Nomad, nomadFailed, nomadOf } from "./service.ts";

/** A dispatched job, as Nomad lists it. */
interface Dispatched {
  readonly ID: string;
  readonly Status: string;
  readonly CreateIndex: number;
}

/** An allocation of a job, as Nomad lists it. */
interface Allocation {
  readonly ID: string;
  readonly ClientStatus: string;
  readonly CreateIndex: number;
  readonly TaskStates: Readonly<
    Record<string, { readonly Events?: readonly { readonly DisplayMessage?: string }[] }>
  > | null;
}

interface Evaluation {
  readonly FailedTGAllocs: Readonly<Record<string, Metric>> | null;
  readonly CreateIndex: number;
}

/** What Nomad counts of the nodes that it could not place something on, by why. */
interface Metric {
  readonly ConstraintFiltered: Readonly<Record<string, number>> | null;
  readonly DimensionExhausted: Readonly<Record<string, number>> | null;
}

const lookMilliseconds = 1000;

/**
 * Sees to it that a Nomad lends an allocation: the one that runs already, or a new one, which is waited for; whether it is a new one.
 * @throws {FleetError} `failed` when Nomad does not take the job, when it ends before it has begun, or when it does not keep its memory
 */
export async function allocate(
  host: Host,
  surroundings: Surroundings,
  report: (text: string) => void,
): Promise<boolean> {
  const nomad = await nomadOf(host, surroundings);
  const known = (await dispatchedOf(nomad))[0]?.ID;
  const job = known ?? (await dispatch(nomad));
  try {
    const allocation = await untilItRuns(nomad, job, { cancelled: surroundings.cancelled, report });
    await untilItServes(nomad, job, allocation, surroundings);
    if (host.settings.nomad?.memory !== undefined) {
      const { stdout } = await runInAllocation(nomad, allocation, memoryLimitScript);
      requireMemoryLimit(stdout, host, { by: "Nomad", remedy: "take the driver exec or docker" });
    }
    return known === undefined;
  } catch (error) {
    if (known === undefined)
      await stop(await nomadOf(host, { ...surroundings, cancelled: new AbortController().signal }), job);
    throw error;
  }
}

/** Gives back what a Nomad has lent: agents end with it. Throws FleetError `failed`. */
export async function release(host: Host, surroundings: Surroundings): Promise<void> {
  const nomad = await nomadOf(host, surroundings);
  for (const { ID } of await dispatchedOf(nomad)) await stop(nomad, ID);
}

/** The allocation that runs. Throws FleetError `failed` with code `host-not-lent` when there is none. */
export async function runningAllocation(nomad: Nomad): Promise<string> {
  const [job] = await dispatchedOf(nomad);
  const allocation = job === undefined ? undefined : await newestOf(nomad, job.ID);
  if (allocation?.ClientStatus === "running") return allocation.ID;
  const { host } = nomad;
  throw new FleetError("failed", `${host.name} cannot be reached: Nomad has no allocation of it that runs`, {
    code: "host-not-lent",
    hint: `to get one, run fleet hosts add ${host.name}; to see what became of the last, run ${lineByHand(host)}`,
  });
}

/** What was dispatched and has not ended, the oldest first: of two that were asked for at one moment all take the same. */
async function dispatchedOf(nomad: Nomad): Promise<Dispatched[]> {
  const prefix = `${nomadJob(nomad.host.name)}/dispatch-`;
  const jobs = ((await nomad.ask("GET", `/v1/jobs?prefix=${encodeURIComponent(prefix)}`)) ?? []) as Dispatched[];
  return jobs.filter(({ Status }) => Status !== "dead").sort((a, b) => a.CreateIndex - b.CreateIndex);
}

/** Asks for a machine; another command may have asked for one in the same moment, which is then the one. */
async function dispatch(nomad: Nomad): Promise<string> {
  const { host } = nomad;
  await nomad.ask("PUT", "/v1/jobs", { Job: jobOf(host) });
  const path = `/v1/job/${encodeURIComponent(nomadJob(host.name))}/dispatch`;
  const answer = (await nomad.ask("PUT", path, { JobID: nomadJob(host.name) })) as
    | { readonly DispatchedJobID?: string }
    | undefined;
  const own = answer?.DispatchedJobID;
  if (own === undefined) throw nomadFailed(host, "Nomad has dispatched no job");
  const first = (await dispatchedOf(nomad))[0]?.ID ?? own;
  if (first !== own) await stop(nomad, own);
  return first;
}

async function stop(nomad: Nomad, job: string): Promise<void> {
  await nomad.ask("DELETE", `/v1/job/${encodeURIComponent(job)}`);
}

async function newestOf(nomad: Nomad, job: string): Promise<Allocation | undefined> {
  const found = (await nomad.ask("GET", `/v1/job/${encodeURIComponent(job)}/allocations`)) as Allocation[] | undefined;
  return (found ?? []).sort((a, b) => b.CreateIndex - a.CreateIndex)[0];
}

interface Waiting {
  readonly cancelled: AbortSignal;
  readonly report: (text: string) => void;
}

async function untilItRuns(nomad: Nomad, job: string, { cancelled, report }: Waiting): Promise<string> {
  let told = "";
  for (;;) {
    const allocation = await newestOf(nomad, job);
    const state = allocation?.ClientStatus ?? "pending";
    if (allocation !== undefined && state === "running") return allocation.ID;
    if (state !== "pending")
      throw nomadFailed(nomad.host, `${job} has ended before an agent was started`, lastWords(allocation));
    const reason = allocation === undefined ? await whyQueued(nomad, job) : "it is being started";
    const now = `${nomad.host.name}: queued in Nomad as ${job}${reason === "" ? "" : ` (${reason})`}`;
    if (now !== told) report(now);
    told = now;
    await pause(lookMilliseconds, cancelled);
  }
}

/** Waits for the tmux server of the task: the first agent would start one that may end with the command that started it. */
async function untilItServes(
  nomad: Nomad,
  job: string,
  allocation: string,
  { cancelled }: Surroundings,
): Promise<void> {
  const ask = 'tmux -L "$AI_FLEET_TMUX_SOCKET" show-options -g exit-empty';
  while ((await runInAllocation(nomad, allocation, ask)).exitCode !== 0) {
    const now = await newestOf(nomad, job);
    if (now?.ClientStatus !== "running") {
      throw nomadFailed(nomad.host, `${job} has ended at once; its task needs sh, git and tmux`, lastWords(now));
    }
    await pause(lookMilliseconds, cancelled);
  }
}

/** Why no node has taken the job yet, in the words of Nomad; empty when it does not say. */
async function whyQueued(nomad: Nomad, job: string): Promise<string> {
  const found = (await nomad.ask("GET", `/v1/job/${encodeURIComponent(job)}/evaluations`)) as Evaluation[] | undefined;
  const [last] = (found ?? []).sort((a, b) => b.CreateIndex - a.CreateIndex);
  const reasons = Object.values(last?.FailedTGAllocs ?? {}).flatMap(({ ConstraintFiltered, DimensionExhausted }) =>
    Object.entries({ ...ConstraintFiltered, ...DimensionExhausted }),
  );
  return reasons.map(([reason, nodes]) => `${reason} on ${nodes} node${nodes === 1 ? "" : "s"}`).join(", ");
}

function lastWords(allocation: Allocation | undefined): string {
  const events = allocation?.TaskStates?.[taskName]?.Events ?? [];
  return events.flatMap(({ DisplayMessage }) => DisplayMessage ?? []).join("\n");
}
