import { parted } from "../api/away.ts";
import { agentsWithLogs, type LogOfAgent, logsAnswer, logsOf, readLogs } from "../api/logs.ts";
import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { addedLines, type LogSource } from "../fleet/watch/logs.ts";
import { watchAgents } from "../fleet/watch/watch-agents.ts";
import { branchPrefix } from "../output/prefix.ts";
import type { AwayAgent } from "../state/away.ts";
import type { AgentEntry } from "../state/entry.ts";
import { type CommandResult, defineFleetCommand, type Invocation } from "./definition.ts";
import { page } from "./pager.ts";
import { branchesOperand, targetOptions, targetsInput, tellOfNobody } from "./targets.ts";

const followMilliseconds = 200;
/** Enough to find the last look again in a screen that scrolled on. */
const followedLines = 2000;

export default defineFleetCommand({
  name: "logs",
  args: {
    branches: branchesOperand,
    lines: { type: "string", alias: "n", valueHint: "N", default: "200", description: "how many of the last lines" },
    follow: { type: "boolean", alias: "f", excludes: ["json"], description: "keep printing what comes" },
    screen: { type: "boolean", description: "what its terminal has shown, instead of what was said" },
    transcript: {
      type: "boolean",
      alias: "t",
      excludes: ["screen"],
      description: "only what was said and done; an error where that cannot be read",
    },
    ...targetOptions,
  },
  details: [
    "What was said, by the agent's own record: the prompts behind >, the replies, and a line for each use of a tool, such as $ npm test. " +
      "Where there is no such record, what its terminal has shown.",
    "On a terminal, what does not fit is shown in your pager ($PAGER, else less), starting at the end.",
    "It works for an agent that has ended or was killed, too. Lines of several agents are prefixed with their branch.",
  ],
  examples: [
    { command: "fleet logs fix-42 -n 1000", explanation: "the last thousand lines" },
    { command: "fleet logs -f fix-42", explanation: "follow an agent, until Ctrl-C" },
    { command: "fleet logs --screen fix-42", explanation: "what the terminal of the agent shows" },
  ],
  async run(args, invocation) {
    const count = lineCount(args.lines);
    const fleet = await invocation.application.openFleet({ looks: true });
    const targets = targetsInput(args, invocation);
    const entries = await agentsWithLogs(fleet, targets);
    if (entries.length === 0) tellOfNobody(invocation.application, targets);
    const wanted: Wanted = { count, source: sourceOf(args) };
    return args.follow === true
      ? follow(fleet, invocation, entries, wanted)
      : print(fleet, invocation, entries, wanted);
  },
});

interface Wanted {
  readonly count: number;
  readonly source: LogSource;
}

interface SourceArguments {
  readonly screen?: boolean | undefined;
  readonly transcript?: boolean | undefined;
}

function sourceOf({ screen, transcript }: SourceArguments): LogSource {
  if (screen === true) return "screen";
  return transcript === true ? "transcript" : "said";
}

function lineCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new FleetError("usage", `-n takes a number of lines, not ${JSON.stringify(text)}`, {
    hint: "see fleet logs --help",
  });
}

async function print(
  fleet: Fleet,
  { application }: Invocation,
  entries: readonly AgentEntry[],
  { count, source }: Wanted,
): Promise<CommandResult> {
  const logs = await readLogs(fleet, entries, count, source);
  if (application.json) {
    application.answerJson(logsAnswer(logs));
    return 0;
  }
  const prefix = branchPrefix(entries.map(({ branch }) => branch));
  for (const { entry, lines } of logs) {
    if (lines.length === 0) application.narration.note(`${entry.branch}: ${nothingKept(source)}`);
  }
  const all = logs.flatMap(({ entry, lines }) => lines.map((line) => prefix(entry.branch) + line));
  await page(application, all);
  for (const { entry, refused } of logs) {
    if (refused.length > 0) application.narration.note(refusedText(entry, refused));
  }
  return 0;
}

async function follow(
  fleet: Fleet,
  { application }: Invocation,
  entries: readonly AgentEntry[],
  { count, source }: Wanted,
): Promise<CommandResult> {
  const prefix = branchPrefix(entries.map(({ branch }) => branch));
  const seen = new Map<string, readonly string[]>();
  const { here, away } = parted(fleet, entries);
  const show = (logs: readonly LogOfAgent[]) => {
    for (const { entry, lines } of logs) {
      if (lines.length === 0 && !seen.has(entry.id))
        application.narration.note(`${entry.branch}: ${nothingKept(source)}`);
      const added = newLines(seen.get(entry.id), lines, count);
      application.answer(added.map((line) => prefix(entry.branch) + line));
      seen.set(entry.id, lines);
    }
  };
  await Promise.all([followHere(fleet, here, source, show), followAway(fleet, away, source, show)]);
  return 0;
}

type Show = (logs: readonly LogOfAgent[]) => void;

async function followHere(fleet: Fleet, entries: readonly AgentEntry[], source: LogSource, show: Show): Promise<void> {
  let open = [...entries];
  if (open.length === 0) return;
  for await (const observations of watchAgents(fleet, () => open, { next: () => ({ every: followMilliseconds }) })) {
    const logs = await logsOf(fleet, observations, followedLines, source);
    show(logs);
    open = logs.filter(({ complete }) => !complete).map(({ entry }) => entry);
  }
}

/** Over one link to each host, which is asked again as soon as it has answered and a moment has passed. */
async function followAway(fleet: Fleet, away: readonly AwayAgent[], source: LogSource, show: Show): Promise<void> {
  if (away.length === 0) return;
  const { followHosts } = await import("../api/across/follow.ts");
  await followHosts(fleet, away, { lines: followedLines, source, show });
}

const mostShown = 10;

function refusedText({ branch }: AgentEntry, refused: readonly string[]): string {
  const more = refused.length > mostShown ? ` and ${refused.length - mostShown} more` : "";
  const places = `${refused.slice(0, mostShown).join(", ")}${more}`;
  return `${branch}: network_allow does not name ${places}; to let new agents go there, run fleet config edit`;
}

function nothingKept(source: LogSource): string {
  return source === "transcript" ? "it has said nothing so far" : "nothing of its screen was kept";
}

/** The first look shows as many of the last lines as were asked for, every later one what came since. */
function newLines(before: readonly string[] | undefined, after: readonly string[], count: number): readonly string[] {
  if (before !== undefined) return addedLines(before, after);
  return count === 0 ? [] : after.slice(-count);
}
