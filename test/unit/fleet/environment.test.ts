import { expect, test } from "bun:test";
import fc from "fast-check";
import { agentEnvironment, isSettable, serverEnvironment, withDefaults } from "../../../src/fleet/environment.ts";
import { gitLocalVariables } from "../../../src/system/environment.ts";

const markers = [
  ...["AI_FLEET_ID", "AI_FLEET_BRANCH", "AI_FLEET_BATCH", "AI_FLEET_REPO", "AI_FLEET_PORT"],
  ...["CLAUDECODE", "CLAUDE_PID", "CLAUDE_CODE_SESSION_ID", "CLAUDE_CODE_ENTRYPOINT"],
  ...["CLAUDE_CODE_CHILD_SESSION", "CLAUDE_CODE_MESSAGING_TOKEN", "CLAUDE_EFFORT", "AI_AGENT"],
  ...["CODEX_THREAD_ID", "CODEX_SESSION_ID", "CODEX_TOOL_CALL_ID", "CODEX_CI", "CODEX_MANAGED_BY_NPM"],
  ...["GEMINI_CLI", "GEMINI_CLI_NO_RELAUNCH", "QWEN_CODE", "QWEN_CODE_NO_RELAUNCH", "OPENCODE", "OPENCODE_PID"],
  ...["COPILOT_CLI", "COPILOT_AGENT_SESSION_ID", "COPILOT_CLI_BINARY_VERSION", "COPILOT_CLI_RESOLVED_DIST_DIR"],
];
const terminal = [
  ...["TERM", "COLORTERM", "COLUMNS", "LINES", "TMUX", "TMUX_PANE", "STY", "WINDOWID", "SSH_TTY", "GPG_TTY"],
  ...["TERM_PROGRAM", "TERM_SESSION_ID", "ITERM_SESSION_ID", "KITTY_WINDOW_ID", "WEZTERM_PANE", "VTE_VERSION"],
];
const runtime = ["BUN_OPTIONS", "BUN_BE_BUN", "BUN_JSC_useJIT"];
const shell = [
  "ai_fleet_worktree",
  "_",
  "PWD",
  "OLDPWD",
  "SHLVL",
  "IFS",
  "PPID",
  "UID",
  "EUID",
  "SHELLOPTS",
  "BASHOPTS",
];
const kept = [
  ...["PATH", "HOME", "LANG", "LC_ALL", "SSH_AUTH_SOCK", "SSH_CONNECTION", "DISPLAY", "EDITOR", "TMPDIR"],
  ...["AI_FLEET_HOME", "AI_FLEET_TMUX_SOCKET", "AI_FLEET_IDS", "ANTHROPIC_API_KEY", "CLAUDE_CONFIG_DIR"],
  ...["CLAUDE_CODE_USE_BEDROCK", "CODEX_HOME", "IS_SANDBOX", "BUN_INSTALL", "TERMINFO", "TMUX_TMPDIR"],
  ...["GIT_AUTHOR_NAME", "GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL", "MY_TERM", "_HIDDEN"],
];

function environmentOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `value of ${name}`]));
}

test("git's local variables are those of this git, but for settings that git hands on as well", () => {
  const { stdout } = Bun.spawnSync(["git", "rev-parse", "--local-env-vars"]);
  const known = stdout.toString().trim().split("\n");
  expect(known.length).toBeGreaterThan(10);
  expect(known.filter((name) => !gitLocalVariables.includes(name))).toEqual(["GIT_CONFIG_COUNT"]);
});

for (const [what, names] of Object.entries({ markers, terminal, runtime, shell, git: gitLocalVariables })) {
  test(`an agent gets nothing of ${what}`, () => {
    expect(agentEnvironment(environmentOf([...names, "PATH"]))).toEqual(environmentOf(["PATH"]));
  });
}

test("an agent gets what only looks like it", () => {
  expect(agentEnvironment(environmentOf(kept))).toEqual(environmentOf(kept));
});

test("what a shell cannot export is left out", () => {
  const functions = { "BASH_FUNC_nvm%%": "() { :; }", "a-b": "1", "1a": "1", "": "1", "npm.x": "1", é: "1" };
  expect(agentEnvironment({ ...functions, OK_1: "1" })).toEqual({ OK_1: "1" });
});

/** What the real programs were seen to set for `env`, beside their markers. */
test.each([
  ["CLAUDECODE", { GIT_EDITOR: "true" }],
  ["CODEX_CI", { NO_COLOR: "1", PAGER: "cat", GIT_PAGER: "cat", GH_PAGER: "cat" }],
  ["QWEN_CODE", { PAGER: "cat", GIT_PAGER: "cat" }],
  ["OPENCODE", { AGENT: "1" }],
  [
    "GEMINI_CLI",
    {
      ...{ GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", DISPLAY: "" },
      ...{ GIT_CONFIG_COUNT: "2", GIT_CONFIG_KEY_0: "core.hooksPath", GIT_CONFIG_VALUE_0: "" },
      ...{ GIT_CONFIG_KEY_1: "core.pager", GIT_CONFIG_VALUE_1: "cat" },
    },
  ],
  ["COPILOT_CLI", { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "core.fsmonitor", GIT_CONFIG_VALUE_0: "false" }],
])("what the agent with the mark %s sets for its commands is not for the agents that they start", (mark, settings) => {
  const user: Record<string, string> = { PATH: "/bin", EDITOR: "vi" };
  expect(agentEnvironment({ ...user, ...settings, [mark]: "1" })).toEqual(user);
  expect(serverEnvironment({ ...user, ...settings, [mark]: "1" })).toEqual(user);
  expect(agentEnvironment({ ...user, ...settings })).toEqual({ ...user, ...settings });
});

test("inside an agent settings of the user are passed on, those of git among its own with new numbers", () => {
  const git = (...pairs: string[][]) =>
    Object.fromEntries([
      ["GIT_CONFIG_COUNT", String(pairs.length)],
      ...pairs.flatMap(([key, value], n) => [
        [`GIT_CONFIG_KEY_${n}`, key],
        [`GIT_CONFIG_VALUE_${n}`, value],
      ]),
    ]);
  const mine = { PAGER: "less", GIT_CONFIG_GLOBAL: "/home/me/git", DISPLAY: ":0" };
  const pairs = [
    ["core.hooksPath", ""],
    ["safe.directory", "/work"],
    ["core.pager", "cat"],
    ["core.editor", "vi"],
  ];
  expect(agentEnvironment({ ...mine, ...git(...pairs), GEMINI_CLI: "1" })).toEqual({
    ...mine,
    ...git(["safe.directory", "/work"], ["core.editor", "vi"]),
  });
  const odd = { GIT_CONFIG_COUNT: "1e9", GIT_CONFIG_VALUE_7: "x" };
  expect(agentEnvironment({ ...odd, GEMINI_CLI: "1" })).toEqual(odd);
});

test("every other variable is passed on exactly", () => {
  const name = fc.stringMatching(/^MY_[A-Za-z0-9_]{0,8}$/);
  fc.assert(
    fc.property(fc.dictionary(name, fc.string({ unit: "grapheme" })), (mine) => {
      expect(agentEnvironment({ ...mine, ...environmentOf(markers) })).toEqual(mine);
    }),
  );
});

test("a tmux server gets no marker, nothing of git's and nothing of our runtime", () => {
  const dropped = [...markers, ...runtime, ...gitLocalVariables];
  expect(serverEnvironment(environmentOf([...dropped, ...kept]))).toEqual(environmentOf(kept));
});

test("a tmux server gets the terminal, which the client talks to", () => {
  expect(serverEnvironment(environmentOf(terminal))).toEqual(environmentOf(terminal));
});

test("what the caller exports wins over what a repository sets", () => {
  const caller = { PATH: "/bin", EMPTY: "" };
  expect(withDefaults(caller, { env: { PATH: "/nowhere", EMPTY: "full", NEW: "new" } })).toEqual({
    ...caller,
    NEW: "new",
  });
});

test("a repository may set what reaches its agents, and nothing that fleet relies on", () => {
  const relied = [...markers, ...terminal, ...runtime, ...shell, ...gitLocalVariables, "AI_FLEET_HOME", "a-b", ""];
  expect(relied.filter(isSettable)).toEqual([]);
  expect(["GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0"].filter(isSettable)).toEqual([]);
  const refused = /^(?:AI_FLEET_.*|CLAUDE_CONFIG_DIR|CODEX_HOME)$/;
  expect(kept.filter((name) => !isSettable(name))).toEqual(kept.filter((name) => refused.test(name)));
});
