import * as z from "zod/mini";
import { cores, memoryBytes, networkAccesses, sandboxKinds } from "../sandbox.ts";
import { field } from "./field.ts";

/** An agent: the keys of `state.json`, which others may rely on. Keys of later versions come along. */
export const agentEntry = z.looseObject({
  v: z.literal(1),
  id: z.string(),
  branch: z.string(),
  worktree: z.string(),
  session: z.string(),
  pid: z.nullable(z.int()),
  batch_id: z.string(),
  agent: z.string(),
  created_at: z.string(),
  repo: z.string(),
  base: z.string(),
  base_branch: z.optional(z.string()),
  adopted: z.boolean(),
  socket: z.string(),
  agent_session: z.nullable(z.string()),
  prompt: z.string(),
  budget: z.optional(z.string()),
  sandbox: z.optional(
    z.object({
      kind: z.string(),
      network: z.string(),
      allow: z.optional(z.readonly(z.array(z.string()))),
      memory_limit: z.optional(z.string()),
      cpu_limit: z.optional(z.string()),
      pids_limit: z.optional(z.int()),
      image: z.optional(z.string()),
      mounts: z.readonly(z.array(z.string())),
    }),
  ),
  port: z.optional(z.int()),
  port_count: z.optional(z.int()),
  parent: z.optional(z.string()),
  depth: z.optional(z.int()),
  owner: z.optional(z.string()),
  ticket: z.optional(z.object({ tracker: z.string(), key: z.string(), host: z.string(), url: z.string() })),
});

/** What agents are held in, where that is not as configured. */
export const sandboxWish = field(
  "What agents are held in, where that is not as configured.",
  z.optional(
    z.strictObject({
      kind: field("What that is.", z.optional(z.enum(sandboxKinds))),
      network: field("What it reaches of the network.", z.optional(z.enum(networkAccesses))),
      memory_limit: field(
        "How much memory: 512M, 4G.",
        z.optional(z.string().check(z.refine((text) => memoryBytes(text) !== undefined))),
      ),
      cpu_limit: field(
        "How many cores: 2, 1.5.",
        z.optional(z.string().check(z.refine((text) => cores(text) !== undefined))),
      ),
      pids_limit: field("How many processes and threads.", z.optional(z.int().check(z.minimum(1)))),
    }),
  ),
);

/** Which other machine is to have agents. */
export const hostWish = field(
  "Another machine that was added: its name, several with commas to choose from, or any; this one when absent.",
  z.optional(z.string().check(z.minLength(1))),
);

/** Why something could not be done for one agent. What is unknown is null. */
export const failure = z.strictObject({
  branch: z.string(),
  kind: z.nullable(z.string()),
  code: z.nullable(z.string()),
  message: z.nullable(z.string()),
  hint: z.nullable(z.string()),
  /** What stands below the message: the words of the program that failed. */
  output: z.optional(z.string()),
});

/** Files that another machine brings for worktrees, by their paths in these; the content is Base64. */
export const broughtFiles = z._default(z.array(z.strictObject({ path: z.string(), content: z.string() })), []);

/** What changed of a file: lines, null for a binary one; `from` is its path before, when it was renamed. */
export const fileChange = z.strictObject({
  path: z.string(),
  from: z.optional(z.string()),
  added: z.nullable(z.int()),
  deleted: z.nullable(z.int()),
});

/** How a test ended on exactly this content, `tree`: what belongs together has the same `key`. */
export const testResult = z.strictObject({
  v: z.literal(1),
  key: z.string(),
  tree: z.string(),
  command: z.string(),
  outcome: z.enum(["passed", "failed", "timeout"]),
  exit_code: z.int(),
  seconds: z.number(),
  at: z.string(),
  changed_tree: z.boolean(),
  left_processes: z.int(),
  output_bytes: z.int(),
});

/** Where a branch was before an agent's work went into it, and where it is since. `head` is the agent's own commit. */
export const merged = z.strictObject({
  v: z.literal(1),
  target: z.string(),
  old: z.string(),
  new: z.string(),
  head: z.string(),
  at: z.string(),
});

/** `nothing`: all of it was there already. */
export const mergeDone = z.extend(merged, { nothing: z.boolean() });

/** What was used, and what it costs: at least that much, or as a subscription pays for it, where that is so. */
export const costFields = {
  replies: z.int(),
  tokens: z.record(z.string(), z.number()),
  usd: z.nullable(z.number()),
  at_least: z.boolean(),
  subscription: z.boolean(),
  unpriced_models: z.array(z.string()),
};

export type ToldCost = z.infer<z.ZodMiniObject<typeof costFields>>;

/** A host of the fleet, and since when it does not answer. */
export const hostState = z.strictObject({
  host: z.string(),
  reachable: z.boolean(),
  unreachable_since: z.nullable(z.string()),
  reason: z.nullable(z.string()),
});

export type HostStateAnswer = z.infer<typeof hostState>;

/** What a status consists of: a `kind` and its fields; null where there is nothing more to say than the word. */
export const statusDetail = z.nullable(z.looseObject({ kind: z.string() }));

/** A pull request as it was seen last. What the forge did not say is null. */
export const pullRequest = z.strictObject({
  number: z.nullable(z.int()),
  url: z.string(),
  state: z.enum(["open", "draft", "closed", "merged"]),
  base: z.string(),
  seen_at: z.string(),
});

/** What an agent asks, and the choices that it offers, if any. */
export const question = z.strictObject({ text: z.string(), choices: z.array(z.string()) });

/** Which agents are meant, as operands and options say it: `targets` are names of branches, patterns or batches. */
export const targets = {
  targets: field("Names of branches, patterns such as auth-*, or batches.", z._default(z.array(z.string()), [])),
  batch: field("The agents of this batch, also when a branch has its name.", z.optional(z.string())),
  all: field("All agents of the repository.", z._default(z.boolean(), false)),
  all_repositories: field("Patterns, batches and all reach every repository.", z._default(z.boolean(), false)),
  except: field("But not those that these names or patterns match.", z._default(z.array(z.string()), [])),
};

/** What became of each agent, and of those for which it failed, why. */
export function outcomes<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.strictObject({
    agents: z.array(z.extend(agentEntry, { outcome: z.enum(words), reason: z.nullable(z.string()) })),
    failures: z.array(failure),
  });
}

export type Failure = z.infer<typeof failure>;
export type TargetsInput = z.infer<z.ZodMiniObject<typeof targets>>;
