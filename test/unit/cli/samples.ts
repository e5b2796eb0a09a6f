import { type CommandTable, type LeafRow, tableOf, visibleLeaves } from "../../../src/cli/command-rows.ts";
import type { DescribedCommand } from "../../../src/cli/describe.ts";
import { defineFleetCommand, type FleetCommand } from "../../../src/commands/definition.ts";

/** Commands with every kind of argument there is, so that the tests do not depend on what the real ones take today. */
export const create = defineFleetCommand({
  name: "create",
  args: {
    branch: { type: "positional", description: "branch to create, or to adopt when it exists", completes: "branches" },
    prompt: { type: "string", alias: "p", valueHint: "TEXT", description: "first message for the agent" },
    "prompt-file": {
      type: "string",
      valueHint: "FILE",
      description: "file with the first message",
      completes: "files",
    },
    agent: { type: "string", alias: "a", valueHint: "NAME", description: "agent to start", completes: "agents" },
    label: { type: "string", alias: "l", description: "label of the agent", repeatable: true },
    timeout: { type: "string", default: "15m", valueHint: "TIME", description: "how long to wait" },
    setup: { type: "boolean", default: true, description: "do not run the setup commands" },
    attach: { type: "boolean", description: "attach when it is ready" },
    yes: { type: "boolean", alias: "y", description: "do not ask" },
    detach: { type: "boolean", alias: "d", description: "do not wait for the setup" },
  },
  details: [
    "The agent gets a git worktree and a tmux session of its own. What it starts from is the commit that is checked out " +
      "here, unless the branch exists already.",
  ],
  examples: [{ command: 'fleet create fix-42 -p "green it"', explanation: "on a new branch, already working" }],
  run: async () => 0,
});

export const prompt = defineFleetCommand({
  name: "prompt",
  args: {
    branch: { type: "positional", description: "agents to tell it", completes: "targets" },
    message: { type: "positional", description: "what to tell them", variadic: true },
    wait: { type: "boolean", description: "wait for the reply" },
  },
  run: async () => 0,
});

export const list = defineFleetCommand({
  name: "list",
  args: {
    pattern: {
      type: "positional",
      description: "agents to show",
      required: false,
      variadic: true,
      completes: "targets",
    },
    status: {
      type: "enum",
      alias: "s",
      options: ["idle", "working", "error"],
      valueHint: "STATUS",
      description: "only these",
    },
    order: { type: "enum", options: ["age", "cpu"], description: "what comes first" },
  },
  run: async () => 0,
});

export const logs = defineFleetCommand({
  name: "logs",
  args: {
    branch: { type: "positional", description: "agent to read", completes: "targets" },
    lines: { type: "string", alias: "n", valueHint: "N", description: "how many lines" },
    follow: { type: "boolean", alias: "f", description: "go on" },
  },
  run: async () => 0,
});

export const exec = defineFleetCommand({
  name: "exec",
  args: { branch: { type: "positional", description: "where to run it", variadic: true, completes: "targets" } },
  passthrough: "COMMAND...",
  run: async () => 0,
});

export const configShow = defineFleetCommand({ name: "config show", args: {}, run: async () => 0 });

export const completions = defineFleetCommand({
  name: "completions",
  args: { shell: { type: "positional", description: "bash, zsh or fish", completes: ["bash", "zsh", "fish"] } },
  run: async () => 0,
});

const help = defineFleetCommand({
  name: "help",
  args: {
    topic: {
      type: "positional",
      description: "command or topic",
      required: false,
      variadic: true,
      completes: "commands",
    },
  },
  run: async () => 0,
});

export const commands: CommandTable = tableOf([
  leaf(create, "Start", "start an agent on a branch of its own"),
  leaf(list, "Watch", "show what each agent is doing", ["ls", "ps"]),
  leaf(logs, "Watch", "print the last lines of an agent"),
  leaf(prompt, "Steer", "send agents a message"),
  leaf(exec, "Steer", "run a command in worktrees"),
  {
    name: "config",
    aliases: [],
    group: "Setup",
    summary: "show or check the configuration",
    children: tableOf([leaf(configShow, "Setup", "show every value")]),
  },
  leaf(completions, "Setup", "print the completion script of a shell"),
  leaf(help, "Setup", "explain a command or a topic"),
  { ...leaf(list, "Setup", "print words for the completion scripts"), name: "__complete", hidden: true },
]);

export const described: readonly DescribedCommand[] = await Promise.all(
  visibleLeaves(commands).map(async (row) => ({ row, help: (await row.load()).default.help })),
);

function leaf(
  command: FleetCommand,
  group: LeafRow["group"],
  summary: string,
  aliases: readonly string[] = [],
): LeafRow {
  return { name: command.help.name, aliases, group, summary, load: async () => ({ default: command }) };
}
