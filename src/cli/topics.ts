import { operations } from "../api/table.ts";
import { keys } from "../commands/screen/manual.ts";
import { costLines, costParagraphs, costRecipe } from "./costs.ts";
import { agentLines, agentParagraphs, configLines, configParagraphs, recipeParagraphs, recipes } from "./guides.ts";
import { httpLines, httpParagraphs } from "./http.ts";
import { hostLines, hostParagraphs } from "./machines.ts";
import { proxyLines, proxyParagraphs, proxyRecipe } from "./proxies.ts";
import { type Line, plain } from "./text.ts";
import { ticketLines, ticketParagraphs } from "./tickets.ts";
import { troubles } from "./trouble.ts";
import { webhookLines, webhookParagraphs, webhookRecipe } from "./webhooks.ts";

/** Something to know that belongs to no single command: `fleet help NAME`. */
export interface Topic {
  readonly name: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
  readonly lines: readonly Line[];
  /** The labels of its lines are phrases, not words to type. */
  readonly prose?: true;
  /** Lines to be copied as they are. */
  readonly recipe?: readonly string[];
}

export const topics: readonly Topic[] = [
  {
    name: "targets",
    title: "how to name agents",
    paragraphs: [
      "Where a command takes BRANCH, give it one or more of these. A word is tried as the name of a branch, then as a pattern, " +
        "then as the name of a batch. What matches nothing is an error.",
      "Patterns, batches and --all keep to the repository they are used in. If they would end agents that are working, " +
        "fleet asks once on a terminal, unless -y is given; for exact names it does not ask.",
    ],
    lines: [
      ["fix-42", "the agent on exactly this branch"],
      ["'auth-*'", "all whose branch matches; quoted, or the shell may take the pattern"],
      ["auth", "all agents of the batch with this name"],
      ["--batch NAME", "all agents of the batch, also when a branch has its name"],
      ["--all", "all agents"],
      ["-A, --all-repos", "all of these, in every repository"],
      ["-C, --directory DIR", "all of these, in the repository of DIR"],
    ],
  },
  {
    name: "screen",
    title: "the keys of the screen that fleet alone opens",
    paragraphs: [
      "On a terminal, fleet shows the agents of this repository, those first that need you; fleet list --watch NAMES shows only some. What the " +
        "keys say is done to the agent under the cursor, or to all that are marked. When you quit, only the agents keep running.",
    ],
    lines: keys,
  },
  { name: "recipes", title: "lines to start from", paragraphs: recipeParagraphs, lines: [], recipe: recipes },
  { name: "agents", title: "agent CLIs", paragraphs: agentParagraphs, lines: agentLines },
  { name: "settings", title: "every setting", paragraphs: configParagraphs, lines: configLines },
  {
    name: "exit-codes",
    title: "what the exit codes mean",
    paragraphs: ["What fleet exits with. The numbers do not change between versions."],
    lines: [
      ["0", "done; an empty list is done"],
      ["1", "could not be done, or not for all"],
      ["2", "wrong usage or configuration; nothing was started"],
      ["3", "a program that is needed is missing or too old; nothing was started"],
      ["70", "a bug in fleet"],
      ["124", "the time given with --timeout ran out"],
      ["130", "interrupted (Ctrl-C), after tidying up"],
      ["143", "terminated, after tidying up"],
    ],
  },
  {
    name: "trouble",
    title: "what to do when something goes wrong",
    prose: true,
    paragraphs: [
      "What happened, what you see of it, and what to do. Most of it is also said where it happens; fleet doctor looks for the rest.",
      "To see what a command does, add --trace: every program that it runs is a line on standard error, or, with AI_FLEET_TRACE=FILE, in that file, with time, exit code and directory, and without prompts and secrets.",
    ],
    lines: troubles.map(
      ({ happened, seen, remedy }): Line => [plain(happened), plain(`You see: ${seen}. Do: ${remedy}.`)],
    ),
  },
  {
    name: "tickets",
    title: "how tickets become agents, and what trackers need",
    prose: true,
    paragraphs: ticketParagraphs,
    lines: ticketLines,
  },
  {
    name: "webhooks",
    title: "how a label becomes a pull request",
    paragraphs: webhookParagraphs,
    lines: webhookLines,
    recipe: webhookRecipe,
  },
  {
    name: "sandboxes",
    title: "how agents are confined",
    prose: true,
    paragraphs: [
      "An agent that never asks can do whatever you can. With --sandbox, or sandbox in the configuration, it runs in a sandbox and stays in it over stop, resume and restore; setup commands, fleet exec and fleet test run in there too (with --outside they do not). fleet doctor says which kinds work on this machine: all are made of what Linux has, and on macOS there is neither a sandbox nor a cap.",
      "When to: a write-guard always, since it costs nothing. bubblewrap or a container where agents read what strangers wrote (tickets, pages, packages), where secrets lie on the machine, or where nobody watches. Caps where many agents share a machine. fleet requires none by itself; one that is set is required: where it does not work, or a cap is not kept, no agent starts.",
      "A write-guard (Linux 5.13 and newer) keeps an agent from changing files anywhere but in its worktree, its own home as its CLI has it (its settings among it), caches, temporary files and what sandbox_mounts names with :rw; hooks and settings of the repository are out of its reach. It costs nothing and disturbs little. It is a guard against mistakes and no sandbox: reading, the network, sockets (docker, tmux) and modes of files are not covered, nor are other branches of the repository: one that was moved while it ran, and not in a checkout of it, is named by the next command that looks, with the line that puts it back. sudo does not work in it.",
      "In bubblewrap an agent sees the system's programs and settings, the programs on your PATH (with the lib, libexec and versions beside them), its worktree, and of your home nothing but what sandbox_mounts names. It has a home of its own, with links to that and a copy of its login (one that its CLI renews comes back), no process but its own, its own /tmp, and no capabilities. It sees the variables that you have exported, secrets included.",
      "Podman and docker show the same in a container: this machine's own programs on a file system that is read-only, or those of sandbox_image, which then needs git, sh and the agent. An engine keeps it to its caps itself, and fleet reads them back from the kernel; what fleet exec runs has a container and caps of its own. Nothing of it outlives its terminal, and fleet list --repair removes containers that were left behind.",
      'With network = "proxy" an agent has no network but a proxy, which the variables that programs know name (HTTPS_PROXY and the like), and that lets it reach the hosts in network_allow alone; what it refused is shown by fleet logs. A program that does not use proxies reaches nothing. Behind a proxy of your own (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY in your environment) it goes through that; one of SOCKS is refused at the start, with what to put in its place. Its helpers count towards its caps: some 80 MB of memory.',
      "Its git has its own refs and objects on top of the repository's. What it commits is taken over by the next fleet command that looks at it, as a fetch would, to its own branch, and to one that it has made and is on; other branches, hooks, settings and other worktrees are out of its reach. Whoever runs git in its worktree by hand sees its commits after that.",
      "Caps hold with and without a sandbox, by a slice of systemd for each agent where systemd runs the machine (with cgroup v2; no root needed), else by cgroups that fleet makes below its own; both go with the agent. They are read back before the start: one that the kernel does not keep is an error. An agent whose memory is used up shows error: out of memory until its next prompt. The disk has no cap.",
      "[notify] of an agent in bubblewrap or a container runs when it has exited alone, for inside it would reach nobody.",
      'Not covered: what it reaches and sends over the network, at 169.254.169.254 the secrets of a machine in a cloud (network = "proxy" leaves it what network_allow names; "none" leaves it none, and no model either), abstract sockets while it has the network, the disk it fills, and mistakes of the kernel.',
    ],
    lines: [
      [plain("sandbox, --sandbox"), plain("none, write-guard, bubblewrap, podman or docker (all on Linux)")],
      [plain("network, --network"), plain("full, proxy (only what network_allow names) or none")],
      [plain("memory_limit, --memory"), plain("512M, 4G: with all it starts, swap included")],
      [plain("cpu_limit, --cpus"), plain("cores: 2, 0.5")],
      [plain("pids_limit, --pids"), plain("processes and threads")],
      [
        plain("network_allow"),
        plain('["api.anthropic.com", "*.github.com", "example.com:8443"]; ports 80 and 443 unless given'),
      ],
      [plain("sandbox_image"), plain("what containers are made from; this machine's programs unless set")],
      [plain("sandbox_mounts"), plain('what else is seen: ["~/.rustup", "~/.cache/pip:rw"]')],
    ],
  },
  {
    name: "costs",
    title: "what is counted of costs, and what holds a budget",
    paragraphs: costParagraphs,
    lines: costLines,
    recipe: costRecipe,
  },
  {
    name: "machines",
    title: "agents on other machines, over ssh",
    prose: true,
    paragraphs: hostParagraphs,
    lines: hostLines,
  },
  {
    name: "http",
    title: "how programs talk to fleet serve",
    paragraphs: httpParagraphs,
    lines: httpLines,
  },
  {
    name: "proxy",
    title: "reach the page of fleet serve from elsewhere",
    paragraphs: proxyParagraphs,
    lines: proxyLines,
    recipe: proxyRecipe,
  },
  {
    name: "json",
    title: "what programs can call",
    paragraphs: [
      'Every command answers --json with one object, {"version":1, ...}; an error is {"version":1,"error":{"kind","code","message","hint"}}, with ' +
        '"output" where another program or a list says more. What is ' +
        "asked but unknown is null, what does not apply is absent.",
      "The operations below can be called through fleet api, many in one process; fleet api schema prints the JSON Schema of their input and answer.",
    ],
    lines: Object.entries(operations).map(([name, { summary }]): Line => [name, summary]),
  },
];
