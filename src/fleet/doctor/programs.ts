import type { AgentAdapter } from "../../agents/adapter.ts";
import { findProgram, run } from "../../system/exec.ts";
import { isSuperuser } from "../../system/machine.ts";
import type { Fleet } from "../fleet.ts";
import { startConditions } from "../life/plan.ts";
import type { Examination } from "./examination.ts";

/** The oldest versions that have what we use: `rev-parse --path-format` of git 2.31, `copy-mode -q` of tmux 3.2. */
const oldest = { git: [2, 31], tmux: [3, 2] } as const;

/** How long a program may take to say its version. */
const versionMilliseconds = 10_000;

/** The version of a tool that nothing works without, and whether it is new enough. */
export async function examineTool(fleet: Fleet, name: "git" | "tmux", args: readonly string[]): Promise<Examination> {
  const program = findProgram(name, fleet.environment);
  if (program === undefined) {
    return {
      subject: name,
      verdict: "trouble",
      finding: "not installed",
      remedy: `install ${name} with the package manager of your system`,
    };
  }
  const version = await versionOf(fleet, program, args);
  const [major = 0, minor = 0] = (version.match(/\d+\.\d+/)?.[0] ?? "0.0").split(".").map(Number);
  const least = oldest[name];
  const recent = major > least[0] || (major === least[0] && minor >= least[1]);
  return {
    subject: name,
    verdict: recent ? "fine" : "trouble",
    finding: `${version} (${program})`,
    remedy: recent ? undefined : `update ${name} to ${least.join(".")} or newer`,
  };
}

/** Whether an agent can be started, and what it would be allowed. One that is not installed is trouble only if it is the default. */
export async function examineAgent(
  fleet: Fleet,
  adapter: AgentAdapter,
  repository: string | undefined,
): Promise<Examination> {
  const { config } = fleet.settings;
  const subject = adapter.name;
  const program = adapter.executable === undefined ? "" : findProgram(adapter.executable, fleet.environment);
  if (program === undefined) {
    const wanted = adapter.name === config.default_agent;
    const verdict = wanted ? "trouble" : "advice";
    const finding = wanted ? "not installed" : "not installed, not needed";
    return { subject, verdict, finding, remedy: adapter.installation };
  }
  const { environment } = fleet;
  const conditions = startConditions(adapter, config, repository ?? fleet.directory, {
    environment,
    superuser: isSuperuser(),
  });
  const refusal = adapter.refusal(conditions);
  if (refusal !== undefined) return { subject, verdict: "trouble", finding: refusal.message, remedy: refusal.hint };
  const version = await agentVersion(fleet, adapter, program);
  const written = repository === undefined ? undefined : adapter.wouldPrepare?.(conditions);
  const note = written === undefined ? "" : `; an agent here would note ${written}`;
  return {
    subject,
    verdict: "fine",
    finding: `${version}, ${adapter.describe(conditions.flags).permission}${note}`,
    remedy: undefined,
  };
}

/** A program that we do not know might start its work when it is called, so it is not called. */
async function agentVersion(fleet: Fleet, { name, executable }: AgentAdapter, program: string): Promise<string> {
  if (executable === undefined) return "built in";
  return Object.hasOwn(fleet.settings.config.agents, name) ? program : versionOf(fleet, program, ["--version"]);
}

/** The first line a program prints about its version; it may be a script that starts slowly, but not for ever. */
async function versionOf(fleet: Fleet, program: string, args: readonly string[]): Promise<string> {
  const result = await run([program, ...args], {
    environment: fleet.environment,
    directory: "/",
    timeoutMilliseconds: versionMilliseconds,
  });
  if (result.timedOut) return "does not say its version";
  return (result.stdout || result.stderr).split("\n")[0]?.trim() ?? "";
}
