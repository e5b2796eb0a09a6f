import { expect, test } from "bun:test";
import { processesIn } from "../helpers/processes.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import type { Terminal } from "../helpers/terminal.ts";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox, receivedBy, untilDemo } from "./agents.ts";
import { keys, modes, opened, ordinary, pidOfScreen, screenOfOne, shell, untilSelected } from "./screens.ts";

/** A client of the tmux server that the agents are on, with a shell. */
async function insideTmux(box: Sandbox, cwd: string): Promise<Terminal> {
  const options = ["-e", "PS1=ready> ", "-s", "users", "-x", "100", "-y", "24"];
  const client = ["tmux", "-f", "/dev/null", "-S", box.tmux.socket, "new-session", ...options, "bash", "--norc", "-i"];
  return box.terminal(client, { cwd, columns: 100 });
}

test("the mouse is the terminal's as long as it is to select text, also after a visit in a session", async () => {
  await using box = await demoSandbox();
  const { terminal } = await screenOfOne(box);
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

test("Enter attaches, and leaving the session comes back", async () => {
  await using box = await demoSandbox();
  const { terminal } = await screenOfOne(box);
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
  const { terminal } = await screenOfOne(box);
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
    const { terminal } = await screenOfOne(box, "echo before; fleet");
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

test("SIGTERM while an agent is attached to ends the client too and gives the terminal back", async () => {
  await using box = await demoSandbox();
  const { terminal } = await screenOfOne(box);
  await terminal.press("Enter");
  await terminal.waitFor("leave: C-b d");
  process.kill(pidOfScreen(box), "SIGTERM");
  await terminal.waitFor(/terminated[\s\S]*ready>/);
  expect(await modes(terminal)).toEqual(ordinary);
  expect(await terminal.modes()).toEqual({ alternate: false, mouse: false });
  expect((await box.tmux.sessions()).map(({ attachedClients }) => attachedClients)).toEqual([0]);
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

test("on a terminal that hands over no keys it is said, instead of a screen that hears nothing", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix", "-p", "note"], { cwd: path });
  const terminal = await box.terminal(["setsid", "-w", "fleet", "list", "--watch"], { cwd: path });
  await terminal.waitFor("the terminal hands over no keys");
  expect(await terminal.exitCode()).toBe(1);
  expect(await terminal.modes()).toEqual({ alternate: false, mouse: false });
});
