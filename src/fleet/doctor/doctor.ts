import type { AgentAdapter } from "../../agents/adapter.ts";
import { knownAgents } from "../../agents/catalog.ts";
import { durationText } from "../../config/durations.ts";
import { FleetError } from "../../errors.ts";
import { checkCaps } from "../../sandboxes/caps.ts";
import { sandboxes } from "../../sandboxes/catalog.ts";
import type { Sandbox } from "../../sandboxes/sandbox.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentsOf, readJournal } from "../../state/journal.ts";
import { readRegistry } from "../../state/registry.ts";
import { findProgram, run } from "../../system/exec.ts";
import { tryGit } from "../../system/git/command.ts";
import { isSuperuser } from "../../system/machine.ts";
import { adopter, adoptsOrphans } from "../../system/processes/adoption.ts";
import { isOutOfSight, isRunning } from "../../system/processes/identity.ts";
import { shellWord } from "../../system/shell.ts";
import { listPanes } from "../../system/tmux/panes.ts";
import { callTmux } from "../../system/tmux/server.ts";
import { lineForLostSocket } from "../../system/tmux/surroundings.ts";
import { configuredServer, currentRepositoryRoot, type Fleet, gitAt, serverAt, statePlaces } from "../fleet.ts";
import { startConditions } from "../life/plan.ts";

/** One thing that was looked at. */
export interface Examination {
  readonly subject: string;
  /** `advice` is what a user may want to know or change, `trouble` what does not work. */
  readonly verdict: "fine" | "advice" | "trouble";
  readonly finding: string;
  /** How to mend it. */
  readonly remedy: string | undefined;
}

/** The oldest versions that have what we use: `rev-parse --path-format` of git 2.31, `copy-mode -q` of tmux 3.2. */
const oldest = { git: [2, 31], tmux: [3, 2] } as const;

const versionMilliseconds = 10_000;

/** Looks at everything the fleet stands on, and says how to fix what does not hold. Nothing is changed. */
export async function examine(fleet: Fleet): Promise<Examination[]> {
  const { config, mistake } = fleet.settings;
  const repository = await repositoryHere(fleet);
  const results = await Promise.all([
    examineTool(fleet, "git", ["--version"], oldest.git),
    examineTool(fleet, "tmux", ["-V"], oldest.tmux),
    ...knownAgents(config.agents).map((adapter) => examineAgent(fleet, adapter, repository)),
    ...Object.entries(sandboxes).map(([name, sandbox]) => examineSandbox(fleet, name, sandbox)),
    examineCaps(fleet),
    examined("sessions", () => examineServer(fleet)),
    examined("agents", () => examineState(fleet)),
  ]);
  const rare = (
    await Promise.all([
      examineUnattached(fleet),
      examineDaemons(),
      examineSockets(fleet),
      examineJournal(fleet),
      examineMirrors(fleet, repository),
    ])
  ).flat();
  const quotas = await examineQuotas(fleet);
  const configuration: Examination = {
    subject: "config",
    verdict: mistake === undefined ? "fine" : "trouble",
    finding: mistake?.message ?? fleet.settings.file,
    remedy: mistake?.hint,
  };
  return [...results, ...rare, ...quotas, configuration];
}

/** What agents were told last of what their accounts may use. That nothing is known of it is not worth a line. */
async function examineQuotas(fleet: Fleet): Promise<Examination[]> {
  const { agentsBorne, knownQuotas } = await import("../cost/quota.ts");
  const now = Date.now();
  return [...knownQuotas(fleet)].map(([agent, quota]): Examination => {
    const windows = quota.windows.map(({ minutes, usedPercent, resetsAt }) => {
      const used = resetsAt <= now ? 0 : Math.round(usedPercent);
      return `${used}% of ${durationText(minutes * 60)} used`;
    });
    const isFull = agentsBorne(quota, now) === 0;
    return {
      subject: "quota",
      verdict: isFull ? "advice" : "fine",
      finding: `${agent}: ${windows.join(", ")}`,
      remedy: isFull ? "to start agents when it is new, run fleet fanout N -p PROMPT --when-quota" : undefined,
    };
  });
}

/** What is wrong with git is said of git. */
async function repositoryHere(fleet: Fleet): Promise<string | undefined> {
  return currentRepositoryRoot(fleet).catch(() => undefined);
}

async function examineTool(
  fleet: Fleet,
  name: "git" | "tmux",
  args: readonly string[],
  least: readonly [number, number],
): Promise<Examination> {
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
  const recent = major > least[0] || (major === least[0] && minor >= least[1]);
  return {
    subject: name,
    verdict: recent ? "fine" : "trouble",
    finding: `${version} (${program})`,
    remedy: recent ? undefined : `update ${name} to ${least.join(".")} or newer`,
  };
}

async function examineAgent(fleet: Fleet, adapter: AgentAdapter, repository: string | undefined): Promise<Examination> {
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

/** Caps that nobody asks for are no trouble. */
function examineCaps(fleet: Fleet): Examination {
  const { works, finding, remedy } = checkCaps(fleet.environment);
  const { memory_limit: memory, cpu_limit: cpu, pids_limit: pids } = fleet.settings.config;
  const isWanted = memory !== "" || cpu !== "" || pids !== 0;
  if (works || isWanted) return { subject: "caps", verdict: works ? "fine" : "trouble", finding, remedy };
  return { subject: "caps", verdict: "advice", finding: `not needed: ${finding}`, remedy };
}

/** One that nobody asks for is no trouble. */
async function examineSandbox(fleet: Fleet, name: string, sandbox: Sandbox): Promise<Examination> {
  const { works, finding, remedy } = await sandbox.check(fleet.environment, true);
  const subject = "sandbox";
  const isFree = name === "write-guard" && fleet.settings.config.sandbox === "none";
  const advice = isFree ? "it costs nothing; to leave it on, set sandbox with fleet config edit" : undefined;
  if (works) return { subject, verdict: "fine", finding: `${name} works: ${finding}`, remedy: advice };
  if (fleet.settings.config.sandbox === name)
    return { subject, verdict: "trouble", finding: `${name}: ${finding}`, remedy };
  return { subject, verdict: "advice", finding: `${name}, not needed: ${finding}`, remedy };
}

async function examined(subject: string, examine: () => Promise<string>): Promise<Examination> {
  try {
    return { subject, verdict: "fine", finding: await examine(), remedy: undefined };
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return { subject, verdict: "trouble", finding: error.message, remedy: undefined };
  }
}

async function examineServer(fleet: Fleet): Promise<string> {
  const server = configuredServer(fleet);
  const sessions = new Set((await listPanes(serverAt(fleet, server.socket))).map(({ session }) => session));
  return sessions.size === 0 ? `no server on ${server.socket} yet` : `${sessions.size} on ${server.socket}`;
}

/** Without the call that makes orphans the launcher's, most of what leaves an agent is still found: by its environment, or its session. */
function examineDaemons(): Examination[] {
  if (process.platform !== "linux" || adoptsOrphans()) return [];
  return [
    {
      subject: "daemons",
      verdict: "advice",
      finding: `without ${adopter}, what leaves an agent, its session and its environment is named by kill, and not ended`,
      remedy: "install perl with the package manager of your system",
    },
  ];
}

/** A server whose socket was deleted lives on with its agents, and nothing reaches them. A registry that cannot be read has its own row. */
function examineSockets(fleet: Fleet): Examination[] {
  const bySocket = Map.groupBy(registeredAgents(fleet), ({ socket }) => socket);
  return [...bySocket].flatMap(([socket, agents]) => {
    const [line] = agents.flatMap(({ pid }) => (pid === null ? [] : (lineForLostSocket(pid, socket) ?? [])));
    if (line === undefined) return [];
    const finding = `the socket ${socket} was deleted, and the tmux server there runs on`;
    return [{ subject: "socket", verdict: "trouble", finding, remedy: `to have it made again, run ${line}` } as const];
  });
}

function registeredAgents(fleet: Fleet): readonly AgentEntry[] {
  try {
    return readRegistry(statePlaces(fleet));
  } catch {
    return [];
  }
}

/** A server with `exit-unattached` takes all agents with it as soon as nobody looks at one of them. */
async function examineUnattached(fleet: Fleet): Promise<Examination[]> {
  const server = configuredServer(fleet);
  if (findProgram("tmux", fleet.environment) === undefined) return [];
  const [result] = await callTmux({ ...server, patienceMilliseconds: versionMilliseconds }, [
    ["show-options", "-sv", "exit-unattached"],
  ]);
  if (result?.exitCode !== 0 || result.stdout.trim() !== "on") return [];
  return [
    {
      subject: "sessions",
      verdict: "trouble",
      finding: "tmux ends with all agents when nobody is attached (exit-unattached)",
      remedy: "run tmux set -s exit-unattached off, and take it out of the configuration of tmux",
    },
  ];
}

/** Operations that were interrupted and wait: for their machine, or for what cannot be read now. */
async function examineJournal(fleet: Fleet): Promise<Examination[]> {
  const waiting = await Promise.all(
    readJournal(statePlaces(fleet)).map(async (operation): Promise<Examination[]> => {
      const { id, kind, owner } = operation;
      const elsewhere = isOutOfSight(owner);
      if (!elsewhere && (await isRunning(owner))) return [];
      const agents = agentsOf(operation).map(({ branch, repo }) => `${branch} in ${repo}`);
      const what = agents.length === 0 ? (operation.stop ?? [id]).join(", ") : agents.join(", ");
      const where = elsewhere
        ? ` by another machine or container (${owner.machine ?? "unnamed"}), which may be at it`
        : "";
      return [
        {
          subject: "operation",
          verdict: elsewhere ? "advice" : "trouble",
          finding: `the ${kind} of ${what} is half done${where}`,
          remedy: `to settle it, run fleet list; to give it up, run fleet list --repair --abandon ${id}`,
        },
      ];
    }),
  );
  return waiting.flat();
}

/**
 * A push with `--mirror` publishes all refs, those with the unsaved work of killed agents too. Git cannot be told to leave some out of one:
 * it takes no refspec beside `--mirror`, and `transfer.hideRefs` and its siblings hide refs of the side that is asked, not of the one that
 * pushes. A remote with refspecs can leave them out (git 2.29), so that is the way out of a remote that is set as a mirror; nothing can be
 * done about the option typed by hand. What must not get out at all, the content of credential files, is in no object of git.
 */
async function examineMirrors(fleet: Fleet, repository: string | undefined): Promise<Examination[]> {
  // A repository can be found without git, which has a row of its own.
  if (repository === undefined || findProgram("git", fleet.environment) === undefined) return [];
  const result = await tryGit(gitAt(fleet, repository), ["config", "--get-regexp", "^remote\\..*\\.mirror$", "true"]);
  const remotes = result.exitCode === 0 ? result.stdout.split("\n").filter(Boolean) : [];
  return remotes.map((line): Examination => {
    const remote = line.replace(/^remote\.|\.mirror .*$/g, "");
    return {
      subject: "remote",
      verdict: "advice",
      finding: `${remote} is a mirror: a push there publishes unsaved work of killed agents (refs/fleet)`,
      remedy: `to push all but those, run ${leavingOut(remote)}`,
    };
  });
}

/** The line that makes of a mirror a remote that gets all refs but ours. */
function leavingOut(remote: string): string {
  const [mirror, push] = [`remote.${remote}.mirror`, `remote.${remote}.push`].map(shellWord);
  return [
    `git config --unset ${mirror}`,
    `git config --replace-all ${push} '+refs/*:refs/*'`,
    `git config --add ${push} '^refs/fleet/*'`,
  ].join(" && ");
}

async function examineState(fleet: Fleet): Promise<string> {
  const { stateFile } = statePlaces(fleet);
  return `${readRegistry(statePlaces(fleet)).length} in ${stateFile}`;
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
