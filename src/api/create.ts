import { budgetIn } from "../config/budgets.ts";
import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Launched } from "../fleet/operations/create/build.ts";
import { type LaunchResult, launchAgents } from "../fleet/operations/create/launch.ts";
import type { CreateAnswer, CreateInput } from "../model/wire/create.ts";
import { shellWord } from "../system/shell.ts";
import { agentFailure } from "./failure.ts";

/**
 * Makes agents, on another machine if one is named, and waits until they run; nobody is asked, so settings of a repository that are not
 * accepted are refused. Throws FleetError before anything is touched when one of them cannot work.
 */
export async function create(fleet: Fleet, { agents, host, detach }: CreateInput): Promise<CreateAnswer> {
  const requests = agents.map(
    ({ branch, prompt, agent, from, new: mustBeNew, quick, raw, batch, budget, sandbox }) => ({
      branch,
      prompt,
      agent,
      from,
      mustBeNew,
      quick,
      raw,
      batch: batch ?? manualBatch(),
      budget: requireBudget(budget),
      sandbox,
    }),
  );
  if (host !== undefined) {
    const { startOnHosts } = await import("./across/start.ts");
    return startOnHosts(fleet, host, async () => requests, { detach });
  }
  return createAnswer(await launchAgents(fleet, requests, { detach }));
}

/** What became of agents that were to be made, as it is answered. Throws what is no FleetError. */
export function createAnswer(result: LaunchResult): CreateAnswer {
  return {
    agents: result.launched.map(({ entry }) => ({ ...entry })),
    failures: allFailures(result).map(({ branch, error }) => agentFailure(branch, error)),
  };
}

/** The text of a budget, if there is one. Throws FleetError `usage` for what is none. */
export function requireBudget(text: string | undefined): string | undefined {
  if (text === undefined || budgetIn(text) !== undefined) return text;
  throw new FleetError("usage", `a budget is money or tokens, such as "5 USD" or 2M, not ${JSON.stringify(text)}`, {
    code: "malformed-budget",
    hint: "for the shapes, run fleet api schema",
  });
}

/** The batch of agents that were made by hand today. */
export function manualBatch(): string {
  return `manual-${new Date().toISOString().slice(0, 10)}`;
}

interface Failure {
  readonly branch: string;
  readonly error: FleetError;
}

/** What does not run, and why: not made, or made and not started. Throws what is no FleetError. */
export function allFailures({ launched, failures }: LaunchResult): Failure[] {
  const halfWay = launched.flatMap((agent) => {
    const error = problemOf(agent);
    return error === undefined ? [] : [{ branch: agent.entry.branch, error }];
  });
  const notMade = failures.map(({ branch, error }) => {
    if (error instanceof FleetError) return { branch, error };
    throw error;
  });
  return [...halfWay, ...notMade];
}

/** Why an agent that was made does not run: its setup failed, or it ended at once. */
export function problemOf({ entry, outcome }: Launched): FleetError | undefined {
  const { branch, agent } = entry;
  const remove = `to remove it, run fleet kill ${shellWord(branch)}`;
  switch (outcome?.kind) {
    case "setup-failed":
      return new FleetError(
        "failed",
        `${branch}: a setup command ${failureOf(outcome)}, so the agent was not started: ${outcome.command.replace(/\s*\n\s*/g, " ").trim()}`,
        { hint: `it is kept for a look: fleet logs ${shellWord(branch)}; ${remove}` },
      );
    case "uncapped":
      return new FleetError(
        "failed",
        `${branch}: the kernel did not take it into the group of its caps, so it was ended`,
        {
          hint: `to see which caps can be kept here, run fleet doctor; ${remove}`,
        },
      );
    case "lost":
      return new FleetError("failed", `${branch}: its session ended before the agent was started`, { hint: remove });
    case "exited":
      return new FleetError("failed", `${branch}: ${agent} ended at once, with exit code ${outcome.code}`, {
        hint: `to see why, run fleet logs ${shellWord(branch)}; ${remove}`,
      });
    case "running":
    case undefined:
      return undefined;
  }
}

function failureOf({ code, timedOut }: { readonly code: number; readonly timedOut: boolean }): string {
  return timedOut ? "was stopped because setup_timeout was over" : `failed with exit code ${code}`;
}
