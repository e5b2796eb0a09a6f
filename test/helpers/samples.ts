import type { Config } from "../../src/config/config.ts";
import type { Ending } from "../../src/state/ending.ts";
import type { AgentEntry } from "../../src/state/entry.ts";
import { agentFiles, type StatePlaces } from "../../src/state/places.ts";

/** The entry of an agent on a branch of `/code/project`. */
export function agentEntry(different: Partial<AgentEntry> = {}): AgentEntry {
  return {
    v: 1,
    id: "0a1b2c3d",
    branch: "fix-42",
    worktree: "/home/me/.ai_fleet/worktrees/fix-42",
    session: "ai_fix-42",
    pid: null,
    batch_id: "manual-2025-05-31",
    agent: "demo",
    created_at: "2025-05-31T23:05:00Z",
    repo: "/code/project",
    base: "1".repeat(40),
    adopted: false,
    socket: "/tmp/tmux-0/default",
    agent_session: null,
    prompt: "write a failing test",
    ...different,
  };
}

/** How the same agent ended. */
export function agentEnding(different: Partial<Ending> = {}): Ending {
  return {
    v: 1,
    operation: "0f0f0f0f",
    ended_at: "2025-06-01T10:00:00.000Z",
    head: "1".repeat(40),
    head_branch: "fix-42",
    unsaved: 2,
    saved: "2".repeat(40),
    tree: null,
    running: true,
    files: [".env", "config/master.key"],
    ...different,
  };
}

/** Settings that start an agent without any preparation. */
export function configuration(different: Partial<Config> = {}): Config {
  return {
    repo_root: "",
    worktree_root: "/home/me/.ai_fleet/worktrees",
    state_file: "/home/me/.ai_fleet/state.json",
    agents_root: "/home/me/.ai_fleet/agents",
    journal_root: "/home/me/.ai_fleet/journal",
    tmux_prefix: "ai_",
    tmux_socket: "",
    default_agent: "demo",
    claude_flags: [],
    codex_flags: [],
    gemini_flags: [],
    opencode_flags: [],
    credential_files: [],
    setup_commands: [],
    quick_setup: false,
    clone_directories: [],
    setup_timeout: 900,
    setup_parallel: 2,
    default_base: "HEAD",
    max_agents: 0,
    max_depth: 2,
    max_children: 20,
    keep_killed: 2_592_000,
    keep_ignored: [],
    keep_trees: 86_400,
    keep_trees_size: "10G",
    save_limit: "1G",
    ports_per_agent: 0,
    test_command: "",
    test_timeout: 600,
    test_parallel: 2,
    test_also: [],
    test_junit: [],
    github_hosts: [],
    gitlab_hosts: [],
    github_token_command: "",
    gitlab_token_command: "",
    pr_command: "",
    jira_url: "",
    jira_user: "",
    jira_token_command: "",
    linear_url: "https://api.linear.app/graphql",
    linear_token_command: "",
    jira_projects: [],
    linear_teams: [],
    ticket_template: "",
    ticket_branch: "{key}-{slug}",
    claim_tickets: true,
    claim_by_comment: true,
    ticket_query: "",
    ticket_started: "",
    ticket_done: "",
    serve_port: 7117,
    serve_env: [],
    serve_url: "",
    serve_page_url: "",
    env: {},
    agents: {},
    notify: undefined,
    webhooks: undefined,
    sandbox: "none",
    memory_limit: "",
    cpu_limit: "",
    pids_limit: 0,
    network: "full",
    network_allow: [],
    sandbox_mounts: [],
    sandbox_image: "",
    budget_per_agent: "",
    budget_per_batch: "",
    budget_per_day: "",
    hosts: {},
    prices: {},
    ...different,
  };
}

/** Where a fleet whose home is `folder` keeps its state. */
export function placesIn(folder: string): StatePlaces {
  return {
    stateFile: `${folder}/state.json`,
    agentsRoot: `${folder}/agents`,
    journalRoot: `${folder}/journal`,
    worktreeRoot: `${folder}/worktrees`,
    trustRoot: `${folder}/trust`,
  };
}

/** The files of an agent whose fleet has its home in `folder`. */
export function filesIn(folder: string, id = agentEntry().id) {
  return agentFiles(placesIn(folder), id);
}
