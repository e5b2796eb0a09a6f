import { expect, test } from "bun:test";
import { overview, renderCommand, renderCommands, renderFamily, renderTopic } from "../../../src/cli/help.ts";
import { topics } from "../../../src/cli/topics.ts";
import type { FleetCommand } from "../../../src/commands/definition.ts";
import { exitCodes } from "../../../src/errors.ts";
import { commands, create, described, exec, list } from "./samples.ts";

test("the overview has ten lines and fits a narrow terminal", () => {
  const lines = overview.trimEnd().split("\n");
  expect(lines).toHaveLength(10);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("the full help lists the commands by group and hides what is hidden", () => {
  expect(renderCommands(commands)).toBe(`\
usage: fleet COMMAND [OPERAND...] [OPTION...]

Start:
  create        start an agent on a branch of its own

Watch:
  list, ls, ps  show what each agent is doing
  logs          print the last lines of an agent

Steer:
  prompt        send agents a message
  exec          run a command in worktrees

Setup:
  config        show or check the configuration
  completions   print the completion script of a shell
  help          explain a command or a topic

Global options:
      --json           answer with one JSON object
  -C, --directory DIR  act as if started in DIR
      --trace          say on standard error what is run
  -h, --help           show the help of the command
  -V, --version        print the version of fleet

Read more:
  fleet help COMMAND     what a command does and takes
  fleet help targets     how to name agents
  fleet help screen      the keys of the screen that fleet alone opens
  fleet help recipes     lines to start from
  fleet help agents      agent CLIs
  fleet help settings    every setting
  fleet help exit-codes  what the exit codes mean
  fleet help trouble     what to do when something goes wrong
  fleet help tickets     how tickets become agents, and what trackers need
  fleet help webhooks    how a label becomes a pull request
  fleet help sandboxes   how agents are confined
  fleet help costs       what is counted of costs, and what holds a budget
  fleet help machines    agents on other machines, over ssh
  fleet help http        how programs talk to fleet serve
  fleet help proxy       reach the page of fleet serve from elsewhere
  fleet help json        what programs can call
`);
});

test("the help of a command shows all that it takes", () => {
  expect(helpOf(create)).toBe(`\
usage: fleet create BRANCH [OPTION...]

Start an agent on a branch of its own.

The agent gets a git worktree and a tmux session of its own. What it starts from
is the commit that is checked out here, unless the branch exists already.

Operands:
  BRANCH  branch to create, or to adopt when it exists

Options:
  -p, --prompt TEXT       first message for the agent
      --prompt-file FILE  file with the first message
  -a, --agent NAME        agent to start
  -l, --label LABEL       label of the agent (may be repeated)
      --timeout TIME      how long to wait (default: 15m)
      --no-setup          do not run the setup commands
      --attach            attach when it is ready
  -y, --yes               do not ask
  -d, --detach            do not wait for the setup

Global options:
      --json           answer with one JSON object
  -C, --directory DIR  act as if started in DIR
      --trace          say on standard error what is run
  -h, --help           show the help of the command

Examples:
  fleet create fix-42 -p "green it"
      on a new branch, already working
`);
});

test("the help of a command names its aliases and the choices of its options", () => {
  const text = helpOf(list);
  expect(text).toStartWith(
    "usage: fleet list [PATTERN...] [OPTION...]\n\nShow what each agent is doing. Also: fleet ls, fleet ps.\n",
  );
  expect(text).toContain("  -s, --status STATUS  only these: idle, working, error\n");
  expect(text).toContain("      --order age|cpu  what comes first\n");
});

test("the usage of a command that runs a program says where the program goes", () => {
  expect(helpOf(exec)).toStartWith("usage: fleet exec BRANCH... -- COMMAND...\n");
});

test("the help of a name with sub-commands lists them", () => {
  const { config } = commands;
  if (config === undefined || !("children" in config)) throw new Error("no sub-commands in the samples");
  expect(renderFamily(config)).toBe(`\
usage: fleet config COMMAND [OPERAND...] [OPTION...]

Show or check the configuration.

Commands:
  config show  show every value

Global options:
      --json           answer with one JSON object
  -C, --directory DIR  act as if started in DIR
      --trace          say on standard error what is run
  -h, --help           show the help of the command
`);
});

test("the topic on exit codes has every exit code there is", () => {
  const topic = topics.find(({ name }) => name === "exit-codes");
  const listed = topic?.lines.map(([code]) => Number(code));
  expect(listed).toEqual([...new Set([0, ...Object.values(exitCodes)])].sort((left, right) => left - right));
});

test("no line of any help is too wide or ends in a blank", () => {
  const texts = [
    renderCommands(commands),
    ...described.map(({ row, help }) => renderCommand(row, help)),
    ...topics.map(renderTopic),
  ];
  for (const line of texts.join("\n").split("\n")) {
    expect(line.length).toBeLessThanOrEqual(80);
    expect(line).toBe(line.trimEnd());
  }
});

function helpOf(command: FleetCommand): string {
  const found = described.find(({ help }) => help === command.help);
  if (found === undefined) throw new Error(`${command.help.name} is not in the samples`);
  return renderCommand(found.row, found.help);
}

test("the licences name every package that the bill of materials finds compiled in", async () => {
  const { renderLicenses } = await import("../../../src/cli/licenses.ts");
  const { billOfMaterials } = await import("../../../scripts/building/bill-of-materials.ts");
  const { components } = JSON.parse(await billOfMaterials(new Date(0)));
  const named = [...renderLicenses().matchAll(/^--- (.*?)(?:, the runtime)? ---$/gm)].map(([, name = ""]) =>
    name.toLowerCase(),
  );
  const missing = components.map(({ name }: { name: string }) => name).filter((name: string) => !named.includes(name));
  expect({ missing, many: components.length > 10 }).toEqual({ missing: [], many: true });
});
