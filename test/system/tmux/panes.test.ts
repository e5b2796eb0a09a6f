import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { capturePane, capturePanes, captureStyledPanes, listPanes } from "../../../src/system/tmux/panes.ts";
import { type CreatedSession, createSessions } from "../../../src/system/tmux/sessions.ts";
import { paste, pasteInEach, pressKeys, pressKeysInEach } from "../../../src/system/tmux/typing.ts";
import { type Sandbox, sandbox } from "../../helpers/sandbox.ts";
import { hostilePrompts } from "../../helpers/text.ts";
import { eventually } from "../../helpers/wait.ts";

const program = "/bin/sh";

function serverOf(box: Sandbox) {
  return { socket: box.tmux.socket, environment: box.env };
}

/** A session that runs a script, kept open by it. */
async function running(box: Sandbox, script: string, options = {}): Promise<CreatedSession> {
  const name = `s${(await box.tmux.sessions()).length}`;
  const { created, failure } = await createSessions(serverOf(box), [
    { name, window: name, directory: box.home, argv: ["/bin/sh", "-c", script], options },
  ]);
  const [session] = created;
  if (session === undefined) throw new Error(failure?.stderr);
  return session;
}

async function paneOf(box: Sandbox, { pane }: CreatedSession) {
  const found = (await listPanes(serverOf(box))).find((each) => each.pane === pane);
  if (found === undefined) throw new Error(`${pane} is not there`);
  return found;
}

/** A program that takes every byte as it comes, and asks for bracketed paste, as agents do. */
function reader(file: string): string {
  return `stty raw -echo; printf '\\033[?2004hready'; exec cat >${file}`;
}

async function shows(box: Sandbox, { pane }: CreatedSession, text: string): Promise<void> {
  await eventually(async () => (await capturePane(serverOf(box), pane, 0)).includes(text), {
    what: `${text} on the screen`,
  });
}

/** Ends what runs in a pane and waits until tmux has noticed. */
async function dead(box: Sandbox, session: CreatedSession): Promise<void> {
  process.kill(session.pid, "SIGKILL");
  await eventually(
    async () => {
      await box.tmux.reap();
      return (await paneOf(box, session)).dead;
    },
    { what: "the pane to be dead" },
  );
}

test("a server that does not run has no panes", async () => {
  await using box = await sandbox({ program });
  expect(await listPanes(serverOf(box))).toEqual([]);
});

test("a pane of ours says whose it is", async () => {
  await using box = await sandbox({ program });
  const session = await running(box, "exec sleep 60", { "@fleet_id": "0a1b2c3d" });
  expect(await paneOf(box, session)).toEqual({
    session: session.session,
    sessionName: "s0",
    pane: session.pane,
    pid: session.pid,
    dead: false,
    exitCode: undefined,
    exitSignal: undefined,
    attached: false,
    alternateScreen: false,
    marked: false,
    agentId: "0a1b2c3d",
    agentPane: session.pane,
    ownerId: "",
    title: expect.any(String),
  });
});

test("a pane that the user splits off an agent's is not the agent's", async () => {
  await using box = await sandbox({ program });
  const session = await running(box, "exec sleep 60", { "@fleet_id": "0a1b2c3d" });
  await box.tmux.run(["split-window", "-t", session.pane, "sleep 60"]);
  const panes = await listPanes(serverOf(box));
  expect(panes.map(({ agentId }) => agentId)).toEqual(["0a1b2c3d", "0a1b2c3d"]);
  expect(panes.filter(({ pane, agentPane }) => pane === agentPane).map(({ pid }) => pid)).toEqual([session.pid]);
});

test("sessions of others are listed as nobody's", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "-s", "mine", "sleep 60"], box.home);
  expect(await listPanes(serverOf(box))).toMatchObject([
    { sessionName: "mine", agentId: "", agentPane: "", dead: false },
  ]);
});

const titles = [
  "a|b|c",
  "||",
  "#{pane_pid} #(touch pwned)",
  "⠹ fix-42",
  "[ ! ] Action Required | fix",
  "✳ 修复 \u{1f680}",
  "a  b",
  "$HOME;",
];

test("a title is what the program set, whatever is in it", async () => {
  await using box = await sandbox({ program });
  for (const title of titles) {
    const session = await running(box, `printf '\\033]2;%s\\007ready' '${title}'; exec sleep 60`, {
      "@fleet_id": "0a1b2c3d",
    });
    await shows(box, session, "ready");
    expect(await paneOf(box, session)).toMatchObject({ title, agentId: "0a1b2c3d", sessionName: session.name });
  }
  expect(existsSync(join(box.home, "pwned"))).toBe(false);
});

test("what is beyond ASCII is read whole, whatever the locale", async () => {
  await using box = await sandbox({ program });
  const server = { socket: box.tmux.socket, environment: { ...box.env, LC_ALL: "C" } };
  const session = await running(box, "printf '\\033]2;⠹ fix\\007修复 ready'; exec sleep 60");
  await shows(box, session, "ready");
  expect(await listPanes(server)).toMatchObject([{ title: "⠹ fix" }]);
  expect(await capturePane(server, session.pane, 0)).toBe("修复 ready\n");
});

test("a pane is marked when what was looked for stands on its screen", async () => {
  await using box = await sandbox({ program });
  const session = await running(box, "echo 'it is reconnecting 2|5 ready'; exec sleep 60");
  await shows(box, session, "ready");
  const marked = async (words?: string) => (await listPanes(serverOf(box), words)).map((pane) => pane.marked);
  expect(await marked("retrying in [0-9]|econnecting")).toEqual([true]);
  expect(await marked("retrying in [0-9]")).toEqual([false]);
  expect(await marked()).toEqual([false]);
});

test("a session whose name has the separator does not shift what is known of it", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "-s", "a|b", "sleep 60"], box.home);
  await box.tmux.run(["select-pane", "-t", "%0", "-T", "a | title"]);
  expect(await listPanes(serverOf(box))).toMatchObject([
    { agentId: "", agentPane: "", dead: false, title: "a | title", sessionName: "a b" },
  ]);
});

test("how a program ended is told", async () => {
  await using box = await sandbox({ program });
  const sessions = [await running(box, "exit 3"), await running(box, "kill -TERM $$")];
  const panes = await eventually(
    async () => {
      await box.tmux.reap();
      const all = await Promise.all(sessions.map((session) => paneOf(box, session)));
      return all.every((each) => each.exitCode !== undefined || each.exitSignal !== undefined) ? all : undefined;
    },
    { what: "both to end" },
  );
  expect(panes).toMatchObject([
    { dead: true, exitCode: 3, exitSignal: undefined },
    { dead: true, exitCode: undefined, exitSignal: 15 },
  ]);
});

test("who looks, and at which screen, is told", async () => {
  await using box = await sandbox({ program });
  const session = await running(box, "printf '\\033[?1049hfull screen'; exec sleep 60");
  await shows(box, session, "full screen");
  expect(await paneOf(box, session)).toMatchObject({ attached: false, alternateScreen: true });
  const client = await box.terminal(["tmux", "-S", box.tmux.socket, "attach-session", "-t", session.session]);
  await eventually(async () => (await paneOf(box, session)).attached, { what: "the client to attach" });
  await client.close();
});

test("a capture is the screen and what scrolled off it, in whole lines, without colours", async () => {
  await using box = await sandbox({ program });
  const session = await running(box, `seq 100; printf '\\033[31mred\\033[0m  \\n%0250d\\nend  ' 7; exec sleep 60`);
  await shows(box, session, "end");
  const numbers = Array.from({ length: 100 }, (_, index) => `${index + 1}`);
  const tail = ["red", "0".repeat(249).concat("7"), "end", ""];
  expect((await capturePane(serverOf(box), session.pane, 1000)).split("\n")).toEqual([...numbers, ...tail]);
  // The screen has 50 lines, of which the last three take four.
  expect((await capturePane(serverOf(box), session.pane, 10)).split("\n")).toEqual([...numbers.slice(-56), ...tail]);
});

test("several panes are captured together", async () => {
  await using box = await sandbox({ program });
  const sessions = [
    await running(box, "printf one; exec sleep 60"),
    await running(box, "exec sleep 60"),
    await running(box, "printf three; exec sleep 60"),
  ];
  await shows(box, sessions[0] as CreatedSession, "one");
  await shows(box, sessions[2] as CreatedSession, "three");
  const [one = "", two = "", three = ""] = sessions.map(({ pane }) => pane);
  expect(await capturePanes(serverOf(box), [one, two, three], 100)).toEqual(
    new Map([
      [one, "one\n"],
      [two, "\n"],
      [three, "three\n"],
    ]),
  );
  expect(await capturePanes(serverOf(box), [], 100)).toEqual(new Map());
});

test("a pane that has gone keeps no other from being captured", async () => {
  await using box = await sandbox({ program });
  const session = await running(box, "printf here; exec sleep 60");
  await shows(box, session, "here");
  expect((await capturePanes(serverOf(box), ["%77", session.pane], 100)).get(session.pane)).toBe("here\n");
});

test("several screens are captured together with their styles, whatever has gone", async () => {
  await using box = await sandbox({ program });
  const sessions = [
    await running(box, "printf '\\033[1mone\\033[0m'; exec sleep 60"),
    await running(box, "printf two; exec sleep 60"),
  ];
  const [one = "", two = ""] = sessions.map(({ pane }) => pane);
  await shows(box, sessions[0] as CreatedSession, "one");
  await shows(box, sessions[1] as CreatedSession, "two");
  for (const panes of [
    [one, two],
    [one, "%77", two],
  ]) {
    const screens = await captureStyledPanes(serverOf(box), panes);
    expect([...screens.keys()]).toEqual([one, two]);
    expect(screens.get(one)).toStartWith("\x1b[1mone");
    expect(screens.get(two)).toStartWith("two");
  }
});

test("a paste arrives byte for byte, in the marks of a paste, and submits nothing", async () => {
  await using box = await sandbox({ program });
  // A paste marker or a line end of another system is for the agents' files to take out.
  const texts = hostilePrompts
    .map(({ text }) => text)
    .filter((text) => !/[\r\x1b]/.test(text) && text.length < 200_000);
  const file = join(box.home, "received");
  const session = await running(box, reader(file));
  await shows(box, session, "ready");
  for (const text of texts) expect(await paste(serverOf(box), session.pane, "fleet-0a1b2c3d", text)).toBe("pasted");
  // A terminal sends the Enter key for a line end.
  const wanted = texts.map((text) => `\x1b[200~${text.replaceAll("\n", "\r")}\x1b[201~`).join("");
  await eventually(() => readFileSync(file, "utf8").length >= wanted.length, { what: "everything to arrive" });
  expect(readFileSync(file, "utf8")).toBe(wanted);
  expect(await box.tmux.run(["list-buffers"])).toBe("");
  expect(existsSync(join(box.home, "pwned"))).toBe(false);
});

test("a paste of a megabyte arrives whole", async () => {
  await using box = await sandbox({ program });
  const text = hostilePrompts.find(({ name }) => name === "1 MB")?.text ?? "";
  const file = join(box.home, "received");
  const session = await running(box, reader(file));
  await shows(box, session, "ready");
  expect(await paste(serverOf(box), session.pane, "fleet-0a1b2c3d", text)).toBe("pasted");
  await eventually(() => readFileSync(file, "utf8").endsWith("\x1b[201~"), { what: "the end of the paste" });
  expect(readFileSync(file, "utf8")).toBe(`\x1b[200~${text.replaceAll("\n", "\r")}\x1b[201~`);
});

test("two pastes at the same time do not mix, and leave the user's buffer alone", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "sleep 60"], box.home);
  await box.tmux.run(["set-buffer", "the user's"]);
  const files = ["one", "two"].map((name) => join(box.home, name));
  const sessions = [await running(box, reader(files[0] ?? "")), await running(box, reader(files[1] ?? ""))];
  for (const session of sessions) await shows(box, session, "ready");
  await Promise.all(
    sessions.map(({ pane }, index) => paste(serverOf(box), pane, `fleet-${index}`, `text ${index} `.repeat(500))),
  );
  for (const [index, file] of files.entries()) {
    const wanted = `\x1b[200~${`text ${index} `.repeat(500)}\x1b[201~`;
    await eventually(() => readFileSync(file, "utf8").length === wanted.length, { what: "the paste to arrive" });
    expect(readFileSync(file, "utf8")).toBe(wanted);
  }
  expect(await box.tmux.run(["show-buffer"])).toBe("the user's");
});

test("a paste into a dead pane is told, leaves the server alive and no buffer behind", async () => {
  await using box = await sandbox({ program });
  const session = await running(box, "exec sleep 60");
  const other = await running(box, "exec sleep 60");
  await dead(box, session);
  expect(await paste(serverOf(box), session.pane, "fleet-0a1b2c3d", "text")).toBe("dead");
  expect((await paneOf(box, other)).dead).toBe(false);
  expect(await box.tmux.run(["list-buffers"])).toBe("");
});

test("a paste into a pane that has gone fails, and leaves no buffer behind", async () => {
  await using box = await sandbox({ program });
  await running(box, "exec sleep 60");
  expect(paste(serverOf(box), "%77", "fleet-0a1b2c3d", "a secret")).rejects.toThrow("tmux exited with 1");
  await eventually(async () => (await box.tmux.run(["list-buffers"])) === "", {
    what: "the buffer to be gone",
  });
});

test("a paste and its Enter reach each of many panes once, also beside one that has gone and one whose program has ended", async () => {
  await using box = await sandbox({ program });
  const files = ["one", "two", "three"].map((name) => join(box.home, name));
  const sessions: CreatedSession[] = [];
  for (const file of files) {
    const session = await running(box, reader(file));
    await shows(box, session, "ready");
    sessions.push(session);
  }
  const ended = await running(box, "exec sleep 60");
  await dead(box, ended);
  const [one = "", two = "", three = ""] = sessions.map(({ pane }) => pane);
  const panes = [one, "%77", ended.pane, two, three];
  const text = "for all; of them;";
  const pasted = await pasteInEach(serverOf(box), panes, "fleet-0a1b2c3d", text);
  expect(new Map([...pasted].map(([pane, outcome]) => [pane, String(outcome)]))).toEqual(
    new Map([
      [one, "pasted"],
      ["%77", expect.stringContaining("tmux exited with 1")],
      [ended.pane, "dead"],
      [two, "pasted"],
      [three, "pasted"],
    ]),
  );
  expect(await box.tmux.run(["list-buffers"])).toBe("");
  const pressed = await pressKeysInEach(serverOf(box), [one, "%77", two, three], ["Enter"]);
  expect([one, two, three].map((pane) => pressed.get(pane))).toEqual(["pressed", "pressed", "pressed"]);
  expect(String(pressed.get("%77"))).toContain("tmux exited with 1");
  for (const file of files) {
    const wanted = `\x1b[200~${text}\x1b[201~\r`;
    await eventually(() => readFileSync(file, "utf8").length >= wanted.length, { what: "the paste to arrive" });
    expect(readFileSync(file, "utf8")).toBe(wanted);
  }
});

test("keys for more panes than one message of tmux holds reach all of them", async () => {
  await using box = await sandbox({ program });
  const file = join(box.home, "received");
  const session = await running(box, reader(file));
  await shows(box, session, "ready");
  const other = await running(box, "exec sleep 60");
  // Each command of 8 KB, of which a message holds one.
  const keys = [...Array.from({ length: 2000 }, () => "C-u"), "Enter"];
  const pressed = await pressKeysInEach(serverOf(box), [other.pane, session.pane], keys);
  expect([...pressed.values()]).toEqual(["pressed", "pressed"]);
  await eventually(() => readFileSync(file, "utf8").endsWith("\r"), { what: "the keys to arrive" });
  expect(readFileSync(file, "utf8")).toBe(`${"\x15".repeat(2000)}\r`);
});

test("keys are pressed by their names", async () => {
  await using box = await sandbox({ program });
  const file = join(box.home, "received");
  const session = await running(box, reader(file));
  await shows(box, session, "ready");
  await pressKeys(serverOf(box), session.pane, ["C-u", "Escape", "Enter"]);
  await eventually(() => readFileSync(file, "utf8").length === 3, { what: "the keys to arrive" });
  expect(readFileSync(file, "utf8")).toBe("\x15\x1b\r");
});

for (const [what, mode] of Object.entries({
  "has scrolled back": "copy-mode",
  "has the tree of sessions open": "choose-tree",
})) {
  test(`a paste and its Enter reach the program, also while the user ${what}`, async () => {
    await using box = await sandbox({ program });
    const file = join(box.home, "received");
    const session = await running(box, `seq 100; ${reader(file)}`);
    await shows(box, session, "ready");
    await box.tmux.run([mode, "-t", session.pane]);
    await paste(serverOf(box), session.pane, "fleet-0a1b2c3d", "text");
    await pressKeys(serverOf(box), session.pane, ["Enter"]);
    const wanted = "\x1b[200~text\x1b[201~\r";
    await eventually(() => readFileSync(file, "utf8") === wanted, { what: "paste and Enter to arrive" });
  });
}

test("a server that the user keeps without a session has no panes", async () => {
  await using box = await sandbox();
  const { name } = await running(box, "exec cat");
  await box.tmux.run(["set-option", "-g", "exit-empty", "off"]);
  await box.tmux.run(["kill-session", "-t", `=${name}`]);
  expect(await listPanes(serverOf(box))).toEqual([]);
  expect(await box.tmux.run(["list-sessions"])).toBe("");
  await box.tmux.run(["kill-server"]);
});
