import type * as z from "zod/mini";
import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Progress } from "../../fleet/progress.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { Environment } from "../../system/environment.ts";
import type { Elsewhere } from "../../system/git/transport.ts";
import type { Limit } from "../../system/limit.ts";
import { onOurClock } from "./clock.ts";

/** Another machine that can be spoken with; a `HostLink` is one. */
export interface Machine {
  readonly host: {
    readonly name: string;
    /**
     * `slots`: how many agents the user allows there, 0 for as many as it has processors; `credentials`: whether credential files may go
     * there.
     */
    readonly settings: { readonly slots: number; readonly credentials?: boolean };
  };
  /** By how many milliseconds its clock is ahead of the one here; absent for none. */
  readonly clockAhead?: number;
  /** Calls a row of the `fleet api` of that machine. Throws the FleetError that it answers, or that it cannot be reached. */
  call(name: string, input: object, options?: MachineCallOptions): Promise<unknown>;
  /** The address of a repository there, for a git that is run with `gitEnvironment`. */
  gitUrl(path: string): string;
  readonly gitEnvironment: Environment;
  /** As many may use the connection at a time as its server allows: git passes here. */
  readonly turn: Limit;
}

interface MachineCallOptions {
  /** The caller's name for a call that changes something. */
  readonly operation?: string | undefined;
  /** Where the call is made there, absolute; the home there unless given. */
  readonly directory?: string | undefined;
  readonly progress?: ((progress: Readonly<Record<string, unknown>>) => void) | undefined;
  readonly cancelled?: AbortSignal | undefined;
}

/** A row of what machines ask each other: its name, and the shape of what is answered. */
export interface HostRow<Answer> {
  readonly name: string;
  /** It changes something: each call is an operation of its own. */
  readonly changes: boolean;
  /** It is about one agent, which is its `target`; else its `targets` are many. */
  readonly names?: "one";
  /** It starts agents: on a cluster that takes a job. */
  readonly starts?: true;
  readonly shapes: () => Promise<{ readonly answer: z.ZodMiniType<Answer> }>;
}

export const hostRows = {
  list: { name: "list", changes: false, shapes: () => import("../../model/wire/list.ts") },
  look: { name: "host_look", changes: false, shapes: () => import("../../model/wire/host-look.ts") },
  prepare: { name: "host_prepare", changes: true, shapes: () => import("../../model/wire/host-prepare.ts") },
  launch: { name: "host_launch", changes: true, shapes: () => import("../../model/wire/host-launch.ts") },
  commit: { name: "host_commit", changes: true, shapes: () => import("../../model/wire/host-commit.ts") },
  stop: { name: "stop", changes: true, shapes: () => import("../../model/wire/stop.ts") },
  resume: { name: "resume", changes: true, shapes: () => import("../../model/wire/resume.ts") },
  take: { name: "host_take", changes: true, shapes: () => import("../../model/wire/host-take.ts") },
  cost: { name: "host_cost", changes: false, shapes: () => import("../../model/wire/host-cost.ts") },
  work: { name: "host_work", changes: true, shapes: () => import("../../model/wire/host-work.ts") },
  lfsExpect: {
    name: "host_lfs_expect",
    changes: false,
    shapes: async () => (await import("../../model/wire/host-lfs.ts")).expect,
  },
  lfsPut: {
    name: "host_lfs_put",
    changes: false,
    shapes: async () => (await import("../../model/wire/host-lfs.ts")).put,
  },
  lfsGet: {
    name: "host_lfs_get",
    changes: false,
    shapes: async () => (await import("../../model/wire/host-lfs.ts")).get,
  },
  screens: { name: "host_screens", changes: false, shapes: () => import("../../model/wire/host-screens.ts") },
  type: { name: "host_type", changes: false, shapes: () => import("../../model/wire/host-type.ts") },
  scrollback: { name: "host_scrollback", changes: false, shapes: () => import("../../model/wire/host-scrollback.ts") },
} as const;

/**
 * Calls a row on a machine, in a directory of it if one is given; what it reports meanwhile is reported here. Throws FleetError, also for
 * an answer that is none.
 */
export async function ask<Answer>(
  { cancelled, report }: Pick<Fleet, "cancelled" | "report">,
  machine: Machine,
  row: HostRow<Answer>,
  input: object,
  directory?: string,
): Promise<Answer> {
  const { answer } = await row.shapes();
  const progress = (told: unknown) => report(told as Progress);
  const operation = row.changes ? crypto.randomUUID() : undefined;
  const { data, success } = answer.safeParse(
    await machine.call(row.name, input, { operation, directory, progress, cancelled }),
  );
  if (success) return data;
  throw new FleetError(
    "failed",
    `${machine.host.name} answers ${row.name} in a way that this fleet does not understand`,
    {
      code: "host-answer",
      hint: `to bring both to one version, run fleet hosts check ${machine.host.name}`,
    },
  );
}

/** An agent as a machine tells of it, for the repository it is of here. */
export function entryTold(machine: Machine, told: object, repo: string): AgentEntry {
  const entry = told as AgentEntry;
  return { ...entry, repo, created_at: onOurClock(machine, entry.created_at) };
}

/** A repository of a machine, by its path there, for git. */
export function repositoryOn(machine: Machine, path: string): Elsewhere {
  return { url: machine.gitUrl(path), environment: machine.gitEnvironment };
}
