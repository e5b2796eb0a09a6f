import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { engineVariables } from "../helpers/engines.ts";
import type { Expected } from "../helpers/run.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";

/** A sandbox of a user who has been here before: there is a configuration, and its agent is the demo agent. */
export async function demoSandbox(config = ""): Promise<Sandbox> {
  const box = await sandbox();
  box.env.AI_FLEET_DEFAULT_AGENT = "demo";
  Object.assign(box.env, engineVariables);
  writeConfig(box, config);
  return box;
}

/** Writes `~/.ai_fleet/config.toml` and returns its path. */
export function writeConfig(box: Sandbox, text: string): string {
  const file = join(fleetHome(box), "config.toml");
  mkdirSync(fleetHome(box), { recursive: true, mode: 0o700 });
  writeFileSync(file, text);
  return file;
}

export function fleetHome(box: Sandbox): string {
  return join(box.home, ".ai_fleet");
}

/** What `state.json` says of an agent, or a killed agent's record. */
export interface Entry {
  readonly id: string;
  readonly branch: string;
  readonly worktree: string;
  readonly session: string;
  readonly socket: string;
  readonly agent: string;
  readonly repo: string;
  readonly base: string;
  readonly batch_id: string;
  readonly prompt: string;
  readonly pid: number;
}

/** The agents in `state.json`; none when it is not there. */
export function registered(box: Sandbox): Entry[] {
  try {
    return JSON.parse(readFileSync(join(fleetHome(box), "state.json"), "utf8")) as Entry[];
  } catch {
    return [];
  }
}

/** The one agent on a branch. Throws when it is not registered. */
export function agentOn(box: Sandbox, branch: string): Entry {
  const found = registered(box).find((entry) => entry.branch === branch);
  if (found === undefined) throw new Error(`no agent is registered on ${branch}`);
  return found;
}

/** Where fleet keeps what belongs to an agent. */
export function agentDirectory(box: Sandbox, branch: string): string {
  return join(fleetHome(box), "agents", agentOn(box, branch).id);
}

/** A file that fleet keeps beside an agent; nothing when it is not there. */
export function agentFile(box: Sandbox, branch: string, name: string): string | undefined {
  try {
    return readFileSync(join(agentDirectory(box, branch), name), "utf8");
  } catch {
    return undefined;
  }
}

/** The prompts that a demo agent has taken, in order. */
export function receivedBy(box: Sandbox, branch: string): string[] {
  return (agentFile(box, branch, "received") ?? "").split("\0").slice(0, -1);
}

/** Waits until a demo agent has taken a number of prompts and says this word of itself. */
export async function untilDemo(box: Sandbox, branch: string, word: string, prompts = 0): Promise<void> {
  const said = () => {
    if (receivedBy(box, branch).length < prompts || agentFile(box, branch, "status")?.split("\n")[0] !== word)
      return false;
    // It notes a prompt before it says that it works: until then it still says "idle" of the turn before.
    return word !== "idle" || prompts === 0 || changedAt(box, branch, "status") >= changedAt(box, branch, "received");
  };
  await eventually(said, { what: `the agent on ${branch} to be ${word} after ${prompts} prompts` });
}

/** Ends what a demo agent is at, told `work SECONDS`, as when its time is over. */
export async function endWork(box: Sandbox, seconds: number): Promise<void> {
  const isAtIt = async () => (await box.processes()).find(({ command }) => command === `sleep ${seconds}`);
  const { pid } = await eventually(isAtIt, { what: `an agent to be at work for ${seconds} s` });
  process.kill(pid);
}

function changedAt(box: Sandbox, branch: string, name: string): number {
  return statSync(join(agentDirectory(box, branch), name)).mtimeMs;
}

/** What `kill` says of one agent that it ended. */
export function ended(branch: string, branchOutcome = "branch deleted  nothing of its own"): Expected {
  return {
    stdout: `  ${branch}  ended  ${branchOutcome}\n`,
    stderr: `1 of 1 ended. Undo: fleet restore ${branch}\n`,
  };
}

/** What `kill` says when it has ended all of several agents; a line for each is the answer. */
export function endedAll(count: number): Expected {
  return {
    stdout: new RegExp(`^(?: {2}\\S+ +ended {2}branch .*\n){${count}}$`),
    stderr: `${count} of ${count} ended. Undo: fleet restore --last\n`,
  };
}

/** The paths of everything below a folder. */
export function everythingIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
}

/** The files of this name anywhere in a sandbox: what hostile texts would make if somebody ran them has the name `pwned`. */
export function filesNamed(name: string, box: Sandbox): string[] {
  return everythingIn(box.root).filter((path) => basename(path) === name);
}

/** The content of a file; nothing when it is a folder or has gone away. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Lines in an order of their own: what agents that start at the same time say comes as it happens. */
export function sorted(text: string): string[] {
  return text.split("\n").filter(Boolean).sort();
}

/** What a `fleet create` says without a prompt. */
export const created = (branch: string) => ({
  stdout: `${branch}\n`,
  stderr: [
    `  branch  ${branch}, new, from main@[SHA]\n`,
    "  agent   demo, never asks  [TIME]\n",
    `${branch} is ready for a prompt.\n`,
    `  fleet attach ${branch}     fleet logs -f ${branch}     fleet kill ${branch}\n`,
  ].join(""),
});
