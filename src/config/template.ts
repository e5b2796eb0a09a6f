import type { Key } from "./key.ts";
import { type Setting, settings, variableOf } from "./keys.ts";
import { abbreviatePath, type Environment, expandPath } from "./paths.ts";
import { agentKeys, hostKeys, notifyKeys, priceKeys, ruleKeys, webhookKeys } from "./table-keys.ts";
import { type RawValue, tomlLine } from "./toml.ts";
import { expectedValue } from "./wording.ts";

const introduction = `\
# Settings of ai-fleet (fleet, flt), written once on the first run. From here on the file is yours.
#
# Every line that begins with "#" and a key shows the default: remove the "#" and change the value.
# A variable of the environment wins over this file: ${variableOf("tmux_prefix")} for tmux_prefix, and so on for every key.
#
# After a change:                   fleet config validate
# Where each value comes from:      fleet config show
`;

const sectionTitles: Readonly<Record<Setting["section"], string>> = {
  places: "Places. A relative path starts at the directory of this file; ~ and $HOME are your home.",
  agents: "Agents. Flags are split into words as a shell would, or given as a list of words.",
  worktrees: "New worktrees. Credential files, directories and commands are usually set per repository, see below.",
  tests: "Tests of what agents have made. They are usually set per repository, see below.",
  forges: "Pull requests.",
  tickets: "Tickets. See fleet help tickets.",
  server: "The server (fleet serve).",
  tmux: "tmux.",
  sandboxes: "Sandboxes and hard caps. fleet doctor says which work here.",
  limits: "Limits.",
};

const repositoryExamples = `\
# Values for one repository, which win over the ones above and over its own .ai_fleet.toml. All keys of "Agents",
# "New worktrees" and "Tests" can stand here but setup_parallel and ports_per_agent. Commands run in the worktree; use
# && to chain them. Three examples:

# Rails
#[repo."~/code/my-rails-app"]
#credential_files = [
#  "config/master.key",
#  "config/credentials/development.key",
#  ".env",
#  ".env.local",
#]
#setup_commands = [
#  "bundle install",
#  "npm install",
#  "RAILS_ENV=test bundle exec rails db:create db:migrate",
#  "RAILS_ENV=test bundle exec rails assets:precompile",
#]
#quick_setup = true

# Node.js
#[repo."~/code/my-node-app"]
#credential_files = [".env", ".env.local"]
#clone_directories = ["node_modules"]
#setup_commands = ["npm install", "npm run build"]

# Python
#[repo."~/code/my-python-app"]
#credential_files = [".env", "secrets.json"]
#setup_commands = ["uv sync", "python manage.py migrate"]
#setup_timeout = "1h30m"
`;

/** The text of `config.toml` on the first run: all keys with their defaults, and examples. All of it is comments: it sets nothing. */
export function firstRunText(environment: Environment): string {
  const sections = Object.entries(sectionTitles).map(([section, title]) => {
    const members = Object.entries(settings).filter(([, setting]) => setting.section === section);
    return [`# ${title}\n`, ...members.map(([name, key]) => keyText(name, key, defaultAsShown(key, environment)))].join(
      "\n",
    );
  });
  return [
    introduction,
    ...sections,
    repositoryExamples,
    tableText("agents.mine", "An agent that fleet does not know, here for --agent mine.", agentKeys),
    tableText("hosts.gpu1", "Another machine for agents, which fleet hosts add gpu1 has prepared.", hostKeys),
    tableText("notify", "A command to run when an agent needs you.", notifyKeys),
    tableText("webhooks", "Agents that trackers start through fleet serve. See fleet help webhooks.", webhookKeys),
    tableText("[webhooks.rules]", "What starts what; the first that fits counts.", ruleKeys),
    tableText(
      'prices."qwen-3.5-coder"',
      "What a model costs that fleet does not know, or that costs you less.",
      priceKeys,
    ),
  ].join("\n");
}

function tableText(heading: string, purpose: string, keys: Readonly<Record<string, Key>>): string {
  const lines = Object.entries(keys).map(([name, key]) => keyText(name, key, key.example));
  return `# ${purpose}\n#[${heading}]\n${lines.join("")}`;
}

function keyText(name: string, key: Key, value: RawValue): string {
  const closed = key.kind.type === "choice" || key.kind.type === "choices";
  return `# ${key.purpose}${closed ? `: ${expectedValue(key.kind)}` : ""}.\n#${tomlLine(name, value)}\n`;
}

function defaultAsShown({ kind, example, default: value }: Setting, environment: Environment): RawValue {
  if (kind.type !== "text" || typeof value !== "string") return value;
  // To unset it is the default; only an example says what it is for.
  if (kind.form === "place or nothing") return example;
  return kind.form === "place" ? abbreviatePath(expandPath(value, environment), environment) : value;
}
