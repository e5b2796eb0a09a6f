import { FleetError } from "../errors.ts";
import { quoteForShell } from "../system/shell.ts";
import { connect } from "./connect.ts";
import type { Connection, Surroundings } from "./connection.ts";
import type { Host } from "./host.ts";
import { memoryLimitScript, requireMemoryLimit } from "./memory-limit.ts";
import { serverScript } from "./server-script.ts";

/** A job of Slurm in which agents run: a machine that is lent for a time. */
interface Job {
  readonly id: string;
  readonly state: string;
  /** Why it is not running yet, in the words of Slurm. */
  readonly reason: string;
  /** How many jobs of the cluster wait, up to and with this one; `undefined` when it does not wait. */
  readonly position: number | undefined;
}

/** What sbatch calls the options that have a shorter name in `[hosts.NAME] slurm`. */
const longNames: Readonly<Record<string, string>> = { cpus: "cpus-per-task", memory: "mem" };

/** How long before its end a job ends its agents by itself, so that their files are whole. */
const farewellSeconds = 60;
const lookMilliseconds = 1000;

const batchScript = serverScript({ name: "fleet-slurm-$SLURM_JOB_ID", endsUnused: true });

/**
 * Lines of a POSIX script that set `within`: the words before a command that make it run in the job of this host, none while no job runs.
 * The login node alone shows what agents have left, since cluster homes are shared; it starts none.
 */
export function enterJob(host: Host): string {
  if (host.settings.slurm === undefined) return "within=";
  return [
    `job=$(squeue --noheader ${ownJobs(host)} --states RUNNING --format %i 2>/dev/null | head -n 1)`,
    "within=",
    'if [ -n "$job" ]; then',
    '  within="srun --jobid=$job --overlap --quiet --unbuffered"',
    '  export AI_FLEET_TMUX_SOCKET="fleet-slurm-$job"',
    "fi",
  ].join("\n");
}

/** A command line, for any shell, that runs a command in the job of this host on a terminal. */
export function onTerminalOfJob(host: Host, command: string): string {
  if (host.settings.slurm === undefined) return command;
  const script = `${enterJob(host)}\n[ -z "$job" ] || within="srun --jobid=$job --overlap --quiet --pty"\nexec $within sh -c ${quoteForShell(command)}`;
  return `exec sh -c ${quoteForShell(script)}`;
}

/**
 * Sees to it that a job runs on a cluster, before agents go there: the one that runs already, or a new one, which is waited for. While it
 * waits in the queue `report` is told what Slurm says. A new job that is not to be waited for any more is taken out of the queue. Whether it is
 * a new one.
 * @throws {FleetError} `failed` when Slurm does not take the job, when it ends before it has begun, or when it does not keep its memory
 */
export async function allocate(
  host: Host,
  surroundings: Surroundings,
  report: (text: string) => void,
): Promise<boolean> {
  if (host.settings.slurm === undefined) return false;
  const connection = await connect(host, surroundings, { script: "", onLine: () => undefined });
  try {
    const known = (await jobsOf(connection, host))[0];
    const id = known?.id ?? (await submit(connection, host));
    try {
      await untilItRuns(connection, host, id, { cancelled: surroundings.cancelled, report });
      await requireMemory(connection, host, id);
      return known === undefined;
    } catch (error) {
      if (known === undefined)
        await connection.run(`scancel ${quoteForShell(id)}`, { cancelled: new AbortController().signal });
      throw error;
    }
  } finally {
    await connection.close();
  }
}

/** Gives back what was lent by a cluster: its agents end with it, their files stay. Throws FleetError `failed`. */
export async function release(host: Host, surroundings: Surroundings): Promise<void> {
  if (host.settings.slurm === undefined) return;
  const connection = await connect(host, surroundings, { script: "", onLine: () => undefined });
  await connection.run(`scancel ${ownJobs(host)}`).finally(() => connection.close());
}

/** What `sbatch` is given for a host. */
export function sbatchOptions({ name, settings }: Host): string[] {
  const asked = Object.entries(settings.slurm ?? {}).map(
    ([option, value]) => `--${longNames[option] ?? option.replaceAll("_", "-")}=${value}`,
  );
  const own = [
    `--job-name=${jobName(name)}`,
    `--signal=B:USR1@${farewellSeconds}`,
    "--output=/dev/null",
    "--no-requeue",
  ];
  return [...own, ...asked];
}

/** Reads what `squeue` prints of jobs: number, state and reason, with bars between them; below `queue` the numbers of all that wait. */
export function readJobs(printed: string): Job[] {
  const [jobs = "", queue = ""] = printed.split(/^queue$/m);
  const waiting = queue.split("\n").filter((line) => line.trim() !== "");
  return jobs
    .split("\n")
    .filter((line) => line.includes("|"))
    .map((line) => {
      const [id = "", state = "", reason = ""] = line.trim().split("|");
      const place = waiting.findIndex((other) => other.trim() === id);
      return { id, state, reason, position: place < 0 ? undefined : place + 1 };
    });
}

function jobName(host: string): string {
  return `fleet-${host}`;
}

function ownJobs({ name }: Host): string {
  return `--user "$(id -un)" --name ${quoteForShell(jobName(name))}`;
}

async function jobsOf(connection: Connection, host: Host): Promise<Job[]> {
  const { exitCode, stdout, stderr } = await connection.run(
    [
      `squeue --noheader ${ownJobs(host)} --states RUNNING,PENDING,CONFIGURING --format '%i|%T|%r' || exit`,
      "echo queue",
      "squeue --noheader --states PENDING --sort=-p,i --format %i",
    ].join("\n"),
  );
  if (exitCode === 0) return readJobs(stdout);
  throw slurmFailed(host, "squeue", stderr);
}

async function submit(connection: Connection, host: Host): Promise<string> {
  const options = sbatchOptions(host).map(quoteForShell).join(" ");
  const { exitCode, stdout, stderr } = await connection.run(
    `printf %s ${quoteForShell(batchScript)} | sbatch --parsable ${options}`,
  );
  const [, id] = /^(\d+)/m.exec(stdout) ?? [];
  if (exitCode === 0 && id !== undefined) return id;
  throw slurmFailed(host, "sbatch", stderr);
}

interface Waiting {
  readonly cancelled: AbortSignal;
  readonly report: (text: string) => void;
}

async function untilItRuns(
  connection: Connection,
  host: Host,
  id: string,
  { cancelled, report }: Waiting,
): Promise<void> {
  let told = "";
  for (;;) {
    cancelled.throwIfAborted();
    const job = (await jobsOf(connection, host)).find((each) => each.id === id);
    if (job === undefined) throw slurmFailed(host, `job ${id}`, "it has ended before an agent was started");
    if (job.state === "RUNNING" && (await serves(connection, id))) return;
    const place = job.position === undefined ? "" : `, position ${job.position}`;
    const now = `${host.name}: queued in Slurm as job ${id}${place} (${job.reason})`;
    if (job.state === "PENDING" && now !== told) report(now);
    told = now;
    await Bun.sleep(lookMilliseconds);
  }
}

/** Whether the tmux server of the job is there: without it the first agent would start one that ends with its step. */
async function serves(connection: Connection, id: string): Promise<boolean> {
  const ask = `tmux -L fleet-slurm-${id} show-options -g exit-empty`;
  return (await connection.run(`srun --jobid=${id} --overlap --quiet ${ask} >/dev/null 2>&1`)).exitCode === 0;
}

/** A memory limit that Slurm was asked for is read back from the kernel, inside the job. */
async function requireMemory(connection: Connection, host: Host, id: string): Promise<void> {
  if (host.settings.slurm?.memory === undefined && host.settings.slurm?.mem === undefined) return;
  const look = `srun --jobid=${id} --overlap --quiet sh -c ${quoteForShell(memoryLimitScript)}`;
  const { stdout } = await connection.run(look);
  requireMemoryLimit(stdout, host, { by: "Slurm", remedy: "ask for task/cgroup there" });
}

function slurmFailed({ name }: Host, what: string, stderr: string): FleetError {
  return new FleetError("failed", `Slurm at ${name}: ${what} failed`, {
    code: "slurm",
    output: stderr.trim(),
    hint: `look at slurm in [hosts.${name}] with fleet config edit, or log in and run squeue`,
  });
}
