import { expect, test } from "bun:test";
import { loadConfig } from "../../../src/config/load.ts";
import { FleetError } from "../../../src/errors.ts";
import { temporaryHome } from "./home.ts";

async function configWith(variables: Readonly<Record<string, string>>) {
  const { home, environment } = temporaryHome(
    'tmux_prefix = "file_"\nrepo_root = "/srv/repo"\ncredential_files = [".file"]\n',
  );
  const { config, origins } = await loadConfig({ ...environment, ...variables });
  return { config, origins, home };
}

async function failureWith(variables: Readonly<Record<string, string>>): Promise<FleetError> {
  const error = await configWith(variables).catch((reason: unknown) => reason);
  if (!(error instanceof FleetError)) throw new Error("the variables were accepted");
  return error;
}

test("every kind of setting can come from the environment", async () => {
  const { config, home } = await configWith({
    AI_FLEET_REPO_ROOT: "~/code",
    AI_FLEET_WORKTREE_ROOT: "trees",
    AI_FLEET_TMUX_PREFIX: "env_",
    AI_FLEET_TMUX_SOCKET: "$HOME/tmux.sock",
    AI_FLEET_DEFAULT_AGENT: "codecs",
    AI_FLEET_CLAUDE_FLAGS: "--model 'opus 5'",
    AI_FLEET_CODEX_FLAGS: '["--model", "gpt 6"]',
    AI_FLEET_QUICK_SETUP: "1",
    AI_FLEET_SETUP_TIMEOUT: " 1h30m ",
    AI_FLEET_KEEP_KILLED: "3600",
    AI_FLEET_KEEP_TREES: "1m",
    AI_FLEET_MAX_AGENTS: " 7 ",
  });
  expect(config).toMatchObject({
    repo_root: `${home}/code`,
    worktree_root: `${home}/.ai_fleet/trees`,
    tmux_prefix: "env_",
    tmux_socket: `${home}/tmux.sock`,
    default_agent: "codecs",
    claude_flags: ["--model", "opus 5"],
    codex_flags: ["--model", "gpt 6"],
    quick_setup: true,
    setup_timeout: 5400,
    keep_killed: 3600,
    keep_trees: 60,
    max_agents: 7,
  });
});

test("a variable that is set but empty means empty", async () => {
  const { config, origins } = await configWith({
    AI_FLEET_REPO_ROOT: "",
    AI_FLEET_TMUX_PREFIX: "",
    AI_FLEET_TMUX_SOCKET: "",
    AI_FLEET_CLAUDE_FLAGS: "",
    AI_FLEET_CREDENTIAL_FILES: "",
    AI_FLEET_SETUP_COMMANDS: "",
  });
  expect(config).toMatchObject({
    repo_root: "",
    tmux_prefix: "",
    tmux_socket: "",
    claude_flags: [],
    credential_files: [],
    setup_commands: [],
  });
  expect(origins.tmux_prefix).toEqual({ kind: "environment", variable: "AI_FLEET_TMUX_PREFIX" });
});

const lists: readonly (readonly [string, readonly string[]])[] = [
  [".env", [".env"]],
  [".env,config/master.key", [".env", "config/master.key"]],
  ["\n .env \r\n\nconfig/master.key\n", [".env", "config/master.key"]],
  ['[".env", "a,b"]', [".env", "a,b"]],
  ['["a\\/b", "\\ud83d\\ude80"]', ["a/b", "🚀"]],
  [" ['.env', # toml\n 'b',] ", [".env", "b"]],
  ["[]", []],
];

for (const [text, files] of lists) {
  test(`${JSON.stringify(text)} is a list of ${files.length} files`, async () => {
    expect((await configWith({ AI_FLEET_CREDENTIAL_FILES: text })).config.credential_files).toEqual(files);
  });
}

test("commands are separated by line ends alone", async () => {
  const { config } = await configWith({ AI_FLEET_SETUP_COMMANDS: "bundle install\necho a, b && npm ci\n" });
  expect(config.setup_commands).toEqual(["bundle install", "echo a, b && npm ci"]);
});

for (const [text, value] of [
  ["true", true],
  ["false", false],
  ["1", true],
  ["0", false],
] as const) {
  test(`${text} is ${value}`, async () => {
    expect((await configWith({ AI_FLEET_QUICK_SETUP: text })).config.quick_setup).toBe(value);
  });
}

const wrong: readonly (readonly [variable: string, text: string, message: string])[] = [
  ["AI_FLEET_QUICK_SETUP", "yes", 'AI_FLEET_QUICK_SETUP: expected true or false, not "yes"'],
  ["AI_FLEET_QUICK_SETUP", "", 'AI_FLEET_QUICK_SETUP: expected true or false, not ""'],
  ["AI_FLEET_QUICK_SETUP", "toString", 'AI_FLEET_QUICK_SETUP: expected true or false, not "toString"'],
  ["AI_FLEET_MAX_AGENTS", "", 'AI_FLEET_MAX_AGENTS: expected a whole number from 0 to 100000, not ""'],
  ["AI_FLEET_MAX_AGENTS", "0x10", 'AI_FLEET_MAX_AGENTS: expected a whole number from 0 to 100000, not "0x10"'],
  [
    "AI_FLEET_WORKTREE_ROOT",
    "",
    'AI_FLEET_WORKTREE_ROOT: expected a path (absolute, from ~ or $HOME, or relative to the directory of config.toml), not ""',
  ],
  [
    "AI_FLEET_CREDENTIAL_FILES",
    ".env,/etc/passwd",
    'item 2 of AI_FLEET_CREDENTIAL_FILES: expected a path inside the repository, outside of .git, not "/etc/passwd"',
  ],
  [
    "AI_FLEET_CREDENTIAL_FILES",
    '[".env"',
    'AI_FLEET_CREDENTIAL_FILES: expected a list of paths inside the repository, not "[\\".env\\""',
  ],
  [
    "AI_FLEET_CREDENTIAL_FILES",
    "[]\nmax_agents = 1",
    'AI_FLEET_CREDENTIAL_FILES: expected a list of paths inside the repository, not "[]\\nmax_agents = 1"',
  ],
  [
    "AI_FLEET_CLAUDE_FLAGS",
    "--name 'x",
    'AI_FLEET_CLAUDE_FLAGS: expected a line of flags with every quote closed, or a list of words, not "--name \'x"',
  ],
];

for (const [variable, text, message] of wrong) {
  test(`${variable}=${JSON.stringify(text)} is refused`, async () => {
    expect(await failureWith({ [variable]: text })).toMatchObject({
      kind: "config",
      message,
      hint: `to go on without it, run unset ${variable}`,
      output: undefined,
    });
  });
}

test("all variables that are wrong are named at once", async () => {
  const error = await failureWith({
    AI_FLEET_QUICK_SETUP: "yes",
    AI_FLEET_TMUX_PREFIX: "a b",
    AI_FLEET_MAX_AGENTS: "1",
  });
  expect(error.message).toStartWith("AI_FLEET_QUICK_SETUP: ");
  expect(error.output).toBe('AI_FLEET_TMUX_PREFIX: expected at most 32 letters, digits, "_" and "-", not "a b"');
  expect(error.hint).toBe("to go on without them, run unset AI_FLEET_QUICK_SETUP AI_FLEET_TMUX_PREFIX");
});

test("the variables that an agent is given are no settings", async () => {
  const { config } = await configWith({ AI_FLEET_REPO: "/x", AI_FLEET_PORT: "4000", AI_FLEET_ID: "1a2b3c4d" });
  expect(config.repo_root).toBe("/srv/repo");
});
