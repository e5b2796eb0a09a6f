import * as z from "zod/mini";
import { field } from "./field.ts";
import { agentEntry, costFields, hostState, pullRequest, statusDetail, targets } from "./shared.ts";

export const input = z.strictObject({
  ...targets,
  status: field(
    "Only agents in this status.",
    z.optional(
      z.enum(["waiting", "error", "failed", "exited", "setup", "starting", "working", "idle", "stopped", "unknown"]),
    ),
  ),
  grouped: field("Say of each batch what it is at and uses in total, too.", z._default(z.boolean(), false)),
  cost: field("Say what each has cost, too.", z._default(z.boolean(), false)),
  overlap: field("Whom each gets in the way of, too. Needs git 2.38.", z._default(z.boolean(), false)),
  pss: field("Shared memory is counted once, not for each process.", z._default(z.boolean(), false)),
  hosts: field("Agents on other machines too, as their hosts see them.", z._default(z.boolean(), true)),
  fresh: field(
    "All worktrees are looked at, however long it takes; else what is not seen at once is as it was seen last.",
    z._default(z.boolean(), false),
  ),
});

/** Another agent, by its branch, and the files in which the two meet. */
const collision = z.strictObject({ agent: z.string(), files: z.array(z.string()) });

const agent = z.extend(agentEntry, {
  status: z.string(),
  status_since: z.nullable(z.string()),
  reason: z.nullable(z.string()),
  status_detail: statusDetail,
  cpu_percent: z.nullable(z.number()),
  /** It is the average since the agent was started, and not what it uses now. */
  cpu_since_start: z.optional(z.literal(true)),
  memory_bytes: z.nullable(z.number()),
  memory_percent: z.nullable(z.number()),
  ahead: z.nullable(z.int()),
  changes: z.nullable(z.strictObject({ files: z.int(), added: z.int(), deleted: z.int() })),
  changes_at: z.nullable(z.string()),
  last_words: z.nullable(z.string()),
  task: z.string(),
  pull_request: z.nullable(pullRequest),
  cost: z.optional(z.strictObject(costFields)),
  /** Null where it cannot be told. Whoever is in `conflicts` is not in `shared`, the files that merge cleanly. */
  overlap: z.optional(z.nullable(z.strictObject({ conflicts: z.array(collision), shared: z.array(collision) }))),
  /** The host that it is on; absent for one that is on this machine. */
  host: z.optional(z.string()),
});

const batch = z.strictObject({
  batch_id: z.string(),
  agents: z.array(z.string()),
  statuses: z.record(z.string(), z.int()),
  cpu_percent: z.nullable(z.number()),
  memory_bytes: z.nullable(z.number()),
  created_at: z.string(),
  prompt: z.string(),
});

export const answer = z.strictObject({
  agents: z.array(agent),
  batches: z.optional(z.array(batch)),
  hosts: z.optional(z.array(hostState)),
});

export type ListInput = z.infer<typeof input>;
export type ListAnswer = z.infer<typeof answer>;
