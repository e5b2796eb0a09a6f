import type { FleetCommand } from "../commands/definition.ts";

/** The headings of the help, in the order a user meets them. */
export const groups = ["Start", "Watch", "Steer", "Review", "End", "Setup"] as const;

interface Row {
  /** As typed after `fleet`, with that of its parent: `config show`. */
  readonly name: string;
  /** Other last words of the name. */
  readonly aliases: readonly string[];
  readonly group: (typeof groups)[number];
  /** What it does, in the imperative; lower case, no full stop. */
  readonly summary: string;
  /** For the completion scripts: in no help, never suggested. */
  readonly hidden?: boolean;
}

/** A command that runs. Its definition is loaded when it is needed, for the others cost start-up time. */
export interface LeafRow extends Row {
  readonly load: () => Promise<{ readonly default: FleetCommand }>;
}

/** A name that only has sub-commands. */
export interface FamilyRow extends Row {
  readonly children: CommandTable;
}

export type CommandRow = LeafRow | FamilyRow;

/** Rows by the last word of their name. It has no prototype, so that `fleet constructor` is unknown. */
export type CommandTable = Readonly<Record<string, CommandRow>>;

export const commandTable: CommandTable = tableOf([
  {
    name: "create",
    aliases: [],
    group: "Start",
    summary: "start an agent on a branch and worktree of its own",
    load: () => import("../commands/create.ts"),
  },
  {
    name: "fanout",
    aliases: [],
    group: "Start",
    summary: "start many agents on the same prompt",
    load: () => import("../commands/fanout.ts"),
  },
  {
    name: "multi",
    aliases: [],
    group: "Start",
    summary: "start agents on different tasks",
    load: () => import("../commands/multi.ts"),
  },
  {
    name: "ticket",
    aliases: [],
    group: "Start",
    summary: "start agents for tickets of GitHub, Linear or Jira",
    load: () => import("../commands/ticket.ts"),
  },
  {
    name: "resume",
    aliases: [],
    group: "Start",
    summary: "bring back agents that were stopped or have ended",
    load: () => import("../commands/resume.ts"),
  },
  {
    name: "list",
    aliases: ["ls", "ps"],
    group: "Watch",
    summary: "show what each agent is doing and who needs you",
    load: () => import("../commands/list.ts"),
  },
  {
    name: "logs",
    aliases: [],
    group: "Watch",
    summary: "print the last lines of agents as readable text",
    load: () => import("../commands/logs.ts"),
  },
  {
    name: "diff",
    aliases: [],
    group: "Watch",
    summary: "show all that an agent has changed, committed or not",
    load: () => import("../commands/diff.ts"),
  },
  {
    name: "move",
    aliases: [],
    group: "Steer",
    summary: "move an agent to another machine, or back",
    load: () => import("../commands/move.ts"),
  },
  {
    name: "fetch",
    aliases: [],
    group: "Watch",
    summary: "fetch the work of agents on other machines",
    load: () => import("../commands/fetch.ts"),
  },
  {
    name: "wait",
    aliases: [],
    group: "Watch",
    summary: "wait until agents need you or are done",
    load: () => import("../commands/wait.ts"),
  },
  {
    name: "cost",
    aliases: [],
    group: "Watch",
    summary: "show what agents have used, in tokens and money",
    load: () => import("../commands/cost.ts"),
  },
  {
    name: "metrics",
    aliases: [],
    group: "Watch",
    summary: "print what agents do and use in the text format of Prometheus",
    load: () => import("../commands/metrics.ts"),
  },
  {
    name: "path",
    aliases: [],
    group: "Watch",
    summary: "print the path of an agent's worktree",
    load: () => import("../commands/path.ts"),
  },
  {
    name: "open",
    aliases: [],
    group: "Watch",
    summary: "open the page of fleet serve, or print a link to it",
    load: () => import("../commands/open.ts"),
  },
  {
    name: "cd",
    aliases: [],
    group: "Watch",
    summary: "go to the worktree of an agent",
    load: () => import("../commands/cd.ts"),
  },
  {
    name: "status-line",
    aliases: [],
    group: "Watch",
    summary: "print the numbers for the status line of tmux",
    load: () => import("../commands/status-line.ts"),
  },
  {
    name: "attach",
    aliases: [],
    group: "Steer",
    summary: "enter the session of an agent, or of the next that needs you",
    load: () => import("../commands/attach.ts"),
  },
  {
    name: "prompt",
    aliases: [],
    group: "Steer",
    summary: "send agents a message",
    load: () => import("../commands/prompt.ts"),
  },
  {
    name: "answer",
    aliases: [],
    group: "Steer",
    summary: "show what an agent asks, and answer it",
    load: () => import("../commands/answer.ts"),
  },
  {
    name: "interrupt",
    aliases: [],
    group: "Steer",
    summary: "stop what agents are doing",
    load: () => import("../commands/interrupt.ts"),
  },
  {
    name: "budget",
    aliases: [],
    group: "Steer",
    summary: "show or change what agents may use",
    load: () => import("../commands/budget.ts"),
  },
  {
    name: "exec",
    aliases: [],
    group: "Steer",
    summary: "run a command in the worktrees of agents",
    load: () => import("../commands/exec.ts"),
  },
  {
    name: "test",
    aliases: [],
    group: "Review",
    summary: "run the tests in the worktrees of agents",
    load: () => import("../commands/test.ts"),
  },
  {
    name: "compare",
    aliases: [],
    group: "Review",
    summary: "show attempts beside each other, the best first",
    load: () => import("../commands/compare.ts"),
  },
  {
    name: "merge",
    aliases: [],
    group: "Review",
    summary: "put the work of agents into the branch they came from",
    load: () => import("../commands/merge.ts"),
  },
  {
    name: "pick",
    aliases: [],
    group: "Review",
    summary: "merge the winner of a batch, save and end the others",
    load: () => import("../commands/pick.ts"),
  },
  {
    name: "pr",
    aliases: [],
    group: "Review",
    summary: "open pull requests for agents, or see how they stand",
    load: () => import("../commands/pr.ts"),
  },
  {
    name: "overlap",
    aliases: [],
    group: "Review",
    summary: "show which agents would conflict with each other",
    load: () => import("../commands/overlap.ts"),
  },
  {
    name: "stop",
    aliases: [],
    group: "End",
    summary: "end agents and their processes, keep worktrees and branches",
    load: () => import("../commands/stop.ts"),
  },
  {
    name: "kill",
    aliases: ["rm"],
    group: "End",
    summary: "end agents and remove their worktrees, but never unsaved work",
    load: () => import("../commands/kill.ts"),
  },
  {
    name: "restore",
    aliases: [],
    group: "End",
    summary: "undo a kill: branch, worktree and conversation",
    load: () => import("../commands/restore.ts"),
  },
  {
    name: "prune",
    aliases: [],
    group: "End",
    summary: "show what can go, and remove it with -y",
    load: () => import("../commands/prune.ts"),
  },
  {
    name: "config",
    aliases: [],
    group: "Setup",
    summary: "show, edit or check the configuration",
    children: tableOf([
      {
        name: "config show",
        aliases: [],
        group: "Setup",
        summary: "show every value and where it comes from",
        load: () => import("../commands/config/show.ts"),
      },
      {
        name: "config get",
        aliases: [],
        group: "Setup",
        summary: "print one value",
        load: () => import("../commands/config/get.ts"),
      },
      {
        name: "config set",
        aliases: [],
        group: "Setup",
        summary: "say which line to add to the configuration",
        hidden: true,
        load: () => import("../commands/config/set.ts"),
      },
      {
        name: "config edit",
        aliases: [],
        group: "Setup",
        summary: "open the configuration file in your editor",
        load: () => import("../commands/config/edit.ts"),
      },
      {
        name: "config validate",
        aliases: [],
        group: "Setup",
        summary: "check the configuration without starting anything",
        load: () => import("../commands/config/validate.ts"),
      },
      {
        name: "config path",
        aliases: [],
        group: "Setup",
        summary: "print the path of the configuration file",
        load: () => import("../commands/config/path.ts"),
      },
      {
        name: "config trust",
        aliases: [],
        group: "Setup",
        summary: "accept the settings that a repository brings",
        load: () => import("../commands/config/trust.ts"),
      },
    ]),
  },
  {
    name: "version",
    aliases: [],
    group: "Setup",
    summary: "print the version, with --json all that was built in",
    load: () => import("../commands/version.ts"),
  },
  {
    name: "upgrade",
    aliases: [],
    group: "Setup",
    summary: "replace this program with the newest release, or remove it",
    load: () => import("../commands/upgrade.ts"),
  },
  {
    name: "doctor",
    aliases: [],
    group: "Setup",
    summary: "check what fleet needs, and say how to fix what is missing",
    load: () => import("../commands/doctor.ts"),
  },
  {
    name: "api",
    aliases: [],
    group: "Setup",
    summary: "answer calls of other programs, as lines of JSON",
    load: () => import("../commands/api.ts"),
  },
  {
    name: "skill",
    aliases: [],
    group: "Setup",
    summary: "teach agent CLIs to lead a fleet",
    children: tableOf([
      {
        name: "skill install",
        aliases: [],
        group: "Setup",
        summary: "write the skill where agent CLIs look for skills",
        load: () => import("../commands/skill/install.ts"),
      },
      {
        name: "skill show",
        aliases: [],
        group: "Setup",
        summary: "print the skill",
        load: () => import("../commands/skill/show.ts"),
      },
      {
        name: "skill remove",
        aliases: [],
        group: "Setup",
        summary: "remove the skill",
        load: () => import("../commands/skill/remove.ts"),
      },
    ]),
  },
  {
    name: "hosts",
    aliases: [],
    group: "Setup",
    summary: "other machines for agents, over ssh",
    children: tableOf([
      {
        name: "hosts add",
        aliases: [],
        group: "Setup",
        summary: "get a machine ready for agents",
        load: () => import("../commands/hosts/add.ts"),
      },
      {
        name: "hosts check",
        aliases: [],
        group: "Setup",
        summary: "see what hosts have room for, and what is missing there",
        load: () => import("../commands/hosts/check.ts"),
      },
      {
        name: "hosts list",
        aliases: ["ls"],
        group: "Setup",
        summary: "name the hosts that are known",
        load: () => import("../commands/hosts/list.ts"),
      },
      {
        name: "hosts remove",
        aliases: ["rm"],
        group: "Setup",
        summary: "forget a host",
        load: () => import("../commands/hosts/remove.ts"),
      },
    ]),
  },
  {
    name: "mcp",
    aliases: [],
    group: "Setup",
    summary: "offer the fleet to agents, as tools of the Model Context Protocol",
    load: () => import("../commands/mcp.ts"),
  },
  {
    name: "serve",
    aliases: [],
    group: "Setup",
    summary: "serve a page for the browser, and answer programs over HTTP",
    load: () => import("../commands/serve.ts"),
  },
  {
    name: "completions",
    aliases: [],
    group: "Setup",
    summary: "print the completion script of a shell",
    load: () => import("../commands/completions.ts"),
  },
  {
    name: "help",
    aliases: [],
    group: "Setup",
    summary: "explain a command or a topic",
    load: () => import("../commands/help.ts"),
  },
  {
    name: "__empty-trash",
    aliases: [],
    group: "Setup",
    summary: "give up the worktrees of killed agents whose time is over",
    hidden: true,
    load: () => import("../commands/empty-trash.ts"),
  },
  {
    name: "__outlet",
    aliases: [],
    group: "Setup",
    summary: "let a sandbox reach a few hosts only",
    hidden: true,
    load: () => import("../commands/outlet.ts"),
  },
  {
    name: "__relay",
    aliases: [],
    group: "Setup",
    summary: "lead out of a sandbox to what lets it reach hosts",
    hidden: true,
    load: () => import("../commands/relay.ts"),
  },
  {
    name: "__guard",
    aliases: [],
    group: "Setup",
    summary: "run a command that can change files in a few places only",
    hidden: true,
    load: () => import("../commands/guard.ts"),
  },
  {
    name: "__channel",
    aliases: [],
    group: "Setup",
    summary: "run a command where Nomad has lent a machine",
    hidden: true,
    load: () => import("../commands/channel.ts"),
  },
  {
    name: "__complete",
    aliases: [],
    group: "Setup",
    summary: "print words for the completion scripts",
    hidden: true,
    load: () => import("../commands/complete.ts"),
  },
]);

/** The row that `word` names, by name or alias. */
export function findRow(rows: CommandTable, word: string): CommandRow | undefined {
  return rows[word] ?? Object.values(rows).find((row) => row.aliases.includes(word));
}

/** The rows that the help shows, in its order. */
export function visibleRows(rows: CommandTable): CommandRow[] {
  return Object.values(rows).filter((row) => row.hidden !== true);
}

/** The commands that run, sub-commands in the place of their parent, without the hidden ones. */
export function visibleLeaves(rows: CommandTable): LeafRow[] {
  return visibleRows(rows).flatMap((row) => ("children" in row ? visibleLeaves(row.children) : [row]));
}

/** `show` of `config show`. */
export function lastWord(row: CommandRow): string {
  return row.name.slice(row.name.lastIndexOf(" ") + 1);
}

/** The full names: `list`, `ls`, `ps`. */
export function namesOf(row: CommandRow): string[] {
  const parent = row.name.slice(0, -lastWord(row).length);
  return [row.name, ...row.aliases.map((alias) => parent + alias)];
}

/** A table of these rows. */
export function tableOf(rows: readonly CommandRow[]): CommandTable {
  const byWord: Record<string, CommandRow> = Object.create(null);
  for (const row of rows) byWord[lastWord(row)] = row;
  return byWord;
}
