import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { withoutTrees } from "./processes.ts";
import type { Repository } from "./repository.ts";
import type { Sandbox } from "./sandbox.ts";
import { eventually } from "./wait.ts";

interface Allowed {
  /** The branches that may be there. `["main"]`, unless given. */
  readonly branches?: readonly string[];
  /** tmux sessions that are not the fleet's, with the processes in them. None, unless given. */
  readonly sessions?: readonly string[];
}

/**
 * Everything that a fleet has left behind in a sandbox and a repository, one line each, found without any of our code. What is
 * meant to stay is not reported: the configuration, `agents/`, saved work in `refs/fleet/`, and what lives on of killed agents.
 */
export async function audit(
  box: Sandbox,
  repository: Repository,
  { branches = ["main"], sessions = [] }: Allowed = {},
): Promise<string[]> {
  const found = await Promise.all([
    worktrees(repository),
    branchesBut(branches, repository),
    branchSettingsBut(branches, repository),
    gitLocks(repository),
    sessionsBut(sessions, box),
  ]);
  // Afterwards, or the tmux and git that were asked above would be found.
  const processes = await processesBut(sessions, box);
  return [...found.flat(), ...processes, ...fleetFiles(box), ...temporaryFiles(box)];
}

/** Waits until {@link audit} finds nothing, since files are deleted in the background, and throws with what is left if it does. */
export async function expectNothingLeft(box: Sandbox, repository: Repository, allowed?: Allowed): Promise<void> {
  const nothingLeft = async () => {
    const left = await audit(box, repository, allowed);
    if (left.length > 0) throw new Error(["there is left", ...left].join("\n  "));
    return true;
  };
  await eventually(nothingLeft, { what: "everything to be gone", timeoutMs: 20_000 });
}

/** What git lists, and what lies where git keeps its worktrees, since git does not list a broken one. */
async function worktrees({ git, path }: Repository): Promise<string[]> {
  const [, ...linked] = (await git("worktree", "list", "--porcelain")).split("\n\n");
  const commonFolder = resolve(path, await git("rev-parse", "--git-common-dir"));
  return [
    ...linked.map((entry) => entry.trim().replaceAll("\n", ", ")),
    ...entriesOf(join(commonFolder, "worktrees")).map((name) => `git's folder of worktree ${name}`),
  ];
}

async function branchesBut(allowed: readonly string[], { git }: Repository): Promise<string[]> {
  const branches = lines(await git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads"));
  return branches.filter((branch) => !allowed.includes(branch)).map((branch) => `branch ${branch}`);
}

async function branchSettingsBut(allowed: readonly string[], { git }: Repository): Promise<string[]> {
  const names = lines(await git("config", "--local", "--list", "--name-only"));
  const mayStay = (name: string) => allowed.some((branch) => name.startsWith(`branch.${branch}.`));
  return names.filter((name) => name.startsWith("branch.") && !mayStay(name)).map((name) => `git setting ${name}`);
}

async function gitLocks({ git, path }: Repository): Promise<string[]> {
  const folder = resolve(path, await git("rev-parse", "--git-common-dir"));
  return entriesOf(folder, { recursive: true })
    .filter((name) => name.endsWith(".lock") && !name.startsWith("fleet-trash/"))
    .map((name) => `git lock ${name}`);
}

async function sessionsBut(allowed: readonly string[], box: Sandbox): Promise<string[]> {
  const found = (await Promise.all(box.tmuxServers().map((server) => server.sessions()))).flat();
  return found.filter(({ name }) => !allowed.includes(name)).map(({ name }) => `tmux session ${name}`);
}

/** The tmux servers themselves do not count: they live as long as their sessions. */
async function processesBut(sessions: readonly string[], box: Sandbox): Promise<string[]> {
  const servers = box.tmuxServers();
  const serverPids = (await Promise.all(servers.map((server) => server.pid()))).flat();
  const panes = (await Promise.all(servers.map((server) => server.panes()))).flat();
  const allowed = panes.filter(({ session }) => sessions.includes(session)).map(({ pid }) => pid);
  const found = withoutTrees(await box.processes(), allowed);
  return found.filter(({ pid }) => !serverPids.includes(pid)).map(({ pid, command }) => `process ${pid} ${command}`);
}

function fleetFiles({ env: { AI_FLEET_HOME: moved }, home }: Sandbox): string[] {
  const folder = moved ?? join(home, ".ai_fleet");
  const below = (name: string) => entriesOf(join(folder, name)).map((entry) => `${name}/${entry}`);
  return [
    ...below("worktrees").filter((entry) => entry !== "worktrees/.trash" && !isKept(folder, entry)),
    ...below("worktrees/.trash"),
    ...below("journal"),
    ...below("agents")
      .map((agent) => `${agent}/environment`)
      .filter((file) => existsSync(join(folder, file))),
    ...registryEntries(join(folder, "state.json")),
  ];
}

/** A killed agent's worktree lives on for a while, where its ending says so. `folder` is the home of a fleet. */
export function isKept(folder: string, entry: string): boolean {
  const id = /^worktrees\/\.trash-([0-9a-f]{8})$/.exec(entry)?.[1];
  const ending = join(folder, "agents", id ?? "", "ending.json");
  return id !== undefined && existsSync(ending) && readFileSync(ending, "utf8").includes(`/.trash-${id}"`);
}

function registryEntries(file: string): string[] {
  if (!existsSync(file)) return [];
  const content = readFileSync(file, "utf8");
  return content.trim() === "[]" ? [] : [`state.json: ${content.trim()}`];
}

function temporaryFiles({ temporary }: Sandbox): string[] {
  return entriesOf(temporary).map((entry) => `temporary file ${entry}`);
}

function entriesOf(folder: string, { recursive = false } = {}): string[] {
  return existsSync(folder) ? readdirSync(folder, { recursive, encoding: "utf8" }) : [];
}

function lines(text: string): string[] {
  return text.split("\n").filter(Boolean);
}
