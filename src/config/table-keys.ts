import type { CustomAgent, HostSettings, ModelPrice, Notification, WebhookRule, Webhooks } from "./config.ts";
import type { Key } from "./key.ts";

/** The keys of an `[agents.NAME]` table. */
export const agentKeys: Readonly<Record<keyof CustomAgent, Key>> = {
  command: {
    kind: { type: "text", form: "command" },
    default: undefined,
    example: "my-agent",
    purpose: "The program to run",
    needed: true,
  },
  flags: {
    kind: { type: "flags" },
    default: [],
    example: "--yolo",
    purpose: "Flags that it is always given",
  },
  prompt: {
    kind: { type: "choice", choices: ["argument", "option", "stdin", "none"] },
    default: "argument",
    example: "option",
    purpose: "How it takes its first prompt",
  },
  prompt_option: {
    kind: { type: "text", form: "word" },
    default: undefined,
    example: "--prompt",
    purpose: 'The option that takes the prompt, with prompt = "option"',
  },
  env: {
    kind: { type: "variables" },
    default: {},
    example: { OPENAI_BASE_URL: "http://localhost:11434/v1" },
    purpose: "Environment variables that it gets besides yours",
  },
};

/** What `nomad` in `[hosts.NAME]` may hold. */
const nomadOptions = [
  ...["address", "token_command", "namespace", "region", "datacenters", "node_pool"],
  ...["driver", "image", "cpu", "cores", "memory", "disk", "home", "volume"],
] as const;

/** The keys of a `[hosts.NAME]` table. */
export const hostKeys: Readonly<Record<keyof HostSettings, Key>> = {
  ssh: {
    kind: { type: "text", form: "ssh destination" },
    default: undefined,
    example: "me@gpu1",
    purpose: "What you type after ssh to get there, options included; needed unless nomad is set",
  },
  slots: {
    kind: { type: "count", minimum: 0, maximum: 10_000 },
    default: 0,
    example: 20,
    purpose: "How many agents may run there at the same time; 0: as many as it has cores",
  },
  labels: {
    kind: { type: "list", form: "word" },
    default: [],
    example: ["gpu"],
    purpose: "What it is good for, in words of yours",
  },
  worktree_root: freeText(
    "/data/worktrees",
    "Where the worktrees of its agents are, a path there; unless set, where the fleet there has them",
  ),
  env: {
    kind: { type: "variables" },
    default: {},
    example: { HTTPS_PROXY: "http://proxy:3128" },
    purpose: "Variables that agents there get besides those of your login shell there",
  },
  pass_env: {
    kind: { type: "list", form: "variable name" },
    default: [],
    example: ["ANTHROPIC_API_KEY"],
    purpose: "Variables of yours that go there, by name; no others do",
  },
  credentials: {
    kind: { type: "boolean" },
    default: false,
    example: true,
    purpose: "true: credential_files of repositories may go there",
  },
  fleet: {
    kind: { type: "text", form: "place or nothing" },
    default: "",
    example: "~/Downloads/fleet-linux-arm64",
    purpose: "The executable to put there, where this one is not for its system",
  },
  slurm: {
    kind: { type: "options" },
    default: undefined,
    example: { partition: "gpu", time: "4:00:00", cpus: 4, memory: "16G" },
    purpose:
      "For a cluster whose login node it is: what is asked of Slurm, as options of sbatch, for the job that agents run in",
  },
  nomad: {
    kind: { type: "options", only: nomadOptions },
    default: undefined,
    example: { address: "https://nomad.lab:4646", image: "registry.lab/agents", cores: 4, memory: "16G" },
    purpose: "In place of ssh, experimental: a Nomad that lends the machine, and what is asked of it",
  },
};

/** The keys of the `[notify]` table. */
export const notifyKeys: Readonly<Record<keyof Notification, Key>> = {
  command: {
    kind: { type: "text", form: "command" },
    default: undefined,
    example: 'notify-send "$AI_FLEET_BRANCH"',
    purpose:
      "What to do when an agent comes to one of these states: desktop, bell, a Slack webhook address, or a shell command",
    needed: true,
  },
  on: {
    kind: { type: "choices", choices: ["waiting", "idle", "error", "exited"] },
    default: ["waiting", "idle", "error", "exited"],
    example: ["waiting", "error"],
    purpose: "The states that are worth it",
  },
};

/** The keys of the `[webhooks]` table, but its rules. */
export const webhookKeys: Readonly<Record<Exclude<keyof Webhooks, "rules">, Key>> = {
  people: {
    kind: { type: "list", form: "person" },
    default: [],
    example: ["github:583231", "jira:5b10ac8d82e05b22cc7d4ef5"],
    purpose: "Who may start and prompt agents, by the ids that trackers know them by; nobody else does",
  },
  allow_unsandboxed: {
    kind: { type: "boolean" },
    default: false,
    example: true,
    purpose:
      "true: start agents also where sandbox is none; what a ticket talks them into is then done on this machine",
  },
  github_secret_command: secretCommand(
    "pass github/webhook",
    "What prints the secret that GitHub signs with, where GITHUB_WEBHOOK_SECRET is not set",
  ),
  linear_secret_command: secretCommand(
    "pass linear/webhook",
    "What prints that of Linear, where LINEAR_WEBHOOK_SECRET is not set",
  ),
  jira_secret_command: secretCommand(
    "pass jira/webhook",
    "What prints that of Jira, where JIRA_WEBHOOK_SECRET is not set",
  ),
};

/** The keys of a `[[webhooks.rules]]` table. */
export const ruleKeys: Readonly<Record<keyof WebhookRule, Key>> = {
  source: {
    kind: { type: "choice", choices: ["github", "linear", "jira"] },
    default: undefined,
    example: "github",
    purpose: "Whose webhooks it is about",
    needed: true,
  },
  event: {
    kind: { type: "choice", choices: ["ticket", "comment", "review", "check"] },
    default: undefined,
    example: "ticket",
    purpose: "What has happened; review and check prompt the agent of the branch",
    needed: true,
  },
  directory: {
    kind: { type: "text", form: "place" },
    default: undefined,
    example: "~/code/web",
    purpose: "The checkout whose agents these are",
    needed: true,
  },
  label: freeText("agent", "Only tickets with this label"),
  action: freeText("labeled", "Only this action, as the service names it"),
  repository: freeText(
    "acme/web",
    "Only this repository, or keys that start with this; else the repository of the directory",
  ),
  association: {
    kind: {
      type: "choices",
      choices: ["OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR"],
    },
    default: [],
    example: ["OWNER", "MEMBER"],
    purpose: "Only authors that are this on GitHub",
  },
  attempts: {
    kind: { type: "count", minimum: 1, maximum: 50 },
    default: undefined,
    example: 3,
    purpose: "How many agents a ticket gets, 1 unless set, or the most that /fleet try may ask for, 5 unless set",
  },
  agent: freeText("claude", "Which agent; else default_agent"),
  budget: {
    kind: { type: "text", form: "budget or nothing" },
    default: "",
    example: "5 USD",
    purpose: "What each may use",
  },
  finish: {
    kind: { type: "choices", choices: ["test", "pr", "comment"] },
    default: [],
    example: ["test", "pr", "comment"],
    purpose: "What follows when an agent is done; no pull request if tests fail",
  },
};

/** The keys of a `[prices."MODEL"]` table. */
export const priceKeys: Readonly<Record<keyof ModelPrice, Key>> = {
  input: { ...price(0.4, "US dollars for a million tokens that it reads"), needed: true },
  output: { ...price(1.6, "US dollars for a million tokens that it writes"), needed: true },
  cache_read: price(0.04, "For those that it reads from a cache; as input unless set"),
  cache_write: price(0.5, "For those that it writes to a cache; as input unless set"),
  cache_write_1h: price(0.8, "For those that it writes to a cache for an hour; as cache_write unless set"),
};

function price(example: number, purpose: string): Key {
  return { kind: { type: "price" }, default: undefined, example, purpose };
}

/** Free text, none unless set. */
function freeText(example: string, purpose: string): Key {
  return { kind: { type: "text", form: "text" }, default: "", example, purpose };
}

/** The command that prints a secret, none unless set. */
function secretCommand(example: string, purpose: string): Key {
  return { kind: { type: "text", form: "command or nothing" }, default: "", example, purpose };
}
