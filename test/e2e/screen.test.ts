import { expect, test } from "bun:test";
import { join } from "node:path";
import { processesIn } from "../helpers/processes.ts";
import { type Sandbox, sandbox } from "../helpers/sandbox.ts";
import type { Terminal, TerminalOptions } from "../helpers/terminal.ts";
import { eventually } from "../helpers/wait.ts";
import { agentOn, demoSandbox, receivedBy, registered, textOf, untilDemo } from "./agents.ts";
import { playedMenu } from "./played-menu.ts";

const keys = "BRANCH  ";

/** A shell with job control on a terminal, since a screen leaves behind what it found. */
function shell(box: Sandbox, cwd: string, options: TerminalOptions = {}): Promise<Terminal> {
  return box.terminal(["bash", "--norc", "-i"], { cwd, env: { PS1: "ready> " }, columns: 100, ...options });
}

/** Types a command into that shell and waits for the screen. */
async function opened(terminal: Terminal, command = "fleet", shows = keys): Promise<string> {
  await terminal.waitFor("ready>");
  await terminal.type(command);
  await terminal.press("Enter");
  return terminal.waitFor(shows);
}

/** What stty says of the terminal of a shell: whether lines are edited and what is typed is shown. */
async function modes(terminal: Terminal): Promise<string[]> {
  await terminal.type("clear; stty -a | tr ' ;' '\\n\\n' | grep -xE -- '-?(icanon|echo|isig|icrnl|opost)'; echo told");
  await terminal.press("Enter");
  const screen = await terminal.waitFor(/^told$/m);
  return screen.match(/^-?(?:icanon|echo|isig|icrnl|opost)$/gm) ?? [];
}

const ordinary = ["icrnl", "opost", "isig", "icanon", "echo"];

/** The line that the cursor is on. */
function selected(screen: string): string {
  return screen.split("\n").find((line) => line.startsWith(">")) ?? "";
}

/** The branches of the list, from the first to the last. */
function branches(screen: string): string[] {
  return screen.split("\n").flatMap((line) => /^[> ][* ][! ] (\S+) +[a-z]+ /.exec(line)?.[1] ?? []);
}

/** The process that draws the screen. */
function pidOfScreen(box: Sandbox): number {
  const found = processesIn(box.root).find(({ command }) => /^fleet(?: |$)/.test(command));
  if (found === undefined) throw new Error("no screen is running");
  return found.pid;
}

async function untilSelected(terminal: Terminal, branch: string): Promise<void> {
  const isOn = async () => selected(await terminal.screen()).includes(` ${branch} `);
  await eventually(isOn, { what: `the cursor to be on ${branch}` });
}

test("fleet alone opens a screen where there are agents, and the overview where there are none", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const terminal = await shell(box, path);
  await terminal.waitFor("ready>");
  await terminal.type("fleet");
  await terminal.press("Enter");
  await terminal.waitFor("fleet create");
  await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
  await untilDemo(box, "fix", "idle", 1);
  await terminal.type("clear");
  await terminal.press("Enter");
  await terminal.type("fleet");
  await terminal.press("Enter");
  const screen = await terminal.waitFor(keys);
  expect(screen).toMatch(/^ {4}BRANCH +STATUS/);
  await terminal.waitFor(/^> {3}fix +idle/m);
  await terminal.type("q");
  await terminal.waitFor("ready>");
  expect(await modes(terminal)).toEqual(ordinary);
  // Elsewhere it is no screen.
  await box.fleet([], { cwd: path }).expect({ stdout: /fleet create/ });
});

test("the cursor moves by arrows, letters and mouse, and a filter leaves what matches", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["fanout", "3", "auth", "-p", "work 600"], { cwd: path });
  await box.fleet(["create", "fix", "-p", "work 600"], { cwd: path });
  const terminal = await shell(box, path);
  const [first = "", second = "", third = ""] = branches(await opened(terminal, "fleet list --watch", "auth-A3"));
  await untilSelected(terminal, first);
  await terminal.press("Down");
  await untilSelected(terminal, second);
  await terminal.type("j");
  await untilSelected(terminal, third);
  await terminal.press("Up");
  await terminal.type("k");
  await untilSelected(terminal, first);
  // A press of the left button on the fourth line, as xterm reports it.
  await terminal.type("\u001b[<0;5;4M\u001b[<0;5;4m");
  await untilSelected(terminal, third);
  await terminal.type("/a3");
  await terminal.waitFor("/a3");
  await untilSelected(terminal, "auth-A3");
  await terminal.press("Enter");
  const screen = await terminal.waitFor("1 of 4 agents · filter: a3");
  expect(screen).not.toContain("auth-A1");
  await terminal.press("Escape");
  await terminal.waitFor("auth-A1");
  await terminal.type("g");
  await terminal.waitFor(/^auth: 3 agents \(3 working\)/m);
});

test("the mouse is the terminal's as long as it is to select text, also after a visit in a session", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
  const terminal = await shell(box, path);
  await opened(terminal);
  await terminal.waitFor(/^> {3}fix/m);
  expect((await terminal.modes()).mouse).toBe(true);
  await terminal.type("m");
  await terminal.waitFor("the mouse selects text; m takes it back");
  await eventually(async () => !(await terminal.modes()).mouse, { what: "the mouse to be the terminal's" });
  await terminal.press("Enter");
  await terminal.waitFor("leave: C-b d");
  await terminal.press("C-b");
  await terminal.type("d");
  await terminal.waitFor(/^> {3}fix/m);
  expect((await terminal.modes()).mouse).toBe(false);
  await terminal.type("m");
  await eventually(async () => (await terminal.modes()).mouse, { what: "the mouse to move the cursor" });
});

test("the preview shows what an agent said, changed and shows", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "the first note"], { cwd: path });
  await untilDemo(box, "fix", "idle", 1);
  const terminal = await shell(box, path);
  await opened(terminal);
  await terminal.waitFor(/^> {3}fix/m);
  await terminal.type("l");
  await terminal.waitFor("fix: what it said");
  await terminal.waitFor(/^> the first note$/m);
  await terminal.type("d");
  await terminal.waitFor(/^\+- the first note$/m);
  await terminal.type("s");
  await terminal.waitFor("fix: its terminal");
  await terminal.press("Escape");
  await eventually(async () => !(await terminal.screen()).includes("its terminal"), { what: "the preview to close" });
});

test("an agent is prompted, answered, killed and brought back", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
  await untilDemo(box, "fix", "idle", 1);
  const terminal = await shell(box, path);
  await opened(terminal);
  await terminal.waitFor(/^> {3}fix +idle/m);
  await terminal.type("p");
  await terminal.waitFor("prompt for fix:");
  await terminal.type("ask 漢字?");
  await terminal.press("Enter");
  await untilDemo(box, "fix", "waiting", 2);
  expect(receivedBy(box, "fix")).toEqual(["note", "ask 漢字?"]);
  await terminal.waitFor(/^> ! fix +waiting/m);
  await terminal.type("a");
  await terminal.waitFor(/^fix asks:\n漢字\?\nanswer:/m);
  await terminal.type("the blue one");
  await terminal.press("Enter");
  await terminal.waitFor("fix answered: the blue one");
  await untilDemo(box, "fix", "idle", 2);
  await terminal.type("x");
  await terminal.waitFor("fix ended, branch kept: 1 commit");
  expect(registered(box)).toEqual([]);
  await terminal.type("u");
  await terminal.waitFor("fix is back and running");
  expect(agentOn(box, "fix").branch).toBe("fix");
  await terminal.type("n");
  await terminal.waitFor("branch of the new agent:");
  await terminal.type("next");
  await terminal.press("Enter");
  await terminal.waitFor("prompt for next:");
  await terminal.type("work 600");
  await terminal.press("Enter");
  await terminal.waitFor("next started");
  await untilDemo(box, "next", "working", 1);
});

test("several are prompted, interrupted and killed at once when they are marked", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["fanout", "3", "auth", "-p", "work 600"], { cwd: path });
  await box.fleet(["create", "fix", "-p", "work 600"], { cwd: path });
  const terminal = await shell(box, path);
  await opened(terminal, "fleet", "auth-A3");
  await terminal.type("/auth-A1");
  await terminal.press("Enter");
  await untilSelected(terminal, "auth-A1");
  await terminal.press("Escape");
  await terminal.type("b");
  await terminal.waitFor("3 marked");
  await terminal.type("i");
  await terminal.waitFor("3 interrupted");
  for (const name of ["A1", "A2", "A3"]) await untilDemo(box, `auth-${name}`, "idle", 1);
  await terminal.type("b");
  await terminal.waitFor("3 marked");
  await terminal.type("x");
  await terminal.waitFor("kill 3 agents: auth-A1, auth-A2, auth-A3?");
  await terminal.type("n");
  await terminal.waitFor("3 marked");
  await terminal.type("xy");
  await terminal.waitFor("3 agents ended; u brings them back");
  expect(registered(box).map(({ branch }) => branch)).toEqual(["fix"]);
  await terminal.type("u");
  await terminal.waitFor(/auth-A1 is back.*auth-A2 is back.*auth-A3 is back/);
});

test("Enter attaches, and leaving the session comes back", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
  await untilDemo(box, "fix", "idle", 1);
  const terminal = await shell(box, path);
  await opened(terminal);
  await terminal.waitFor(/^> {3}fix/m);
  await terminal.press("Enter");
  await terminal.waitFor("leave: C-b d");
  await terminal.type("typed for the agent");
  await terminal.press("Enter");
  await untilDemo(box, "fix", "idle", 2);
  expect(receivedBy(box, "fix")).toEqual(["note", "typed for the agent"]);
  await terminal.press("C-b");
  await terminal.type("d");
  await terminal.waitFor(keys);
  await terminal.type("q");
  await terminal.waitFor("ready>");
  expect(await modes(terminal)).toEqual(ordinary);
});

test("the screen follows the size of the terminal, and its footer is always there", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["fanout", "12", "auth", "-p", "work 600"], { cwd: path });
  const terminal = await shell(box, path);
  await opened(terminal, "fleet", "auth-A12");
  await terminal.resize(60, 12);
  await eventually(async () => (await terminal.screen()).split("\n").length === 12, { what: "twelve lines" });
  const small = await terminal.waitFor("? help  q quit");
  expect(small).toContain("12 agents");
  expect(Math.max(...small.split("\n").map((line) => Bun.stringWidth(line)))).toBeLessThanOrEqual(60);
  await terminal.type("G");
  await untilSelected(terminal, "auth-A12");
  await terminal.resize(120, 30);
  await terminal.waitFor("auth-A1 ");
});

test("Ctrl-Z stops it and gives the terminal back, and fg goes on", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
  const terminal = await shell(box, path);
  await opened(terminal);
  await terminal.waitFor(/^> {3}fix/m);
  await terminal.press("C-z");
  await terminal.waitFor(/Stopped +fleet/);
  expect(await modes(terminal)).toEqual(ordinary);
  await terminal.type("fg");
  await terminal.press("Enter");
  await terminal.waitFor(/^> {3}fix/m);
  await terminal.type("?");
  await terminal.waitFor("bring back what was killed last");
  await terminal.type("qq");
  await terminal.waitFor("ready>");
  expect(await modes(terminal)).toEqual(ordinary);
});

for (const signal of ["TERM", "HUP", "INT", "KILL"]) {
  test(`the terminal is as it was after SIG${signal}`, async () => {
    await using box = await demoSandbox();
    const { path } = await box.repository();
    await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
    const terminal = await shell(box, path);
    await opened(terminal, "echo before; fleet");
    await terminal.waitFor(/^> {3}fix/m);
    process.kill(pidOfScreen(box), `SIG${signal}`);
    if (signal === "KILL") {
      // The shell knows of the death as soon as the one who puts the terminal right does: its prompt may have gone with the screen.
      await eventually(async () => !(await terminal.modes()).alternate, { what: "the terminal to be put right" });
      await terminal.press("Enter");
    }
    const screen = await terminal.waitFor(/before[\s\S]*ready>/);
    expect(screen).not.toContain(keys);
    expect(await modes(terminal)).toEqual(ordinary);
    // Presses of the mouse are not reported any more.
    expect(await terminal.modes()).toEqual({ alternate: false, mouse: false });
    const left = () => processesIn(box.root).filter(({ command }) => command.includes("fleet-keyboard"));
    await eventually(() => left().length === 0, { what: "the reader of the keyboard to end" });
  });
}

test("attach without a name lets the user choose where several need them", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  for (const name of ["one", "two"]) {
    await box.fleet(["create", name, "-p", "ask which?"], { cwd: path });
    await untilDemo(box, name, "waiting", 1);
  }
  await box.fleet(["create", "busy", "-p", "work 600"], { cwd: path });
  const terminal = await shell(box, path);
  const screen = await opened(terminal, "fleet attach", "2 agents waiting for you: which one?");
  expect(screen).not.toContain("busy");
  const [first = "", second = ""] = branches(await terminal.waitFor(/^> /m));
  await untilSelected(terminal, first);
  await terminal.press("Down");
  await untilSelected(terminal, second);
  await terminal.press("Enter");
  await terminal.waitFor("leave: C-b d");
  await terminal.waitFor(` ${second}  0:${second}*`);
  await terminal.press("C-b");
  await terminal.type("d");
  await terminal.waitFor("ready>");
});

/** A client of the tmux server that the agents are on, with a shell. */
async function insideTmux(box: Sandbox, cwd: string): Promise<Terminal> {
  const options = ["-e", "PS1=ready> ", "-s", "users", "-x", "100", "-y", "24"];
  const client = ["tmux", "-f", "/dev/null", "-S", box.tmux.socket, "new-session", ...options, "bash", "--norc", "-i"];
  return box.terminal(client, { cwd, columns: 100 });
}

test("inside the tmux of the agents, Enter switches the client and the screen stays where it is", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
  await untilDemo(box, "fix", "idle", 1);
  const terminal = await insideTmux(box, path);
  await opened(terminal);
  await terminal.waitFor(/^> {3}fix/m);
  await terminal.press("Enter");
  await terminal.waitFor("back: C-b L");
  await terminal.press("C-b");
  await terminal.type("L");
  await terminal.waitFor(/^> {3}fix/m);
});

test("in a popup of tmux, Enter closes the popup and shows the agent below it", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
  await untilDemo(box, "fix", "idle", 1);
  const terminal = await insideTmux(box, path);
  await opened(terminal, `tmux display-popup -E -w 90% -h 90% -d ${path} fleet`);
  await terminal.waitFor("> ");
  await terminal.waitFor("1 agent");
  await terminal.press("Enter");
  await terminal.waitFor(/^demo agent: give me a task/m);
  expect(await terminal.screen()).not.toContain(keys);
});

test("a screen of named agents goes on when they have ended, and does not open for a name that means none", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  for (const name of ["one", "two", "three"]) await box.fleet(["create", name, "-p", "work 600"], { cwd: path });
  const terminal = await shell(box, path);
  await opened(terminal, "fleet list --watch 'one' 't*'", "3 agents");
  await terminal.type("/one");
  await terminal.press("Enter");
  await terminal.waitFor("1 of 3 agents");
  await terminal.type("x");
  await terminal.waitFor("one ended");
  await terminal.press("Escape");
  await terminal.waitFor("2 agents");
  await terminal.type("q");
  await terminal.waitFor("ready>");
  await terminal.type("clear; fleet list --watch tow");
  await terminal.press("Enter");
  expect(await terminal.waitFor("did you mean")).not.toContain(keys);
});

test("an agent that was stopped cannot be attached to, and is resumed by a key", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
  await untilDemo(box, "fix", "idle", 1);
  await box.fleet(["stop", "fix"], { cwd: path });
  const terminal = await shell(box, path);
  await opened(terminal);
  await terminal.waitFor(/^> {3}fix +stopped/m);
  await terminal.press("Enter");
  await terminal.waitFor("fix has no session: stopped");
  await terminal.type("r");
  await terminal.waitFor("fix runs again");
  await terminal.waitFor(/^> {3}fix +idle/m);
});

test("SIGTERM while an agent is attached to ends the client too and gives the terminal back", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
  const terminal = await shell(box, path);
  await opened(terminal);
  await terminal.waitFor(/^> {3}fix/m);
  await terminal.press("Enter");
  await terminal.waitFor("leave: C-b d");
  process.kill(pidOfScreen(box), "SIGTERM");
  await terminal.waitFor(/terminated[\s\S]*ready>/);
  expect(await modes(terminal)).toEqual(ordinary);
  expect(await terminal.modes()).toEqual({ alternate: false, mouse: false });
  expect((await box.tmux.sessions()).map(({ attachedClients }) => attachedClients)).toEqual([0]);
});

test("what was begun is ended when the screen is left at once", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
  await untilDemo(box, "fix", "idle", 1);
  const terminal = await shell(box, path);
  await opened(terminal);
  await terminal.waitFor(/^> {3}fix +idle/m);
  // All in one go: what comes after the key that leaves is for the shell, if for anybody.
  await terminal.type("xqu");
  await terminal.waitFor(/killing fix \.\.\.\nready>/);
  expect(registered(box)).toEqual([]);
  await box.fleet(["restore", "fix"], { cwd: path }).expect({ stdout: "  fix  restored  running again\n" });
});

test("a terminal that cannot be drawn on gets no screen", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
  const terminal = await box.terminal(["env", "TERM=dumb", "fleet", "list", "--watch"], { cwd: path });
  await terminal.waitFor("--watch needs a terminal that can be drawn on, not TERM=dumb");
  expect(await terminal.exitCode()).toBe(2);
  const alone = await box.terminal(["env", "TERM=dumb", "fleet"], { cwd: path });
  await alone.waitFor("fleet create");
});

/** Plays Codex when it asks before it runs a command: a menu that takes a digit at once. */
const asking = `#!/bin/sh
stty -icanon -echo
printf '\\033]2;[ ! ] project\\007'
printf '\\n  Would you like to run this command?\\n\\n  $ npm publish\\n\\n› 1. Yes, proceed\\n  2. No, and tell Codex what to do\\n'
choice=$(dd bs=1 count=1 2>/dev/null)
printf '\\033]2;project\\007\\033[2J'
echo "$choice" >chosen
while read -r line; do :; done
`;

test("a question with choices is shown as it was asked, and a digit chooses", async () => {
  await using box = await sandbox();
  box.executable("codex", asking);
  box.env.AI_FLEET_DEFAULT_AGENT = "codex";
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "publish it"], { cwd: path });
  const terminal = await shell(box, path);
  await opened(terminal);
  await terminal.waitFor(/^> ! fix +waiting/m);
  await terminal.type("a");
  const screen = await terminal.waitFor("1-2 choose");
  expect(screen).toContain("Would you like to run this command?\n$ npm publish\n  1  Yes, proceed\n  2  No, and tell");
  await terminal.type("2");
  await terminal.waitFor("fix answered: No, and tell Codex what to do");
  const chosen = () => textOf(join(agentOn(box, "fix").worktree, "chosen"));
  await eventually(() => chosen() === "2\n", { what: "the agent to be told" });
});

test("of more choices than there are digits a number of two is typed", async () => {
  await using box = await playedMenu();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "serve it"], { cwd: path });
  const terminal = await shell(box, path);
  await opened(terminal);
  await terminal.waitFor(/^> ! fix +waiting/m);
  await terminal.type("a");
  await terminal.waitFor("1-12 choose  enter attach");
  await terminal.type("1");
  expect(await terminal.waitFor("1-12 choose  enter take 1")).toContain("\n  12  port 8012\nchoice: 1\n");
  await terminal.type("1");
  await terminal.waitFor("fix answered: port 8011");
});

test("on a terminal that hands over no keys it is said, instead of a screen that hears nothing", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
  const terminal = await box.terminal(["setsid", "-w", "fleet", "list", "--watch"], { cwd: path });
  await terminal.waitFor("the terminal hands over no keys");
  expect(await terminal.exitCode()).toBe(1);
  expect(await terminal.modes()).toEqual({ alternate: false, mouse: false });
});
