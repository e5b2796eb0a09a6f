import type { ShownAgent } from "../api/agents.ts";
import { type Look, listAnswer, look, type View } from "../api/list.ts";
import { FleetError } from "../errors.ts";
import { currentRepositoryRoot, type Fleet } from "../fleet/fleet.ts";
import { abandonOperations } from "../fleet/operations/abandon.ts";
import { settleDeadOperations } from "../fleet/operations/settle.ts";
import { statusWords } from "../fleet/watch/status.ts";
import { wantsColour } from "../output/colour.ts";
import { oneLine } from "../output/text.ts";
import { isTerminal, terminalColumns } from "../system/terminal.ts";
import type { Application } from "./application.ts";
import { defineFleetCommand } from "./definition.ts";
import { canShowScreen } from "./home.ts";
import { formatted, type SortKey, sorted, sortKeys } from "./list-order.ts";
import { agentTable, batchTables, type ColumnName, columnNames, footer, type TableStyle } from "./list-view.ts";
import { quotaLine } from "./quota-view.ts";
import { silences } from "./silences.ts";
import { branchesOperand } from "./targets.ts";

export default defineFleetCommand({
  name: "list",
  args: {
    patterns: {
      ...branchesOperand,
      valueHint: "PATTERN",
      description: "names, globs or batches; else all agents here",
    },
    grouped: { type: "boolean", alias: "g", description: "by batch, with totals" },
    watch: {
      type: "boolean",
      alias: "w",
      excludes: ["json", "quiet", "format"],
      description: "a screen with keys, until q: attach, answer, diff, kill",
    },
    status: { type: "enum", options: [...statusWords], description: "only agents in this status" },
    quiet: { type: "boolean", alias: "q", description: "names only" },
    "all-repos": { type: "boolean", alias: "A", description: "agents of all repositories" },
    repair: { type: "boolean", description: "make registry, sessions, worktrees and processes agree first" },
    abandon: {
      type: "string",
      valueHint: "NAME",
      needs: ["repair"],
      description: "give up what a machine, or one operation, left half done",
    },
    "dry-run": { type: "boolean", needs: ["repair"], description: "only show what it would do" },
    cost: { type: "boolean", description: "what each has cost; + means at least, ~ covered by a subscription" },
    overlap: { type: "boolean", description: "who has changed the same files, and would conflict" },
    pss: { type: "boolean", description: "count shared memory once, not for each process" },
    fresh: { type: "boolean", description: "count every change in the worktrees, however long that takes" },
    columns: {
      type: "string",
      valueHint: "NAMES",
      description: "only these columns, in this order: branch,status,why",
    },
    sort: { type: "enum", options: sortKeys, description: "instead of by who needs you" },
    format: {
      type: "string",
      valueHint: "TEXT",
      description: "a line for each agent, with {{branch}} and other keys of --json",
    },
  },
  details: [
    "Who needs you comes first, marked with !. CPU and MEM are of the agent and all its processes; 100% is one core, and ~ marks the average since " +
      "it started, at a first look. AHEAD counts the " +
      "commits on its branch, CHANGES what is different from where it started, committed or not. WHY has the last words of an idle agent. " +
      "On a narrow terminal the columns that tell the least are dropped.",
    "OVERLAP counts unsaved work, and holds each agent against all of its repository: conflict auth-A2 +1 are two that it would conflict with, " +
      "same files auth-A2 is one that merges cleanly. The files are in fleet overlap. Needs git 2.38.",
    `The columns are ${columnNames.join(", ")}.`,
    "Colours are those of your terminal; NO_COLOR, CLICOLOR and FORCE_COLOR are obeyed.",
    "The keys of the screen that --watch opens are in fleet help screen.",
  ],
  examples: [
    { command: "fleet list", explanation: "the agents of this repository" },
    { command: "fleet list --grouped", explanation: "by batch, with CPU and memory in total" },
    { command: "fleet list 'auth-*' --status idle -q", explanation: "names of those that are done, for a script" },
    { command: "fleet list --format '{{branch}}\\t{{status}}'", explanation: "what a script needs, a line each" },
  ],
  async run(args, { application, operands }) {
    const fleet = await application.openFleet({ looks: true });
    const isAllRight = await putRight(application, fleet, args);
    const style = { columns: chosenColumns(args.columns), colour: wantsColour(application.environment) };
    const isAsked = (name: "cost" | "overlap") => args[name] === true || style.columns?.includes(name) === true;
    const view: View = {
      targets: [...operands],
      grouped: args.grouped === true,
      all: false,
      all_repositories: args["all-repos"] === true,
      except: [],
      status: args.status,
      pss: args.pss === true,
      fresh: args.fresh === true,
      cost: isAsked("cost"),
      overlap: isAsked("overlap"),
      hosts: true,
      repository: await currentRepositoryRoot(fleet, { everywhere: args["all-repos"] === true }),
    };
    if (args.watch === true) return watchAgents(application, fleet, { view, style, order: args.sort });
    const seen = await look(fleet, view);
    const { elsewhere, warnings, hosts } = seen;
    const agents = sorted(seen.agents, args.sort);
    warn(application, [...warnings, ...silences(hosts)]);
    if (application.json) {
      application.answerJson(listAnswer({ ...seen, agents }, view));
    } else if (args.format !== undefined) {
      application.answer(formatted(agents, args.format));
    } else if (args.quiet === true) {
      application.answer(agents.map(({ entry }) => entry.branch));
    } else {
      application.answerPainted(
        tableLines(agents, view, { ...style, width: isTerminal(1) ? terminalColumns() : undefined }),
      );
      const below = footer(agents, {
        elsewhere,
        status: args.status,
        width: terminalColumns(),
        repository: view.repository,
      });
      for (const line of [...below, ...quotaLines(seen)]) application.narration.note(line);
    }
    return isAllRight ? 0 : 1;
  },
});

interface RepairArguments {
  readonly repair?: boolean | undefined;
  readonly abandon?: string | undefined;
  readonly "dry-run"?: boolean | undefined;
}

/** Settles what was left half done, and with `--repair` all the rest. Says whether all could be looked at and put right. */
async function putRight(application: Application, fleet: Fleet, args: RepairArguments): Promise<boolean> {
  const { repair = false, abandon, "dry-run": dryRun = false } = args;
  if (abandon !== undefined) for (const line of abandonOperations(fleet, abandon)) application.narration.note(line);
  await settleDeadOperations(fleet);
  if (!repair) return true;
  // Hardly any list repairs, so none waits for what does.
  const [{ repairFleet }, { repairLines }] = await Promise.all([
    import("../fleet/operations/repair/repair.ts"),
    import("./repair-view.ts"),
  ]);
  const repaired = await repairFleet(fleet, dryRun);
  for (const line of repairLines(repaired, dryRun)) application.narration.note(line);
  return repaired.untouched.length + repaired.failed.length === 0;
}

function warn({ narration }: Application, warnings: readonly string[]): void {
  for (const warning of warnings) narration.warning(oneLine(warning));
}

function quotaLines({ quotas }: Look): string[] {
  return quotas.map(({ agent, quota }) => quotaLine(agent, quota, new Date()));
}

function tableLines(agents: readonly ShownAgent[], { grouped }: View, style: TableStyle): string[] {
  if (agents.length === 0) return [];
  return grouped ? batchTables(agents, style) : agentTable(agents, style);
}

/** The columns that a list of words names. Throws FleetError `usage` for one that is not there. */
function chosenColumns(text: string | undefined): readonly ColumnName[] | undefined {
  return text?.split(",").map((word) => {
    const name = columnNames.find((known) => known === word.trim().toLowerCase());
    if (name !== undefined) return name;
    throw new FleetError("usage", `there is no column ${JSON.stringify(word.trim())}`, {
      hint: `the columns are ${columnNames.join(", ")}`,
    });
  });
}

/** How agents are to be shown for as long as somebody looks. */
interface Watching {
  readonly view: View;
  readonly style: Omit<TableStyle, "width">;
  readonly order: SortKey | undefined;
}

/** The screen is loaded only here: no other list waits for it. */
async function watchAgents(application: Application, fleet: Fleet, { view, style, order }: Watching): Promise<0> {
  if (!canShowScreen(application.environment)) {
    const { TERM = "" } = application.environment;
    const what = isTerminal(0) && isTerminal(1) ? `a terminal that can be drawn on, not TERM=${TERM}` : "a terminal";
    throw new FleetError("usage", `--watch needs ${what}`, { hint: "to look once, run fleet list" });
  }
  const { openScreen } = await import("./screen/screen.ts");
  await openScreen(application, fleet, { view, style, arrange: (agents) => sorted(agents, order) });
  return 0;
}
