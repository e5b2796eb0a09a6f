import type { AgentAdapter } from "../../../agents/adapter.ts";
import type { Config } from "../../../config/config.ts";
import { FleetError } from "../../../errors.ts";
import { isIsolated } from "../../../model/sandbox.ts";
import type { AwayAgent } from "../../../state/away.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { isSuperuser } from "../../../system/machine.ts";
import { shellWord } from "../../../system/shell.ts";
import { requireAdapter, requireProgram } from "../../choose/agent.ts";
import { branchNameProblem } from "../../choose/branch-names.ts";
import { type SandboxWish, sandboxFor } from "../../choose/sandbox.ts";
import { environmentInside } from "../../environment.ts";
import { type Draft, flagsOf, startConditions } from "../../life/plan.ts";
import { timeSince } from "../../time-since.ts";
import type { AgentRequest } from "./request.ts";
import { startingPoint } from "./starting-point.ts";
import type { Surroundings } from "./surroundings.ts";

/** Checks one request, without touching anything. Throws FleetError `usage`, `failed` or `missing-tool` for what cannot work. */
export function draftAgent(surroundings: Surroundings, request: AgentRequest): Draft {
  const { fleet, config, repository, entries, away } = surroundings;
  requireBranchName(request.branch);
  requirePrompt(request.prompt);
  const adapter = requireAdapter(request.agent ?? config.default_agent, config);
  const program = requireProgram(adapter, fleet, config);
  requireWillingness(adapter, surroundings, request.sandbox);
  requirePromptChannel(adapter, config, request);
  requireNoAgent(request.branch, repository, entries);
  requireNotAway(request.branch, repository, away);
  const { branch, prompt, batch, quick, raw = false, budget, ticket, owner } = request;
  const sandbox = sandboxFor(request.sandbox, config, fleet.environment);
  return {
    branch,
    prompt,
    adapter,
    program,
    ...startingPoint(surroundings, request),
    batch,
    quick,
    raw,
    budget,
    sandbox,
    ticket,
    owner,
  };
}

function requireBranchName(branch: string): void {
  const problem = branchNameProblem(branch);
  if (problem === undefined) return;
  throw new FleetError("usage", `git does not accept ${JSON.stringify(branch)} as a branch name: ${problem}`, {
    hint: "to see the rules, run git help check-ref-format",
  });
}

function requirePrompt(prompt: string | undefined): void {
  if (prompt === undefined) return;
  if (prompt.trim() === "") {
    throw new FleetError("usage", "the prompt is empty", { hint: "to start an agent without a prompt, leave -p out" });
  }
  if (prompt.includes("\0")) {
    throw new FleetError("usage", "the prompt has a NUL byte, which no program can be given", {
      hint: "to pass a file that is not text, name it in the prompt instead",
    });
  }
}

function requireWillingness(
  adapter: AgentAdapter,
  { fleet, config, repository }: Surroundings,
  wish: SandboxWish | undefined,
): void {
  const conditions = startConditions(adapter, config, repository.root, {
    environment: fleet.environment,
    superuser: isSuperuser(),
  });
  const isolated = isIsolated(sandboxFor(wish, config, conditions.environment));
  const refusal = adapter.refusal(
    isolated ? { ...conditions, environment: environmentInside(conditions.environment, "/") } : conditions,
  );
  if (refusal !== undefined) throw refusal;
}

function requirePromptChannel(adapter: AgentAdapter, config: Config, { prompt }: AgentRequest): void {
  if (prompt === undefined || adapter.describe(flagsOf(adapter, config)).prompt !== undefined) return;
  throw new FleetError("usage", `${adapter.name} takes no prompt: prompt is "none" in [agents.${adapter.name}]`, {
    hint: "to say how it takes one, run fleet config edit; to start it without, leave -p out",
  });
}

function requireNoAgent(branch: string, repository: Repository, entries: readonly AgentEntry[]): void {
  const existing = entries.find((entry) => entry.repo === repository.root && entry.branch === branch);
  if (existing === undefined) return;
  const name = shellWord(branch);
  throw new FleetError("failed", `${branch} already has an agent, started ${timeSince(existing.created_at)}`, {
    hint: `to tell it something, run fleet prompt ${name} TEXT; to replace it, run fleet kill ${name}`,
  });
}

/** A branch has one name on all machines. */
function requireNotAway(branch: string, repository: Repository, away: readonly AwayAgent[]): void {
  const other = away.find(({ entry }) => entry.repo === repository.root && entry.branch === branch);
  if (other === undefined) return;
  throw new FleetError("failed", `${branch} already has an agent, on ${other.host}`, {
    hint: `to see it, run fleet list; to bring it here, run fleet move ${shellWord(branch)} --here`,
  });
}
