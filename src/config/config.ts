import type { NetworkAccess, SandboxKind } from "../model/sandbox.ts";

/** How the first prompt reaches an agent that fleet does not know. */
export type PromptDelivery = "argument" | "option" | "stdin" | "none";

/** What an agent can do that is worth a notification. */
export type NotifiedStatus = "waiting" | "idle" | "error" | "exited";

/** An agent CLI that the user described in `[agents.NAME]`. */
export interface CustomAgent {
  readonly command: string;
  readonly flags: readonly string[];
  readonly prompt: PromptDelivery;
  /** The option that takes the prompt; set exactly when `prompt` is `option`. */
  readonly prompt_option: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** What is run when an agent comes to one of these states: the table `[notify]`. */
export interface Notification {
  readonly command: string;
  readonly on: readonly NotifiedStatus[];
}

/** What a webhook may start, and for whom: a table `[[webhooks.rules]]`. */
export interface WebhookRule {
  readonly source: "github" | "linear" | "jira";
  readonly event: "ticket" | "comment" | "review" | "check";
  /** As the service names it; empty: whichever. */
  readonly action: string;
  /** The ticket must have it; empty: any. */
  readonly label: string;
  /** `acme/web`, or what the keys of a team or project start with; empty: that of the directory. */
  readonly repository: string;
  /** What the author must be to a repository of GitHub; empty: anything. */
  readonly association: readonly string[];
  /** The checkout that agents are started in; absolute. */
  readonly directory: string;
  /** Nothing: 1 for a ticket, 5 for a comment that asks. */
  readonly attempts: number | undefined;
  /** Empty: default_agent. */
  readonly agent: string;
  readonly budget: string;
  /** What is done when the agent is done, in this order. */
  readonly finish: readonly WebhookFinish[];
}

/** What may be done with an agent that a webhook has started, when it is done. */
export type WebhookFinish = "test" | "pr" | "comment";

/** Whose webhooks are heard, how they are known to be theirs, and what they start: the table `[webhooks]`. */
export interface Webhooks {
  /** Who may start and prompt agents: `github:583231`. */
  readonly people: readonly string[];
  readonly allow_unsandboxed: boolean;
  /** Shell commands that print the secret which a service signs with; empty when there is none. */
  readonly github_secret_command: string;
  readonly linear_secret_command: string;
  readonly jira_secret_command: string;
  readonly rules: readonly WebhookRule[];
}

/** What a model costs, in US dollars for a million tokens: a table `[prices."MODEL"]`. */
export interface ModelPrice {
  readonly input: number;
  readonly output: number;
  /** What is not said costs what input costs. */
  readonly cache_read: number | undefined;
  readonly cache_write: number | undefined;
  readonly cache_write_1h: number | undefined;
}

/** Another machine that agents may run on: a table `[hosts.NAME]`. */
export interface HostSettings {
  /** What is typed after `ssh`: `me@gpu1`, or with options before it; empty where `nomad` is set. */
  readonly ssh: string;
  /** How many agents may run there; 0: as many as it has cores. */
  readonly slots: number;
  readonly labels: readonly string[];
  /** A path there; empty: that of the fleet there. */
  readonly worktree_root: string;
  readonly env: Readonly<Record<string, string>>;
  /** Names of variables. */
  readonly pass_env: readonly string[];
  /** Whether credential files of repositories may go there. */
  readonly credentials: boolean;
  /** An executable for its architecture, on this machine; empty: this one. */
  readonly fleet: string;
  /** Of a cluster, of which `ssh` leads to the login node: what jobs are asked for there, by the names of options of sbatch. */
  readonly slurm: Readonly<Record<string, string | number>> | undefined;
  /** Of a cluster of Nomad: where it is and what a task is asked for there, by the names of `nomadOptions`. */
  readonly nomad?: Readonly<Record<string, string | number>> | undefined;
}

/** All settings as the rest of the program uses them: paths are absolute, durations are seconds, flags are words. */
export interface Config {
  /** The repository to use outside of any; empty when there is none. */
  readonly repo_root: string;
  readonly worktree_root: string;
  readonly state_file: string;
  readonly agents_root: string;
  readonly journal_root: string;

  readonly serve_port: number;
  /** Names of variables. */
  readonly serve_env: readonly string[];
  /** Empty: none. */
  readonly serve_url: string;
  /** The address of the page for others, behind a proxy. */
  readonly serve_page_url: string;

  readonly tmux_prefix: string;
  /** Empty: the user's own server. A name is for `tmux -L`, an absolute path for `tmux -S`. */
  readonly tmux_socket: string;

  readonly default_agent: string;
  readonly claude_flags: readonly string[];
  readonly codex_flags: readonly string[];
  readonly gemini_flags: readonly string[];
  readonly opencode_flags: readonly string[];

  /** Paths inside the repository. */
  readonly credential_files: readonly string[];
  readonly setup_commands: readonly string[];
  readonly quick_setup: boolean;
  /** Paths inside the repository. */
  readonly clone_directories: readonly string[];
  /** Seconds, at least 1. */
  readonly setup_timeout: number;
  readonly setup_parallel: number;

  readonly default_base: string;
  /** 0: no cap. */
  readonly max_agents: number;
  readonly max_depth: number;
  readonly max_children: number;
  /** Seconds. */
  readonly keep_killed: number;
  /** Patterns. */
  readonly keep_ignored: readonly string[];
  /** Seconds. */
  readonly keep_trees: number;
  /** As `memoryBytes` of `model/sandbox.ts` reads it; empty: no limit. */
  readonly keep_trees_size: string;
  /** As `keep_trees_size`. */
  readonly save_limit: string;
  readonly ports_per_agent: number;
  /** What stands between an agent and the machine. */
  readonly sandbox: SandboxKind;
  /** As `memoryBytes` of `model/sandbox.ts` reads it; empty: no cap. */
  readonly memory_limit: string;
  /** Cores, as `cores` of `model/sandbox.ts` reads it; empty: no cap. */
  readonly cpu_limit: string;
  /** Processes and threads; 0: no cap. */
  readonly pids_limit: number;
  readonly network: NetworkAccess;
  /** What network = "proxy" lets agents reach, as `isHostPattern` of `model/network.ts` takes it. */
  readonly network_allow: readonly string[];
  /** Places, each read-only unless `:rw` stands behind it. */
  readonly sandbox_mounts: readonly string[];
  /** What containers are made from; empty: this machine's own programs. */
  readonly sandbox_image: string;
  /** As `budgetIn` of `budgets.ts` reads it; empty: none. */
  readonly budget_per_agent: string;
  readonly budget_per_batch: string;
  readonly budget_per_day: string;

  /** What `fleet test` runs in a shell; empty when there is none. */
  readonly test_command: string;
  /** Seconds, at least 1. */
  readonly test_timeout: number;
  readonly test_parallel: number;
  /** Paths inside the repository: files that git does not know and that a test depends on. */
  readonly test_also: readonly string[];
  /** Patterns of the JUnit reports that the test command writes, inside the repository. */
  readonly test_junit: readonly string[];

  /** Hosts beside github.com and gitlab.com that are a GitHub or a GitLab: `github.example.com`. */
  readonly github_hosts: readonly string[];
  readonly gitlab_hosts: readonly string[];
  /** Shell commands that print a token; empty when there is none. */
  readonly github_token_command: string;
  readonly gitlab_token_command: string;
  /** What opens a pull request on another forge, in a shell; empty when there is nothing. */
  readonly pr_command: string;

  /** The address of the user's Jira, without a slash at the end; empty when there is none. */
  readonly jira_url: string;
  /** Whom a token for Jira Cloud belongs to; empty for a personal token of a server. */
  readonly jira_user: string;
  readonly jira_token_command: string;
  /** Where Linear answers. */
  readonly linear_url: string;
  readonly linear_token_command: string;
  /** Prefixes of keys. */
  readonly jira_projects: readonly string[];
  readonly linear_teams: readonly string[];
  /** Empty: `defaultTemplate` of `fleet/tickets/prompt.ts`. */
  readonly ticket_template: string;
  readonly ticket_branch: string;
  /** Whether a ticket is taken on the remote of the repository, so that no other machine starts an agent for it. */
  readonly claim_tickets: boolean;
  /** Where the remote cannot be pushed to. */
  readonly claim_by_comment: boolean;
  /** What finds the tickets that agents may be started for; empty: nothing is looked for. */
  readonly ticket_query: string;
  /** What `fleet ticket --sync` moves tickets to, a label or a state; empty: nowhere. */
  readonly ticket_started: string;
  readonly ticket_done: string;

  /** Variables for setup commands and agents that the caller does not export. Only a repository's own file has them. */
  readonly env: Readonly<Record<string, string>>;
  readonly agents: Readonly<Record<string, CustomAgent>>;
  readonly notify: Notification | undefined;
  readonly webhooks: Webhooks | undefined;
  readonly hosts: Readonly<Record<string, HostSettings>>;
  /** By the name of the model, as the agent writes it. */
  readonly prices: Readonly<Record<string, ModelPrice>>;
}
