import { expect, test } from "bun:test";
import { failureOf } from "../../helpers/failure.ts";
import { sandbox } from "../../helpers/sandbox.ts";
import { eventually } from "../../helpers/wait.ts";

const program = "/bin/sh";

test("a program on a terminal is typed to, seen, and ends with its exit code", async () => {
  await using box = await sandbox({ program });
  const terminal = await box.terminal(["fleet", "-c", 'printf "name? "; read -r name; echo "hello $name"; exit 7']);
  await terminal.waitFor("name?");
  await terminal.type("-x 'y\\;");
  await terminal.press("Space");
  await terminal.type("Enter");
  await terminal.press("Enter");
  expect(await terminal.waitFor(/^hello/m)).toBe("name? -x 'y\\; Enter\nhello -x 'y\\; Enter");
  expect(await terminal.exitCode()).toBe(7);
  expect(await terminal.screen()).toEndWith("hello -x 'y\\; Enter");
});

test("the terminal has the size asked for, and does not look like tmux", async () => {
  await using box = await sandbox({ program });
  const script = 'stty size; echo "[$TMUX$TMUX_PANE$TERM_PROGRAM] $TERM $EXTRA"; pwd';
  const options = { columns: 100, rows: 10, cwd: "/usr", env: { EXTRA: "more" } };
  const terminal = await box.terminal(["sh", "-c", script], options);
  expect(await terminal.exitCode()).toBe(0);
  expect(await terminal.screen()).toBe("10 100\n[] screen-256color more\n/usr");
});

test("arguments arrive as they are", async () => {
  await using box = await sandbox({ program });
  const terminal = await box.terminal(["printf", "[%s]\\n", "a;", "#{pid}", "$HOME", "", "a  b;c"]);
  expect(await terminal.exitCode()).toBe(0);
  expect(await terminal.screen()).toBe("[a;]\n[#{pid}]\n[$HOME]\n[]\n[a  b;c]");
});

test("Ctrl-C is a signal, and a signal that ends a program is in its exit code", async () => {
  await using box = await sandbox({ program });
  const terminal = await box.terminal(["sh", "-c", "echo ready; exec sleep 60"]);
  await terminal.waitFor("ready");
  await terminal.press("C-c");
  expect(await terminal.exitCode()).toBe(130);
});

test("waiting for a text ends when the program does", async () => {
  await using box = await sandbox({ program });
  const terminal = await box.terminal(["echo", "good bye"]);
  const { message } = await failureOf(terminal.waitFor("hello"));
  expect(message).toContain("the program ended without showing hello; the screen:\ngood bye");
});

test("waiting for a text that does not come shows the screen", async () => {
  await using box = await sandbox({ program });
  const terminal = await box.terminal(["sh", "-c", "echo something else; exec sleep 60"]);
  await terminal.waitFor("something");
  const { message } = await failureOf(terminal.waitFor("hello", 100));
  expect(message).toMatch(/^waited 100 ms for hello.*\nsomething else$/s);
});

test("closing the terminal hangs up on the program", async () => {
  await using box = await sandbox({ program });
  const terminal = await box.terminal([
    "sh",
    "-c",
    "trap 'echo hup > ~/hup; exit' HUP; echo ready; while :; do sleep 0.1; done",
  ]);
  await terminal.waitFor("ready");
  await terminal.close();
  await eventually(() => Bun.file(`${box.home}/hup`).exists(), { what: "the hangup" });
});

test("a terminal can attach to the tmux server of the sandbox", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "-s", "work", "echo inside; sleep 60"]);
  const terminal = await box.terminal(["tmux", "-S", box.tmux.socket, "attach"]);
  await terminal.waitFor("inside");
  expect((await box.tmux.sessions()).map((session) => session.attachedClients)).toEqual([1]);
  await terminal.press("C-b");
  await terminal.type("d");
  expect(await terminal.exitCode()).toBe(0);
});
