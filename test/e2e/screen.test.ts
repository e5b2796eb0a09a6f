import { expect, test } from "bun:test";
import { join } from "node:path";
import { sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { agentOn, demoSandbox, receivedBy, registered, textOf, untilDemo } from "./agents.ts";
import { playedMenu } from "./played-menu.ts";
import { branches, keys, modes, opened, ordinary, screenOfOne, shell, untilSelected } from "./screens.ts";

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
  const { terminal } = await screenOfOne(box);
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

test("what was begun is ended when the screen is left at once", async () => {
  await using box = await demoSandbox();
  const { path, terminal } = await screenOfOne(box);
  // All in one go: what comes after the key that leaves is for the shell, if for anybody.
  await terminal.type("xqu");
  await terminal.waitFor(/killing fix \.\.\.\nready>/);
  expect(registered(box)).toEqual([]);
  await box.fleet(["restore", "fix"], { cwd: path }).expect({ stdout: "  fix  restored  running again\n" });
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
