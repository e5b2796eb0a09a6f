import { fanoutRequests } from "../api/fanout.ts";
import { FleetError } from "../errors.ts";
import { largestFanout } from "../fleet/choose/fanout.ts";
import { mixedAgents } from "../fleet/choose/mixed-agents.ts";
import type { launchTickets } from "../fleet/tickets/launch.ts";
import { shellWord } from "../system/shell.ts";
import { budgetOption } from "./budget-option.ts";
import { defineFleetCommand } from "./definition.ts";
import { hostOption, launchOptions, promptOptions } from "./launch.ts";
import { launchAsAsked } from "./launch-as-asked.ts";
import { withPrompt } from "./prompt-source.ts";
import { requireReports, runRace } from "./race.ts";
import { pullAsked, raceOptions } from "./race-options.ts";
import { sandboxOptions } from "./sandbox-options.ts";
import { readWaiting, waitDetails, waitOptions } from "./waiting.ts";

export default defineFleetCommand({
  name: "fanout",
  args: {
    count: { type: "positional", valueHint: "N", description: `how many agents, 1 to ${largestFanout}` },
    prefix: {
      type: "positional",
      required: false,
      valueHint: "PREFIX",
      description: "branches are PREFIX-A1 to PREFIX-AN; else fanout-ID-A1 ...",
    },
    ...promptOptions,
    agent: {
      type: "string",
      alias: "a",
      valueHint: "NAME[:COUNT],...",
      completes: "agents",
      description: "which agents, and how many of each",
    },
    "when-quota": {
      type: "boolean",
      excludes: ["wait"],
      description: "start as many as the quota allows, and the others later",
    },
    continue: { type: "boolean", description: "continue the numbering of existing branches" },
    host: { ...hostOption, excludes: ["when-quota"] },
    ...launchOptions,
    ...waitOptions,
    pick: {
      type: "boolean",
      // A race waits by itself, and what becomes of its agents is its own business.
      excludes: ["detach", "when-quota", "wait", "timeout", "commit", "message", "push", "rm", "json"],
      description: "wait for all, merge the best, save and end the others",
    },
    test: { ...raceOptions.test, needs: ["pick"] },
    report: { ...raceOptions.report, needs: ["pick"] },
    pr: { ...raceOptions.pr, needs: ["pick"] },
    draft: raceOptions.draft,
    reviewer: raceOptions.reviewer,
    label: raceOptions.label,
    junit: {
      ...waitOptions.junit,
      needs: ["wait", "pick"],
      description: "write a JUnit report, of the agents or of their tests",
    },
  },
  details: [
    "All agents get the same prompt and form a batch, named by the prefix or by a new id: it works as a target everywhere. When one " +
      "cannot be made the others are; it is named with its cause and the exit code is 1.",
    "With --when-quota the command stays in the foreground until all are started: each agent is assumed to need a tenth of what its account may use in a window, and the last tenth is left alone. Only Codex records its quota; other agents start at once.",
    waitDetails,
  ],
  examples: [
    { command: 'fleet fanout 5 --prompt "refactor auth"', explanation: "five agents on one task" },
    {
      command: 'fleet fanout 5 auth-refactor --prompt "refactor auth"',
      explanation: "with branches auth-refactor-A1 to A5",
    },
    { command: `fleet fanout 5 --prompt "fix #42" --test "npm test" --pick`, explanation: "the best of five, merged" },
    { command: "fleet fanout 5 auth --agent claude:3,codex:2 --prompt-file task.md", explanation: "different agents" },
  ],
  async run(args, invocation) {
    const { application } = invocation;
    const count = agentCount(args.count, args.prefix);
    requireReports(application, args);
    const waiting =
      args.pick === true ? undefined : readWaiting(application, args, { command: "fanout", prompted: true });
    // Wrong numbers are said before a prompt is written in an editor.
    mixedAgents(args.agent, count);
    const budget = budgetOption(args.budget);
    const sandbox = sandboxOptions(args);
    const fleet = await application.openFleet();
    return withPrompt(application, args, async (prompt) => {
      const family = {
        count,
        prefix: args.prefix,
        prompt: requirePrompt(prompt, count, args.prefix),
        agents: args.agent,
        from: args.from,
        batch: args.batch,
        budget,
        sandbox,
        continue: args.continue === true,
        quick: args.quick === true,
        raw: args.raw === true,
      };
      const requestsFor = (taken?: readonly string[]) => fanoutRequests(fleet, family, taken);
      if (args.pick === true && args["dry-run"] !== true) {
        return runRace(application, fleet, requestsFor, { ...args, ...pullAsked(args, invocation) });
      }
      const launch = args["when-quota"] === true ? await quotaLaunch() : undefined;
      return launchAsAsked(application, fleet, requestsFor, { ...args, waiting, launch });
    });
  },
});

/** Throws FleetError `usage` when there is none: agents that do not know what to do cannot race. */
function requirePrompt(prompt: string | undefined, count: number, prefix: string | undefined): string {
  if (prompt !== undefined) return prompt;
  const hint = `to give one, run fleet fanout ${count}${prefix === undefined ? "" : ` ${shellWord(prefix)}`} -p PROMPT`;
  throw new FleetError("usage", "fanout needs a prompt", { hint });
}

async function quotaLaunch(): Promise<typeof launchTickets> {
  const { launchWhenQuota } = await import("../fleet/operations/create/when-quota.ts");
  return launchWhenQuota;
}

function agentCount(text: string, prefix: string | undefined): number {
  const count = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= largestFanout) return count;
  throw new FleetError("usage", `N is a number of agents from 1 to ${largestFanout}, not ${JSON.stringify(text)}`, {
    hint: isSwapped(text, prefix)
      ? `the number comes first: fleet fanout ${prefix} ${text} -p PROMPT`
      : "see fleet fanout --help",
  });
}

function isSwapped(text: string, prefix: string | undefined): boolean {
  return prefix !== undefined && /^[1-9]\d{0,2}$/.test(prefix) && /^[\w/.-]+$/.test(text);
}
