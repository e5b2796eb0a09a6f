import { expect, test } from "bun:test";
import {
  attachCommand,
  callTmux,
  defaultSocket,
  literalFormat,
  namedSocket,
  requireTmux,
  saysNoServer,
} from "../../../src/system/tmux/server.ts";
import { type Sandbox, sandbox } from "../../helpers/sandbox.ts";

const program = "/bin/sh";

function serverOf(box: Sandbox) {
  return { socket: box.tmux.socket, environment: box.env };
}

test("the socket is the one that tmux without options would use", async () => {
  await using box = await sandbox({ program });
  const { AI_FLEET_TMUX_SOCKET: name = "", ...environment } = box.env;
  for (const args of [["-L", name], []]) {
    await box.run(["tmux", ...args, "new-session", "-d", "sleep", "60"]).expect();
    const { stdout } = await box.run(["tmux", ...args, "display-message", "-p", "#{socket_path}"]);
    expect(`${args.length === 0 ? defaultSocket(environment) : namedSocket(name, environment)}\n`).toBe(stdout);
  }
});

test("inside of tmux, its server is the default", () => {
  expect(defaultSocket({ TMUX: "/tmp/tmux-0/mine,4711,0", TMUX_TMPDIR: "/elsewhere" })).toBe("/tmp/tmux-0/mine");
  expect(defaultSocket({ TMUX: "", TMUX_TMPDIR: "/elsewhere/" })).toBe(`/elsewhere/tmux-${process.getuid?.()}/default`);
  expect(defaultSocket({})).toBe(`/tmp/tmux-${process.getuid?.()}/default`);
});

test("a server that does not run is told from one that fails", async () => {
  await using box = await sandbox({ program });
  const [absent] = await callTmux(serverOf(box), [["list-sessions"]]);
  if (absent === undefined) throw new Error("tmux was not called");
  expect(saysNoServer(absent)).toBe(true);
  await box.tmux.run(["new-session", "-d", "sleep 60"], box.home);
  const [failed] = await callTmux(serverOf(box), [["list-panes", "-t", "nothing"]]);
  if (failed === undefined) throw new Error("tmux was not called");
  expect([failed.exitCode, saysNoServer(failed)]).toEqual([1, false]);
});

test("a socket whose server died is no server", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "exec sleep 60"], box.home);
  const panes = await box.tmux.panes();
  const [server = 0] = await box.tmux.pid();
  process.kill(server, "SIGKILL");
  for (const { pid } of panes) process.kill(pid, "SIGKILL");
  const [absent] = await callTmux(serverOf(box), [["list-sessions"]]);
  expect(absent === undefined || saysNoServer(absent)).toBe(true);
});

test("every message that fits is one call, and nothing is called after a failure", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "sleep 60"], box.home);
  const short = ["display-message", "-p", "short"];
  const long = ["display-message", "-p", "x".repeat(6000)];
  expect(await callTmux(serverOf(box), [short, short, short])).toMatchObject([{ stdout: "short\nshort\nshort\n" }]);
  const lengths = (await callTmux(serverOf(box), [long, long, long, short])).map(({ stdout }) => stdout.length);
  expect(lengths).toEqual([2 * 6001, 6001 + 6]);
  const wrong = ["no-such-command"];
  expect(await callTmux(serverOf(box), [long, long, long, wrong, long, long])).toMatchObject([
    { exitCode: 0 },
    { exitCode: 1 },
  ]);
});

test("words are passed on as they are", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "sleep 60"], box.home);
  for (const word of ["a;", ";", "a\\;", "a;b", "\\", "$HOME", "~", "'", '"', "{", "}", "#", "%if", "ü修\u{1f680}"]) {
    await requireTmux(serverOf(box), [["set-option", "-g", "@word", word]]);
    expect({ word, is: await box.tmux.run(["show-options", "-gv", "@word"]) }).toEqual({ word, is: word });
  }
});

test("input reaches the command that asks for it", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "sleep 60"], box.home);
  await requireTmux(serverOf(box), [["load-buffer", "-b", "mine", "-"]], "text\nof two lines");
  expect(await requireTmux(serverOf(box), [["show-buffer", "-b", "mine"]])).toBe("text\nof two lines");
});

test("a failure has tmux's words", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "sleep 60"], box.home);
  const failure = await requireTmux(serverOf(box), [["list-panes", "-t", "nothing"]]).catch((error: unknown) => error);
  expect(failure).toMatchObject({ kind: "failed", output: "can't find window: nothing" });
});

test("without tmux it is said that tmux is missing", async () => {
  const failure = await callTmux({ socket: "/nowhere", environment: { PATH: "/nowhere" } }, [["list-sessions"]]).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ kind: "missing-tool", message: "tmux is not installed" });
});

test("text in a format expands to itself", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "sleep 60"], box.home);
  for (const text of ["#S", "##", "#{pane_id}", "#(touch pwned)", "a#b"]) {
    expect(await requireTmux(serverOf(box), [["display-message", "-p", literalFormat(text)]])).toBe(`${text}\n`);
  }
});

test("a client is attached by the words for it, for looking only if that is wanted", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "-s", "shown", "echo here; sleep 60"], box.home);
  for (const readOnly of [false, true]) {
    const client = await box.terminal(attachCommand(serverOf(box), "$0", { readOnly }));
    await client.waitFor("here");
    expect(await box.tmux.run(["list-clients", "-F", "#{session_name} #{client_readonly}"])).toBe(
      `shown ${readOnly ? 1 : 0}`,
    );
    await client.close();
  }
});
