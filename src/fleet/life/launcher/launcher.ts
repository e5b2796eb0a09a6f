import { basename } from "node:path";
import type { PromptChannel } from "../../../agents/adapter.ts";
import type { AgentFiles } from "../../../state/places.ts";
import type { Environment } from "../../../system/environment.ts";
import { makePrivateDirectory, removeTree, writePrivateFile } from "../../../system/files.ts";
import { quoteForShell } from "../../../system/shell.ts";
import script from "./launcher.sh" with { type: "text" };
import notifyScript from "./notify.sh" with { type: "text" };
import { notifyCommand } from "./notify-command.ts";
import setupScript from "./setup.sh" with { type: "text" };

/** How a worktree is prepared before its agent starts. */
export interface Setup {
  readonly commands: readonly string[];
  /** What all of them may take together. */
  readonly timeoutSeconds: number;
  /** How many worktrees may be prepared at the same time. */
  readonly parallel: number;
  /** The directory in which they queue. */
  readonly queue: string;
}

/** A command of the user's, and the states of an agent at which it is run. */
export interface Notification {
  readonly command: string;
  readonly on: readonly string[];
}

/** What the launcher of one agent is told. */
export interface LauncherPlan {
  readonly worktree: string;
  readonly setup: Setup;
  readonly notification: Notification | undefined;
  /** The words that go before a command line so that it runs in the agent's sandbox; none without one. */
  readonly wrapper: readonly string[];
  /** The agent's command line without the prompt. */
  readonly argv: readonly string[];
  /** How the text of `file` is handed over; `undefined` when there is no prompt. */
  readonly prompt: { readonly channel: PromptChannel; readonly file: string } | undefined;
  readonly environment: Environment;
}

/** Writes what the pane of an agent runs. Nothing of it may be read by others: the exports of the caller are among it. */
export function writeLauncher(files: AgentFiles, plan: LauncherPlan): void {
  makePrivateDirectory(files.directory);
  writePrivateFile(files.environment, environmentFile(plan.environment));
  writePrivateFile(files.plan, planFile(files, plan));
  writePrivateFile(files.launcher, script, 0o700);
  if (plan.notification === undefined) removeTree(files.notifier);
  else writePrivateFile(files.notifier, notifierFile(plan.notification), 0o700);
}

function notifierFile({ command, on }: Notification): string {
  return [
    "#!/bin/sh\n",
    `ai_fleet_states=${quoteForShell(` ${on.join(" ")} `)}\n`,
    `ai_fleet_command=${quoteForShell(notifyCommand(command))}\n`,
    notifyScript,
  ].join("");
}

/** The agent's exports, for the launcher to read. */
export function environmentFile(environment: Environment): string {
  return Object.entries(environment)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `export ${name}=${quoteForShell(value)}\n`)
    .join("");
}

/** What is particular to one agent, as shell variables and functions that `launcher.sh` calls. */
export function planFile(files: Pick<AgentFiles, "directory">, plan: LauncherPlan): string {
  const messageFile = plan.prompt === undefined || plan.prompt.channel.kind === "stdin" ? "" : plan.prompt.file;
  return [
    `ai_fleet_worktree=${quoteForShell(plan.worktree)}\n`,
    `ai_fleet_message_file=${quoteForShell(messageFile)}\n`,
    setupPart(files, plan),
    `ai_fleet_agent() {\n  ai_fleet_start ${agentWords(plan).join(" ")}\n}\n`,
  ].join("");
}

function setupPart(
  { directory }: Pick<AgentFiles, "directory">,
  { setup: { commands, timeoutSeconds, parallel, queue }, wrapper }: LauncherPlan,
): string {
  if (commands.length === 0) return "ai_fleet_has_setup=\n";
  const calls = commands.map((command) => `  ai_fleet_setup ${quoteForShell(command)}\n`).join("");
  return [
    "ai_fleet_has_setup=yes\n",
    `ai_fleet_setup_seconds=${timeoutSeconds}\n`,
    `ai_fleet_setup_parallel=${parallel}\n`,
    `ai_fleet_queue=${quoteForShell(queue)}\n`,
    `ai_fleet_ticket=${quoteForShell(basename(directory))}\n`,
    `ai_fleet_inside() {\n  exec ${[...wrapper.map(quoteForShell), '"$@"'].join(" ")}\n}\n`,
    setupScript,
    `ai_fleet_setup_commands() {\n${calls}}\n`,
  ].join("");
}

function agentWords({ wrapper, argv, prompt }: LauncherPlan): string[] {
  const words = [...wrapper, ...argv].map(quoteForShell);
  if (prompt === undefined) return words;
  const message = '"$ai_fleet_message"';
  switch (prompt.channel.kind) {
    case "argument":
      return [...words, message];
    case "option":
      return [...words, quoteForShell(prompt.channel.option), message];
    case "stdin":
      return [...words, `<${quoteForShell(prompt.file)}`];
  }
}
