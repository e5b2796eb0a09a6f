import { settings } from "../config/keys.ts";
import { agentKeys, notifyKeys } from "../config/table-keys.ts";
import type { Line } from "./text.ts";

/** What `fleet help agents` says. */
export const agentParagraphs: readonly string[] = [
  "fleet starts the agent CLIs below, which must be installed and logged in, and any other that a table [agents.NAME] of config.toml describes. " +
    "fleet doctor says which are there. Those that fleet knows say what they are doing, take prompts while they work, and go on with their conversation after a stop; of one that you describe, fleet only knows that it runs.",
  "They never ask for permission unless you say so, since nobody can watch that many sessions: claude_flags and codex_flags in config.toml. A worktree keeps agents out of each other's files but is no sandbox: see fleet help sandboxes.",
];

/** The table of `fleet help agents`. */
export const agentLines: readonly Line[] = [
  ["claude", "Claude Code, the default"],
  ["codex, codecs", "OpenAI Codex CLI"],
  ["gemini", "Gemini CLI"],
  ["opencode", "opencode"],
  ["qwen", "Qwen Code"],
  ["copilot", "GitHub Copilot CLI"],
  ["demo", "built in, without a model: work 10, ask QUESTION?, fail 3; it notes and commits anything else"],
  ["claude:3,codex:2", "with fleet fanout: several of each"],
  ...Object.entries(agentKeys).map(([name, { purpose }]): Line => [`[agents.NAME] ${name}`, sentence(purpose)]),
];

/** What `fleet help settings` says. */
export const configParagraphs: readonly string[] = [
  "~/.ai_fleet/config.toml is yours: the first run writes it with every key, and fleet never writes to it again. fleet config edit opens it, fleet " +
    "config show says which value applies and where it comes from, fleet config validate checks it and what it points at.",
  "What you say wins over what a repository brings: an option, then an environment variable (AI_FLEET_MAX_AGENTS for max_agents), a table " +
    '[repo."~/code/shop"], the file .ai_fleet.toml of the repository once you have accepted it, the rest of config.toml, the default.',
];

/** The table of `fleet help settings`: every key. */
export const configLines: readonly Line[] = [
  ...Object.entries(settings).map(([name, { purpose }]): Line => [name, sentence(purpose)]),
  ...Object.entries(notifyKeys).map(([name, { purpose }]): Line => [`[notify] ${name}`, sentence(purpose)]),
];

/** What `fleet help recipes` says. */
export const recipeParagraphs: readonly string[] = ["Each command has its own help: fleet help COMMAND."];

/** The recipes of `fleet help recipes`, line by line. */
export const recipes: readonly string[] = [
  "# best of five, tested, merged, the others saved",
  'fleet fanout 5 auth -p "refactor the login" --test "npm test" --pick',
  "",
  "# the same by hand",
  'fleet fanout 3 auth --agent claude:2,codex -p "refactor the login"',
  'fleet wait auth && fleet compare auth --test "npm test"',
  "fleet diff auth-A1 auth-A3",
  "fleet pick auth-A3",
  "",
  "# a sprint from tickets, and back to them",
  "fleet ticket --query 'is:open label:agent' --limit 5",
  "fleet pr --all && fleet ticket --sync",
  "",
  "# who needs me, without looking",
  "set -ag status-right ' #(fleet status-line)'       # in ~/.tmux.conf",
  "",
  "# in CI: the reply on stdout, an honest exit code, the work pushed",
  "fleet create fix --prompt-file task.md --wait --commit --push --rm",
  "",
  "# after a reboot",
  "fleet resume --all",
];

function sentence(purpose: string): string {
  return purpose.replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase());
}
