import { networkAccesses, sandboxKinds } from "../model/sandbox.ts";
import type { Config, CustomAgent, HostSettings, ModelPrice, Notification, WebhookRule, Webhooks } from "./config.ts";
import type { KindOf, ValueKind } from "./kinds.ts";
import type { RawValue } from "./toml.ts";

/** One key of the configuration file. */
export interface Key<Kind extends ValueKind = ValueKind> {
  readonly kind: Kind;
  /** As written in the file. */
  readonly default: RawValue | undefined;
  /** A value that makes sense to a reader who has never seen the key. */
  readonly example: RawValue;
  /** One line, a sentence without its full stop. */
  readonly purpose: string;
  /** Its table means nothing without it. */
  readonly needed?: true;
}

/** A key outside of any table. Each has an environment variable, see `variableOf`. */
export interface Setting<Kind extends ValueKind = ValueKind> extends Key<Kind> {
  readonly default: RawValue;
  readonly section:
    | "places"
    | "agents"
    | "worktrees"
    | "tests"
    | "forges"
    | "tickets"
    | "server"
    | "tmux"
    | "sandboxes"
    | "limits";
  /** May also stand in a `[repo."DIRECTORY"]` table. */
  readonly perRepository: boolean;
}

export type SettingName = Exclude<keyof Config, "agents" | "env" | "hosts" | "notify" | "prices" | "webhooks">;

/** The one list of settings: defaults, environment variables, validation, the first-run file and the documentation follow from it. */
export const settings: { readonly [Name in SettingName]: Setting<KindOf<Config[Name]>> } = {
  repo_root: {
    kind: { type: "text", form: "place or nothing" },
    default: "",
    example: "~/code/my-project",
    purpose: "The repository to use when fleet is run outside of any; none unless set",
    section: "places",
    perRepository: false,
  },
  worktree_root: {
    kind: { type: "text", form: "place" },
    default: "worktrees",
    example: "~/.ai_fleet/worktrees",
    purpose: "Where the worktrees of agents are made",
    section: "places",
    perRepository: false,
  },
  state_file: {
    kind: { type: "text", form: "place" },
    default: "state.json",
    example: "~/.ai_fleet/state.json",
    purpose: "The list of agents",
    section: "places",
    perRepository: false,
  },
  agents_root: {
    kind: { type: "text", form: "place" },
    default: "agents",
    example: "~/.ai_fleet/agents",
    purpose: "What each agent needs to run, and its logs",
    section: "places",
    perRepository: false,
  },
  journal_root: {
    kind: { type: "text", form: "place" },
    default: "journal",
    example: "~/.ai_fleet/journal",
    purpose: "Operations in flight, so that an interrupted one can be completed or undone",
    section: "places",
    perRepository: false,
  },
  default_agent: {
    kind: { type: "text", form: "agent name" },
    default: "claude",
    example: "claude",
    purpose:
      "The agent to start without --agent: one that fleet knows (fleet doctor names them) or one of [agents.NAME]",
    section: "agents",
    perRepository: true,
  },
  claude_flags: {
    kind: { type: "flags" },
    default: "--dangerously-skip-permissions",
    example: "--dangerously-skip-permissions",
    purpose: "Extra flags of claude; the default never asks for permission",
    section: "agents",
    perRepository: true,
  },
  codex_flags: {
    kind: { type: "flags" },
    default: "--dangerously-bypass-approvals-and-sandbox",
    example: "--dangerously-bypass-approvals-and-sandbox",
    purpose: "Extra flags of codex; the default never asks for permission",
    section: "agents",
    perRepository: true,
  },
  gemini_flags: {
    kind: { type: "flags" },
    default: "--yolo",
    example: "--yolo",
    purpose: "Extra flags of gemini; the default never asks for permission",
    section: "agents",
    perRepository: true,
  },
  opencode_flags: {
    kind: { type: "flags" },
    default: "",
    example: "--model anthropic/claude-sonnet-4-5",
    purpose: "Extra flags of opencode",
    section: "agents",
    perRepository: true,
  },
  credential_files: {
    kind: { type: "list", form: "path in a repository" },
    default: [],
    example: [".env", "config/master.key"],
    purpose:
      "Files that git does not know, to copy from the main checkout into each new worktree: paths, directories, patterns",
    section: "worktrees",
    perRepository: true,
  },
  setup_commands: {
    kind: { type: "list", form: "command" },
    default: [],
    example: ["bundle install", "npm install"],
    purpose: "Commands to run in each new worktree before its agent starts, one after another",
    section: "worktrees",
    perRepository: true,
  },
  quick_setup: {
    kind: { type: "boolean" },
    default: false,
    example: true,
    purpose: "true: copy the files but skip setup_commands",
    section: "worktrees",
    perRepository: true,
  },
  clone_directories: {
    kind: { type: "list", form: "path in a repository" },
    default: [],
    example: ["node_modules", "target"],
    purpose: "Directories that git ignores to clone from the main checkout as well, copy-on-write where possible",
    section: "worktrees",
    perRepository: true,
  },
  setup_timeout: {
    kind: { type: "duration", minimum: 1, maximum: 604_800 },
    default: "15m",
    example: "1h30m",
    purpose: "How long the setup of one worktree may take",
    section: "worktrees",
    perRepository: true,
  },
  setup_parallel: {
    kind: { type: "count", minimum: 1, maximum: 1000 },
    default: 4,
    example: 4,
    purpose: "How many worktrees may be set up at the same time",
    section: "worktrees",
    perRepository: false,
  },
  default_base: {
    kind: { type: "text", form: "revision" },
    default: "HEAD",
    example: "origin/main",
    purpose: "What a new branch starts from without --from",
    section: "worktrees",
    perRepository: true,
  },
  ports_per_agent: {
    kind: { type: "count", minimum: 0, maximum: 1000 },
    default: 10,
    example: 10,
    purpose: "How many network ports each agent has for itself, from AI_FLEET_PORT on; 0: none",
    section: "worktrees",
    perRepository: false,
  },
  test_command: {
    kind: { type: "text", form: "command or nothing" },
    default: "",
    example: "npm test",
    purpose: "What fleet test runs in each worktree, in a shell",
    section: "tests",
    perRepository: true,
  },
  test_timeout: {
    kind: { type: "duration", minimum: 1, maximum: 604_800 },
    default: "10m",
    example: "30m",
    purpose: "How long the tests of one agent may take",
    section: "tests",
    perRepository: true,
  },
  test_parallel: {
    kind: { type: "count", minimum: 1, maximum: 1000 },
    default: 2,
    example: 2,
    purpose: "How many agents may be tested at the same time",
    section: "tests",
    perRepository: true,
  },
  test_also: {
    kind: { type: "list", form: "path in a repository" },
    default: [],
    example: ["fixtures.db"],
    purpose: "Files that git does not know and that decide how the tests end; credential_files always count",
    section: "tests",
    perRepository: true,
  },
  test_junit: {
    kind: { type: "list", form: "path in a repository" },
    default: [],
    example: ["reports/*.xml"],
    purpose: "Where the test command writes JUnit reports, which fleet test --junit puts into one",
    section: "tests",
    perRepository: true,
  },
  github_hosts: {
    kind: { type: "list", form: "host" },
    default: [],
    example: ["github.example.com"],
    purpose: "Hosts that are a GitHub of their own; your token is sent there",
    section: "forges",
    perRepository: false,
  },
  gitlab_hosts: {
    kind: { type: "list", form: "host" },
    default: [],
    example: ["gitlab.example.com"],
    purpose: "Hosts that are a GitLab of their own; your token is sent there",
    section: "forges",
    perRepository: false,
  },
  github_token_command: {
    kind: { type: "text", form: "command or nothing" },
    default: "",
    example: "op read op://dev/github/token",
    purpose: "What prints a token for GitHub, where GH_TOKEN and GITHUB_TOKEN are not set; else gh auth token is asked",
    section: "forges",
    perRepository: true,
  },
  gitlab_token_command: {
    kind: { type: "text", form: "command or nothing" },
    default: "",
    example: "pass gitlab/token",
    purpose: "What prints a token for GitLab, where GITLAB_TOKEN is not set",
    section: "forges",
    perRepository: true,
  },
  pr_command: {
    kind: { type: "text", form: "command or nothing" },
    default: "",
    example: 'tea pull create --title "$AI_FLEET_TITLE" --description "$(cat "$AI_FLEET_BODY_FILE")"',
    purpose: "What opens a pull request on any other forge; runs in the worktree when the branch has been pushed",
    section: "forges",
    perRepository: true,
  },
  ticket_template: {
    kind: { type: "text", form: "text" },
    default: "",
    example: "Fix {key}: {ticket}",
    purpose: "What the agent of a ticket is told: {ticket} is its quoted text; also {key}, {url}, {tracker}",
    section: "tickets",
    perRepository: true,
  },
  ticket_branch: {
    kind: { type: "text", form: "ticket branch" },
    default: "{key}-{slug}",
    example: "agents/{key}",
    purpose: "The branch of a ticket, with {key}, {number}, {slug} of its title and {tracker}",
    section: "tickets",
    perRepository: true,
  },
  claim_tickets: {
    kind: { type: "boolean" },
    default: true,
    example: true,
    purpose: "Take a ticket on the remote (refs/fleet/claims), so that no other machine starts an agent for it",
    section: "tickets",
    perRepository: true,
  },
  claim_by_comment: {
    kind: { type: "boolean" },
    default: true,
    example: true,
    purpose: "Where the remote cannot be pushed to, take a ticket by a comment on it, which all who see it can read",
    section: "tickets",
    perRepository: true,
  },
  ticket_query: {
    kind: { type: "text", form: "text" },
    default: "",
    example: "is:open label:agent",
    purpose: "What finds the open tickets that fleet ticket alone shows, in the words of the tracker",
    section: "tickets",
    perRepository: true,
  },
  ticket_started: {
    kind: { type: "text", form: "text" },
    default: "",
    example: "In Progress",
    purpose: "Where fleet ticket --sync moves a ticket with an agent: a state of Linear or Jira, a label of GitHub",
    section: "tickets",
    perRepository: true,
  },
  ticket_done: {
    kind: { type: "text", form: "text" },
    default: "",
    example: "In Review",
    purpose: "Where it moves a ticket with a pull request",
    section: "tickets",
    perRepository: true,
  },
  linear_teams: {
    kind: { type: "list", form: "key prefix" },
    default: [],
    example: ["ENG", "OPS"],
    purpose: "What the keys of your Linear tickets start with, where there is a Jira too",
    section: "tickets",
    perRepository: true,
  },
  linear_token_command: {
    kind: { type: "text", form: "command or nothing" },
    default: "",
    example: "op read op://dev/linear/key",
    purpose: "What prints a key for Linear, where LINEAR_API_KEY is not set",
    section: "tickets",
    perRepository: true,
  },
  linear_url: {
    kind: { type: "text", form: "address" },
    default: "https://api.linear.app/graphql",
    example: "https://api.linear.app/graphql",
    purpose: "Where Linear answers",
    section: "tickets",
    perRepository: false,
  },
  jira_url: {
    kind: { type: "text", form: "address or nothing" },
    default: "",
    example: "https://example.atlassian.net",
    purpose: "The address of your Jira",
    section: "tickets",
    perRepository: true,
  },
  jira_user: {
    kind: { type: "text", form: "text" },
    default: "",
    example: "ann@example.com",
    purpose: "Whose token it is, for Jira Cloud; a server of your own takes a personal token alone",
    section: "tickets",
    perRepository: true,
  },
  jira_projects: {
    kind: { type: "list", form: "key prefix" },
    default: [],
    example: ["PROJ"],
    purpose: "What the keys of your Jira tickets start with, where there is Linear too",
    section: "tickets",
    perRepository: true,
  },
  jira_token_command: {
    kind: { type: "text", form: "command or nothing" },
    default: "",
    example: "pass jira/token",
    purpose: "What prints a token for Jira, where JIRA_API_TOKEN is not set",
    section: "tickets",
    perRepository: true,
  },
  serve_port: {
    kind: { type: "count", minimum: 1, maximum: 65_535 },
    default: 7117,
    example: 8000,
    purpose: "The port of fleet serve without --port; when something else is there, one that is free",
    section: "server",
    perRepository: false,
  },
  serve_env: {
    kind: { type: "list", form: "variable name" },
    default: [],
    example: ["ANTHROPIC_API_KEY"],
    purpose: "Variables of the terminal of fleet serve that its agents get, beside those of your login shell",
    section: "server",
    perRepository: false,
  },
  serve_url: {
    kind: { type: "text", form: "address or nothing" },
    default: "",
    example: "https://fleet.example.com",
    purpose: "What forges call to reach the webhooks of fleet serve, through a proxy that speaks TLS",
    section: "server",
    perRepository: false,
  },
  serve_page_url: {
    kind: { type: "text", form: "address or nothing" },
    default: "",
    example: "https://fleet.example.com",
    purpose: "What you open to see the page of fleet serve from elsewhere, through a proxy of yours that speaks TLS",
    section: "server",
    perRepository: false,
  },
  tmux_prefix: {
    kind: { type: "text", form: "session prefix" },
    default: "ai_",
    example: "ai_",
    purpose: "Sessions are named with this prefix and the branch",
    section: "tmux",
    perRepository: false,
  },
  tmux_socket: {
    kind: { type: "text", form: "tmux socket" },
    default: "",
    example: "fleet",
    purpose: "The tmux server to use: a name as for tmux -L, or a path as for tmux -S; your own server unless set",
    section: "tmux",
    perRepository: false,
  },
  sandbox: {
    kind: { type: "choice", choices: sandboxKinds },
    default: "none",
    example: "bubblewrap",
    purpose: "What agents are held in, see fleet help sandboxes",
    section: "sandboxes",
    perRepository: true,
  },
  memory_limit: {
    kind: { type: "text", form: "memory size or nothing" },
    default: "",
    example: "4G",
    purpose: "How much memory an agent may use with all it starts, also without a sandbox; no cap unless set",
    section: "sandboxes",
    perRepository: true,
  },
  cpu_limit: {
    kind: { type: "text", form: "cores or nothing" },
    default: "",
    example: "1.5",
    purpose: "How many cores an agent may use with all it starts; no cap unless set",
    section: "sandboxes",
    perRepository: true,
  },
  pids_limit: {
    kind: { type: "count", minimum: 0, maximum: 4_000_000 },
    default: 0,
    example: 2000,
    purpose: "How many processes and threads an agent may have at a time; 0: no cap",
    section: "sandboxes",
    perRepository: true,
  },
  network: {
    kind: { type: "choice", choices: networkAccesses },
    default: "full",
    example: "none",
    purpose: "What an agent in a sandbox reaches of the network",
    section: "sandboxes",
    perRepository: true,
  },
  network_allow: {
    kind: { type: "list", form: "host pattern" },
    default: ["*.anthropic.com", "*.openai.com", "chatgpt.com", "generativelanguage.googleapis.com"],
    example: ["api.anthropic.com", "*.github.com", "registry.example.com:8443"],
    purpose: "What agents reach where network is proxy; the models of the big providers unless set",
    section: "sandboxes",
    perRepository: true,
  },
  sandbox_mounts: {
    kind: { type: "list", form: "mount" },
    default: [],
    example: ["~/.cargo/registry", "~/.cache/pip:rw"],
    purpose: "What else an agent in a sandbox sees, read-only unless :rw stands behind it",
    section: "sandboxes",
    perRepository: true,
  },
  sandbox_image: {
    kind: { type: "text", form: "image or nothing" },
    default: "",
    example: "docker.io/library/node:24",
    purpose: "What the containers of podman and docker are made from; this machine's own programs unless set",
    section: "sandboxes",
    perRepository: true,
  },
  max_agents: {
    kind: { type: "count", minimum: 0, maximum: 100_000 },
    default: 0,
    example: 8,
    purpose: "How many agents may run at the same time; one that was stopped or has ended does not count; 0: no limit",
    section: "limits",
    perRepository: false,
  },
  max_depth: {
    kind: { type: "count", minimum: 0, maximum: 100 },
    default: 2,
    example: 1,
    purpose: "How deep agents may start agents: 1, only those that a person started; 2, also their agents; 0, none",
    section: "limits",
    perRepository: false,
  },
  max_children: {
    kind: { type: "count", minimum: 0, maximum: 100_000 },
    default: 20,
    example: 5,
    purpose: "How many agents there may be at a time that one and the same agent started",
    section: "limits",
    perRepository: false,
  },
  keep_killed: {
    kind: { type: "duration", minimum: 0, maximum: 315_360_000 },
    default: "30d",
    example: "30d",
    purpose: "How long a killed agent can be restored before fleet prune may forget it",
    section: "limits",
    perRepository: false,
  },
  budget_per_agent: {
    kind: { type: "text", form: "budget or nothing" },
    default: "",
    example: "5 USD",
    purpose: "What one agent may use before it is interrupted, in money or tokens; no limit unless set",
    section: "limits",
    perRepository: false,
  },
  budget_per_batch: {
    kind: { type: "text", form: "budget or nothing" },
    default: "",
    example: "20 USD",
    purpose: "What all agents of a batch may use together",
    section: "limits",
    perRepository: false,
  },
  budget_per_day: {
    kind: { type: "text", form: "budget or nothing" },
    default: "",
    example: "50M tokens",
    purpose: "What all agents may use together from midnight to midnight",
    section: "limits",
    perRepository: false,
  },
  keep_ignored: {
    kind: { type: "list", form: "path in a repository" },
    default: [],
    example: ["*.db", "notes/**"],
    purpose: "Ignored files that keep the worktree of a killed agent for as long as the agent can be brought back",
    section: "limits",
    perRepository: false,
  },
  keep_trees: {
    kind: { type: "duration", minimum: 0, maximum: 315_360_000 },
    default: "1d",
    example: "1d",
    purpose:
      "How long, while the machine runs, the worktree of a killed agent lives on with all its files; later what git can save",
    section: "limits",
    perRepository: false,
  },
  keep_trees_size: {
    kind: { type: "text", form: "size or nothing" },
    default: "10G",
    example: "10G",
    purpose: "How much these may take in all; the oldest go earlier, but none of the last hour or the last kill",
    section: "limits",
    perRepository: false,
  },
  save_limit: {
    kind: { type: "text", form: "size or nothing" },
    default: "1G",
    example: "1G",
    purpose: "How much unsaved work a kill copies into git; what is above it stays until fleet prune --trash",
    section: "limits",
    perRepository: false,
  },
};

export const settingNames = Object.keys(settings) as readonly SettingName[];

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
  worktree_root: {
    kind: { type: "text", form: "text" },
    default: "",
    example: "/data/worktrees",
    purpose: "Where the worktrees of its agents are, a path there; unless set, where the fleet there has them",
  },
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
  github_secret_command: {
    kind: { type: "text", form: "command or nothing" },
    default: "",
    example: "pass github/webhook",
    purpose: "What prints the secret that GitHub signs with, where GITHUB_WEBHOOK_SECRET is not set",
  },
  linear_secret_command: {
    kind: { type: "text", form: "command or nothing" },
    default: "",
    example: "pass linear/webhook",
    purpose: "What prints that of Linear, where LINEAR_WEBHOOK_SECRET is not set",
  },
  jira_secret_command: {
    kind: { type: "text", form: "command or nothing" },
    default: "",
    example: "pass jira/webhook",
    purpose: "What prints that of Jira, where JIRA_WEBHOOK_SECRET is not set",
  },
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
  label: {
    kind: { type: "text", form: "text" },
    default: "",
    example: "agent",
    purpose: "Only tickets with this label",
  },
  action: {
    kind: { type: "text", form: "text" },
    default: "",
    example: "labeled",
    purpose: "Only this action, as the service names it",
  },
  repository: {
    kind: { type: "text", form: "text" },
    default: "",
    example: "acme/web",
    purpose: "Only this repository, or keys that start with this; else the repository of the directory",
  },
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
  agent: {
    kind: { type: "text", form: "text" },
    default: "",
    example: "claude",
    purpose: "Which agent; else default_agent",
  },
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
  input: {
    kind: { type: "price" },
    default: undefined,
    example: 0.4,
    purpose: "US dollars for a million tokens that it reads",
    needed: true,
  },
  output: {
    kind: { type: "price" },
    default: undefined,
    example: 1.6,
    purpose: "US dollars for a million tokens that it writes",
    needed: true,
  },
  cache_read: {
    kind: { type: "price" },
    default: undefined,
    example: 0.04,
    purpose: "For those that it reads from a cache; as input unless set",
  },
  cache_write: {
    kind: { type: "price" },
    default: undefined,
    example: 0.5,
    purpose: "For those that it writes to a cache; as input unless set",
  },
  cache_write_1h: {
    kind: { type: "price" },
    default: undefined,
    example: 0.8,
    purpose: "For those that it writes to a cache for an hour; as cache_write unless set",
  },
};

/** The settings that a repository may bring in its own file. */
export const broughtSettings = [
  "default_agent",
  "credential_files",
  "setup_commands",
  "clone_directories",
  "test_command",
] as const satisfies readonly SettingName[];

/** The table `[env]` of that file. */
export const broughtVariables: Key = {
  kind: { type: "variables" },
  default: {},
  example: { RAILS_ENV: "test" },
  purpose: "Environment variables that setup commands and agents get where you have not exported them",
};

/** The environment variable that wins over a setting of the file. */
export function variableOf(name: SettingName): string {
  return `AI_FLEET_${name.toUpperCase()}`;
}
