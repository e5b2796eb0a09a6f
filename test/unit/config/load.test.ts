import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configForRepository, loadConfig } from "../../../src/config/load.ts";
import type { Environment } from "../../../src/config/paths.ts";
import { FleetError } from "../../../src/errors.ts";
import { temporaryHome } from "./home.ts";

async function failureOf(environment: Environment): Promise<FleetError> {
  const error = await loadConfig(environment).catch((reason: unknown) => reason);
  if (!(error instanceof FleetError)) throw new Error("the configuration was loaded");
  return error;
}

function mode(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

test("the first run writes a configuration that only the user can read", async () => {
  const { home, file, environment } = temporaryHome();
  const loaded = await loadConfig(environment);
  expect(loaded).toMatchObject({ file, firstRun: true });
  expect([mode(join(home, ".ai_fleet")), mode(file)]).toEqual(["700", "600"]);
  expect(readFileSync(file, "utf8")).toStartWith("# Settings of ai-fleet");
});

test("the second run reads what is there and leaves it alone", async () => {
  const { file, environment } = temporaryHome("max_agents = 3\n");
  const loaded = await loadConfig(environment);
  expect(loaded.firstRun).toBe(false);
  expect(loaded.config.max_agents).toBe(3);
  expect(readFileSync(file, "utf8")).toBe("max_agents = 3\n");
});

test("first runs at the same time write the configuration once", async () => {
  const { environment } = temporaryHome();
  const loaded = await Promise.all(Array.from({ length: 8 }, () => loadConfig(environment)));
  expect(loaded.filter(({ firstRun }) => firstRun)).toHaveLength(1);
  expect(new Set(loaded.map(({ config }) => JSON.stringify(config))).size).toBe(1);
});

test("AI_FLEET_HOME moves the configuration and all that is kept beside it", async () => {
  const { home, environment } = temporaryHome();
  const { file, config } = await loadConfig({ ...environment, AI_FLEET_HOME: "~/deep/fleet" });
  expect(file).toBe(`${home}/deep/fleet/config.toml`);
  expect(config).toMatchObject({
    worktree_root: `${home}/deep/fleet/worktrees`,
    state_file: `${home}/deep/fleet/state.json`,
    agents_root: `${home}/deep/fleet/agents`,
    journal_root: `${home}/deep/fleet/journal`,
  });
  expect(readdirSync(home)).toEqual(["deep"]);
});

test("an empty configuration means the defaults", async () => {
  const { home, environment } = temporaryHome("");
  const { config, origins } = await loadConfig(environment);
  expect(config).toEqual({
    repo_root: "",
    worktree_root: `${home}/.ai_fleet/worktrees`,
    state_file: `${home}/.ai_fleet/state.json`,
    agents_root: `${home}/.ai_fleet/agents`,
    journal_root: `${home}/.ai_fleet/journal`,
    tmux_prefix: "ai_",
    tmux_socket: "",
    default_agent: "claude",
    claude_flags: ["--dangerously-skip-permissions"],
    codex_flags: ["--dangerously-bypass-approvals-and-sandbox"],
    gemini_flags: ["--yolo"],
    opencode_flags: [],
    credential_files: [],
    setup_commands: [],
    quick_setup: false,
    clone_directories: [],
    setup_timeout: 900,
    setup_parallel: 4,
    default_base: "HEAD",
    max_agents: 0,
    max_depth: 2,
    max_children: 20,
    keep_killed: 2_592_000,
    keep_ignored: [],
    keep_trees: 86_400,
    keep_trees_size: "10G",
    save_limit: "1G",
    ports_per_agent: 10,
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
    network_allow: ["*.anthropic.com", "*.openai.com", "chatgpt.com", "generativelanguage.googleapis.com"],
    sandbox_mounts: [],
    sandbox_image: "",
    budget_per_agent: "",
    budget_per_batch: "",
    budget_per_day: "",
    hosts: {},
    prices: {},
  });
  expect(Object.keys(origins).toSorted()).toEqual(Object.keys(config).toSorted());
  expect(Object.values(origins).filter(({ kind }) => kind !== "default")).toEqual([]);
});

test("every value knows where it comes from", async () => {
  const { file, environment } = temporaryHome(
    '# comment\ntmux_prefix = "x_"\nmax_agents = 2\n\n[notify]\ncommand = "true"\n',
  );
  const { config, origins } = await loadConfig({ ...environment, AI_FLEET_MAX_AGENTS: "5" });
  expect(config).toMatchObject({ tmux_prefix: "x_", max_agents: 5 });
  expect(origins).toMatchObject({
    tmux_prefix: { kind: "file", file, line: 2 },
    max_agents: { kind: "environment", variable: "AI_FLEET_MAX_AGENTS" },
    notify: { kind: "file", file, line: 5 },
    default_agent: { kind: "default" },
  });
});

test("agents and notifications get the defaults of what they leave out", async () => {
  const { environment } = temporaryHome(`
[agents.aider]
command = "aider"
[agents."my.agent"]
command = "~/bin/mine"
flags = "--yes 'a b'"
prompt = "option"
prompt_option = "--message"
env = { A = "1" }
[notify]
command = "notify-send"
`);
  const { config } = await loadConfig(environment);
  expect(config.agents).toEqual({
    aider: { command: "aider", flags: [], prompt: "argument", prompt_option: undefined, env: {} },
    "my.agent": {
      command: "~/bin/mine",
      flags: ["--yes", "a b"],
      prompt: "option",
      prompt_option: "--message",
      env: { A: "1" },
    },
  });
  expect(config.notify).toEqual({ command: "notify-send", on: ["waiting", "idle", "error", "exited"] });
});

test("a configuration may begin with a byte order mark and have the line ends of Windows", async () => {
  const { environment } = temporaryHome('\uFEFFtmux_prefix = "x_"\r\nmax_agents = 2\r\n');
  expect((await loadConfig(environment)).config).toMatchObject({ tmux_prefix: "x_", max_agents: 2 });
});

test("a configuration that is wrong is refused with all its mistakes", async () => {
  const { file, environment } = temporaryHome("quick_setupp = true\nmax_agents = -1\nnonsense = 1\n");
  expect(await failureOf(environment)).toMatchObject({
    kind: "config",
    message: `${file}:1: unknown key "quick_setupp"; did you mean "quick_setup"?`,
    output: `${file}:2: max_agents: expected a whole number from 0 to 100000, not -1; for example: max_agents = 8\n${file}:3: unknown key "nonsense"`,
    hint: "to fix it, run fleet config edit",
  });
});

test("a configuration that is no TOML is refused with the place of the mistake", async () => {
  const { file, environment } = temporaryHome("max_agents = 1\ntmux_prefix = ai_\n");
  expect(await failureOf(environment)).toMatchObject({
    kind: "config",
    message: `${file}:2: not TOML at column 15: invalid value; text needs quotes: tmux_prefix = "ai_"`,
    output: undefined,
  });
});

const repositories = `
setup_commands = ["make"]
quick_setup = true
claude_flags = "--model opus"
[repo."~/code/api"]
setup_commands = ["bundle install"]
claude_flags = ["--model", "haiku"]
setup_timeout = "1h"
[repo."/elsewhere"]
quick_setup = false
`;

test("a repository has the values of its table, and the others from the file", async () => {
  const { home, file, environment } = temporaryHome(repositories);
  const loaded = await loadConfig(environment);
  const { config, origins } = configForRepository(loaded, `${home}/code/api`);
  expect(config).toEqual({
    ...loaded.config,
    setup_commands: ["bundle install"],
    claude_flags: ["--model", "haiku"],
    setup_timeout: 3600,
  });
  expect(origins).toMatchObject({
    setup_commands: { kind: "repository", file, table: "~/code/api", line: 6 },
    quick_setup: { kind: "file", line: 3 },
    default_base: { kind: "default" },
  });
});

test("a repository without a table has what the file says", async () => {
  const { home, environment } = temporaryHome(repositories);
  const loaded = await loadConfig(environment);
  for (const root of [undefined, `${home}/code`, `${home}/code/api/sub`]) {
    expect(configForRepository(loaded, root)).toEqual(loaded);
  }
});

test("the environment wins over the table of a repository", async () => {
  const { home, environment } = temporaryHome(repositories);
  const loaded = await loadConfig({ ...environment, AI_FLEET_SETUP_COMMANDS: "", AI_FLEET_QUICK_SETUP: "false" });
  const { config, origins } = configForRepository(loaded, `${home}/code/api`);
  expect(config).toMatchObject({ setup_commands: [], quick_setup: false, claude_flags: ["--model", "haiku"] });
  expect(origins.setup_commands).toEqual({ kind: "environment", variable: "AI_FLEET_SETUP_COMMANDS" });
});

test("a repository is found through symbolic links", async () => {
  const { home, environment } = temporaryHome(repositories);
  mkdirSync(join(home, "disk/api"), { recursive: true });
  symlinkSync(join(home, "disk"), join(home, "code"));
  const { config } = configForRepository(await loadConfig(environment), join(home, "disk/api"));
  expect(config.setup_commands).toEqual(["bundle install"]);
});

test("a home that cannot be made is named", async () => {
  expect(await failureOf({ AI_FLEET_HOME: "/dev/null/fleet" })).toMatchObject({
    kind: "config",
    message: "cannot write /dev/null/fleet: not a directory",
    hint: "to keep everything of fleet in another place, run export AI_FLEET_HOME=DIRECTORY",
  });
});

test("a home that is a file is named", async () => {
  const { home, environment } = temporaryHome();
  writeFileSync(join(home, ".ai_fleet"), "");
  expect((await failureOf(environment)).message).toBe(`cannot write ${home}/.ai_fleet: file already exists`);
});

test("a home in which no file can be made is named", async () => {
  const error = await failureOf({ AI_FLEET_HOME: "/dev/fd" });
  expect(error.message).toStartWith("cannot write /dev/fd/config.toml: ");
  expect(error.hint).toEndWith("run export AI_FLEET_HOME=DIRECTORY");
});

test("a configuration that cannot be read is named", async () => {
  const { file, environment } = temporaryHome();
  mkdirSync(file, { recursive: true });
  expect(await failureOf(environment)).toMatchObject({
    kind: "config",
    message: `cannot read ${file}: it is not a file`,
    hint: `to look at it, run ls -ld ${file}`,
  });
});

test("a link to a configuration that is gone is named, not written through", async () => {
  const { home, file, environment } = temporaryHome();
  mkdirSync(join(home, ".ai_fleet"));
  symlinkSync(join(home, "dotfiles.toml"), file);
  expect(await failureOf(environment)).toMatchObject({
    message: `cannot read ${file}: it is a link to a file that does not exist`,
    hint: `to start afresh, run rm ${file}`,
  });
  expect(readdirSync(home)).toEqual([".ai_fleet"]);
});
