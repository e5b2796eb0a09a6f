import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { failureOf } from "../../helpers/failure.ts";
import { sandbox } from "../../helpers/sandbox.ts";
import { tmuxWord } from "../../helpers/tmux.ts";
import { eventually } from "../../helpers/wait.ts";

const program = "/bin/sh";

test("a server that does not run has nothing", async () => {
  await using box = await sandbox({ program });
  expect(await box.tmux.sessions()).toEqual([]);
  expect(await box.tmux.panes()).toEqual([]);
  expect(await box.tmux.pid()).toEqual([]);
  expect(box.tmuxServers()).toEqual([]);
  expect(existsSync(dirname(box.tmux.socket))).toBe(false);
});

test("sessions, panes, options and text are as tmux has them", async () => {
  await using box = await sandbox({ program });
  const value = 'a "b" $c;\n#{d}';
  await box.tmux.run(
    [
      "new-session",
      "-d",
      "-s",
      "=x/1",
      "-x",
      "40",
      "-y",
      "5",
      "seq 20; exec sleep 60",
      ";",
      "set-option",
      "@note",
      value,
    ],
    box.home,
  );
  expect(await box.tmux.sessions()).toEqual([{ id: "$0", name: "=x/1", attachedClients: 0 }]);
  await eventually(async () => (await box.tmux.capture("=x/1")).endsWith("20"), { what: "the last number" });
  expect(await box.tmux.capture("=x/1")).toBe(Array.from({ length: 20 }, (_, index) => index + 1).join("\n"));
  expect(await box.tmux.options("=x/1")).toMatchObject({ "@note": value });
  expect(await box.tmux.panes()).toMatchObject([
    { id: "%0", session: "=x/1", dead: false, exitCode: undefined, path: box.home, pid: expect.any(Number) },
  ]);
});

test("a dead pane tells how its program ended", async () => {
  await using box = await sandbox({ program });
  const keep = [";", "set-option", "-g", "remain-on-exit", "on", ";"];
  await box.tmux.run([
    "new-session",
    "-d",
    "sleep 60",
    ...keep,
    "new-window",
    "exit 3",
    ";",
    "new-window",
    "kill -9 $$",
  ]);
  const codes = async () => {
    await box.tmux.reap();
    const found = (await box.tmux.panes()).map(({ exitCode }) => exitCode);
    return found.filter(Number.isInteger).length === 2 && found;
  };
  expect(await eventually(codes, { what: "two dead panes" })).toEqual([undefined, 3, 137]);
});

test("a session that is not there is named with those that are", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "-s", "one", "sleep 60"]);
  const { message } = await failureOf(box.tmux.capture("on"));
  expect(message).toContain("no tmux session on; there are: one");
});

test("killing a server removes its socket, also when it is gone already", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "sleep 60"]);
  expect(box.tmuxServers().map(({ socket }) => socket)).toEqual([box.tmux.socket]);
  await box.tmux.kill();
  expect(existsSync(box.tmux.socket)).toBe(false);
  await box.tmux.kill();
});

test.each(["a;", ";", "a\\;", "a;b", "\\", "a; "])("tmux gets %j as one word", async (word) => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "sleep 60", ";", "set-option", "@word", tmuxWord(word)]);
  expect(await box.tmux.run(["show-options", "-v", "@word"])).toBe(word);
});
