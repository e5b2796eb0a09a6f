import { FleetError } from "../errors.ts";
import { fanoutNames, largestFanout, mixedAgents } from "../fleet/choose/fanout.ts";
import { budgetOption } from "./budget-guard.ts";
import { defineFleetCommand } from "./definition.ts";
import { launchMany, launchOptions, previewLaunch, promptOptions } from "./launch.ts";
import { readPrompt } from "./prompt-source.ts";

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
    "when-quota": { type: "boolean", description: "start as many as the quota bears, then wait for the others" },
    continue: { type: "boolean", description: "number on behind the branches that exist" },
    ...launchOptions,
  },
  details: [
    "All agents get the same prompt and form a batch, named by the prefix or by a new id: it works as a target everywhere. When one " +
      "cannot be made the others are; it is named with its cause and the exit code is 1.",
    "With --when-quota the command stays in the foreground until all are started: an agent is reckoned with a tenth of what its account " +
      "may use in a window, of which the last tenth is left alone. Codex writes down what it is told of that; others start at once.",
  ],
  examples: [
    { command: 'fleet fanout 5 --prompt "refactor auth"', explanation: "five agents on one task" },
    {
      command: 'fleet fanout 5 auth-refactor --prompt "refactor auth"',
      explanation: "with branches auth-refactor-A1 to A5",
    },
    { command: "fleet fanout 5 auth --agent claude:3,codex:2 --prompt-file task.md", explanation: "different agents" },
  ],
  async run(args, { application }) {
    const count = agentCount(args.count);
    const agents = mixedAgents(args.agent, count);
    const budget = budgetOption(args.budget);
    const prompt = await readPrompt(application, {
      text: args.prompt,
      file: args["prompt-file"],
      edit: args.edit === true,
    });
    if (prompt === undefined) {
      throw new FleetError("usage", "fanout needs a prompt", { hint: "see fleet fanout --help" });
    }
    const fleet = await application.openFleet();
    const { batch, branches } = await fanoutNames(fleet, count, args.prefix, args.continue === true);
    const requests = branches.map((branch, index) => ({
      branch,
      prompt,
      agent: agents[index],
      from: args.from,
      mustBeNew: true,
      quick: args.quick === true,
      raw: args.raw === true,
      batch: args.batch ?? batch,
      budget,
    }));
    if (args["dry-run"] === true) return previewLaunch(application, fleet, requests);
    if (args["when-quota"] !== true) return launchMany(application, fleet, requests, args.detach === true);
    const { launchWhenQuota } = await import("../fleet/operations/create/when-quota.ts");
    return launchMany(application, fleet, requests, args.detach === true, launchWhenQuota);
  },
});

function agentCount(text: string): number {
  const count = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= largestFanout) return count;
  throw new FleetError("usage", `N is a number of agents from 1 to ${largestFanout}, not ${JSON.stringify(text)}`, {
    hint: "see fleet fanout --help",
  });
}
