import { processesIn } from "../helpers/processes.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import type { Terminal, TerminalOptions } from "../helpers/terminal.ts";
import { eventually } from "../helpers/wait.ts";
import { untilDemo } from "./agents.ts";

export const keys = "BRANCH  ";

/** A shell with job control on a terminal, since a screen leaves behind what it found. */
export function shell(box: Sandbox, cwd: string, options: TerminalOptions = {}): Promise<Terminal> {
  return box.terminal(["bash", "--norc", "-i"], { cwd, env: { PS1: "ready> " }, columns: 100, ...options });
}

/** Types a command into that shell and waits for the screen. */
export async function opened(terminal: Terminal, command = "fleet", shows = keys): Promise<string> {
  await terminal.waitFor("ready>");
  await terminal.type(command);
  await terminal.press("Enter");
  return terminal.waitFor(shows);
}

/** What stty says of the terminal of a shell: whether lines are edited and what is typed is shown. */
export async function modes(terminal: Terminal): Promise<string[]> {
  await terminal.type("clear; stty -a | tr ' ;' '\\n\\n' | grep -xE -- '-?(icanon|echo|isig|icrnl|opost)'; echo told");
  await terminal.press("Enter");
  const screen = await terminal.waitFor(/^told$/m);
  return screen.match(/^-?(?:icanon|echo|isig|icrnl|opost)$/gm) ?? [];
}

export const ordinary = ["icrnl", "opost", "isig", "icanon", "echo"];

/** The line that the cursor is on. */
function selected(screen: string): string {
  return screen.split("\n").find((line) => line.startsWith(">")) ?? "";
}

/** The branches of the list, from the first to the last. */
export function branches(screen: string): string[] {
  return screen.split("\n").flatMap((line) => /^[> ][* ][! ] (\S+) +[a-z]+ /.exec(line)?.[1] ?? []);
}

/** The process that draws the screen. */
export function pidOfScreen(box: Sandbox): number {
  const found = processesIn(box.root).find(({ command }) => /^fleet(?: |$)/.test(command));
  if (found === undefined) throw new Error("no screen is running");
  return found.pid;
}

export async function untilSelected(terminal: Terminal, branch: string): Promise<void> {
  const isOn = async () => selected(await terminal.screen()).includes(` ${branch} `);
  await eventually(isOn, { what: `the cursor to be on ${branch}` });
}

/** The screen of a shell where there is one agent, `fix`, at rest after its first prompt. */
export async function screenOfOne(
  box: Sandbox,
  command = "fleet",
): Promise<{ readonly path: string; readonly terminal: Terminal }> {
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
  await untilDemo(box, "fix", "idle", 1);
  const terminal = await shell(box, path);
  await opened(terminal, command);
  await terminal.waitFor(/^> {3}fix +idle/m);
  return { path, terminal };
}
