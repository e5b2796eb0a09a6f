import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { endSessions, type OwnPane, type StayingSession } from "../../../src/system/tmux/end-sessions.ts";
import type { TmuxServer } from "../../../src/system/tmux/server.ts";
import { createSessions, type NewSession } from "../../../src/system/tmux/sessions.ts";
import { type Sandbox, sandbox } from "../../helpers/sandbox.ts";
import { hostilePrompts } from "../../helpers/text.ts";
import { eventually } from "../../helpers/wait.ts";

const program = "/bin/sh";

function serverOf(box: Sandbox): TmuxServer {
  return { socket: box.tmux.socket, environment: box.env };
}

function session(box: Sandbox, name: string, different: Partial<NewSession> = {}): NewSession {
  return { name, window: name, directory: box.home, argv: ["sleep", "60"], options: {}, ...different };
}

function end(box: Sandbox, sessions: readonly OwnPane[]): Promise<StayingSession[]> {
  return endSessions(serverOf(box), sessions, { watched: true, options: ["@fleet_id"] });
}

async function names(box: Sandbox): Promise<string[]> {
  return (await box.tmux.sessions()).map(({ name }) => name).sort();
}

test("sessions are created with their names, directories and programs, and tell what they are known by", async () => {
  await using box = await sandbox({ program });
  mkdirSync(join(box.home, "#{pane_pid} #(touch pwned)"));
  const wanted = [
    session(box, "ai_fix-42"),
    session(box, "ai_feature/login", { directory: join(box.home, "#{pane_pid} #(touch pwned)") }),
  ];
  const { created, failure } = await createSessions(serverOf(box), wanted);
  expect(failure).toBeUndefined();
  const panes = await box.tmux.panes();
  expect(created).toEqual(
    wanted.map(({ name }, index) => ({
      name,
      session: `$${index}`,
      pane: `%${index}`,
      pid: panes.find((pane) => pane.session === name)?.pid ?? 0,
      endsUnattached: false,
    })),
  );
  const directories = () => box.tmux.panes().then((all) => all.map(({ session: name, path }) => [name, path]).sort());
  await eventually(async () => (await directories()).every(([, path]) => path !== ""), { what: "the programs to run" });
  expect(await directories()).toEqual([
    ["ai_feature/login", join(box.home, "#{pane_pid} #(touch pwned)")],
    ["ai_fix-42", box.home],
  ]);
});

test("a program gets its words as they are, without a shell between", async () => {
  await using box = await sandbox({ program });
  const words = [
    "",
    "-x",
    ";",
    "a;",
    "a\\;",
    "\\",
    ...hostilePrompts.map(({ text }) => text).filter((text) => text.length < 300),
  ];
  box.executable("note", '#!/bin/sh\nout=$1; shift; printf "%s\\0" "$@" >"$out.new"; mv "$out.new" "$out"\n');
  const chunks = Array.from({ length: Math.ceil(words.length / 9) }, (_, index) =>
    words.slice(index * 9, index * 9 + 9),
  );
  const sessions = chunks.map((chunk, index) =>
    session(box, `s${index}`, { argv: [join(box.bin, "note"), join(box.home, `words${index}`), ...chunk] }),
  );
  const { created } = await createSessions(serverOf(box), sessions);
  expect(created).toHaveLength(chunks.length);
  for (const [index, chunk] of chunks.entries()) {
    const file = join(box.home, `words${index}`);
    await eventually(() => existsSync(file), { what: "the words" });
    expect(readFileSync(file, "utf8").split("\0").slice(0, -1)).toEqual(chunk);
  }
  expect(existsSync(join(box.home, "pwned"))).toBe(false);
});

test("names and options are text, whatever tmux could take them for", async () => {
  await using box = await sandbox({ program });
  const odd = [
    "=x",
    "@repo",
    "%1",
    "-x",
    "#S",
    "#(touch pwned)",
    "a b",
    "a;",
    "ü修",
    "{x}",
    "+1",
    "!",
    "a/b@c",
    "'q'",
    "^",
    "*",
  ];
  const options = {
    "@fleet_id": "0a1b2c3d",
    "@empty": "",
    "@dash": "-x",
    "@end": "a;",
    "@format": "#{pid} #(touch pwned) $HOME",
  };
  const { created, failure } = await createSessions(
    serverOf(box),
    odd.map((name) => session(box, name, { options: { ...options, "@name": name } })),
  );
  expect(failure).toBeUndefined();
  expect(created.map(({ name }) => name)).toEqual(odd);
  expect(await names(box)).toEqual([...odd].sort());
  const all = ["session_name", "@name", "@fleet_pane", ...Object.keys(options)].map((field) => `#{${field}}`).join("|");
  const listed = (await box.tmux.run(["list-sessions", "-F", all])).split("\n").sort();
  expect(listed).toEqual(
    created.map(({ name, pane }) => [name, name, pane, ...Object.values(options)].join("|")).sort(),
  );
  expect(existsSync(join(box.home, "pwned"))).toBe(false);
});

test("a name is taken exactly, also beside a longer one and an id that looks like it", async () => {
  await using box = await sandbox({ program });
  const { created } = await createSessions(
    serverOf(box),
    ["fix-42", "fix", "fix-4"].map((name) => session(box, name, { options: { "@name": name } })),
  );
  for (const { name } of created) expect((await box.tmux.options(name))["@name"]).toBe(name);
});

test("sixty sessions whose words do not fit one message are all created", async () => {
  await using box = await sandbox({ program });
  const long = Array.from({ length: 60 }, (_, index) =>
    session(box, `ai_${"x".repeat(80)}${index}`, { options: { "@note": "y".repeat(400) } }),
  );
  const { created, failure } = await createSessions(serverOf(box), long);
  expect(failure).toBeUndefined();
  expect(created.map(({ name }) => name)).toEqual(long.map(({ name }) => name));
  expect(new Set((await box.tmux.panes()).map(({ pid }) => pid)).size).toBe(60);
});

test("a program that ends leaves its last screen, and how it ended", async () => {
  await using box = await sandbox({ program });
  const argv = ["/bin/sh", "-c", "echo last words; read word; exit 3"];
  await createSessions(serverOf(box), [session(box, "brief", { argv })]);
  // What a program says in the moment in which it ends tmux may not read any more.
  await eventually(async () => (await box.tmux.capture("brief")).includes("last words"), { what: "its words" });
  await box.tmux.run(["send-keys", "-t", "=brief:", "Enter"]);
  await eventually(
    async () => {
      await box.tmux.reap();
      return (await box.tmux.panes())[0]?.exitCode === 3;
    },
    { what: "the program to end" },
  );
  expect(await box.tmux.capture("brief")).toContain("last words");
});

test("a session outlives having no client, whatever the user's configuration says", async () => {
  await using box = await sandbox({ program });
  writeFileSync(join(box.home, ".tmux.conf"), "set -g destroy-unattached on\nset -g remain-on-exit off\n");
  await createSessions(serverOf(box), [session(box, "ai_fix"), session(box, "ai_brief", { argv: ["/bin/true", "x"] })]);
  const client = await box.terminal(["tmux", "-S", box.tmux.socket, "attach-session", "-t", "ai_fix"]);
  await eventually(async () => (await box.tmux.sessions()).some(({ attachedClients }) => attachedClients === 1), {
    what: "the client to attach",
  });
  await client.close();
  await eventually(async () => (await box.tmux.sessions()).every(({ attachedClients }) => attachedClients === 0), {
    what: "the client to leave",
  });
  expect(await names(box)).toEqual(["ai_brief", "ai_fix"]);
});

test("nothing is changed for sessions of the user's own", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "-s", "mine", "sleep 60"], box.home);
  const globals = () => Promise.all([["-g"], ["-gw"], ["-s"]].map((scope) => box.tmux.run(["show-options", ...scope])));
  const before = await globals();
  await createSessions(serverOf(box), [session(box, "ai_fix")]);
  expect(await globals()).toEqual(before);
  expect(await box.tmux.options("mine")).toEqual({});
  expect(await box.tmux.run(["show-options", "-w", "-t", "mine"])).toBe("");
});

test("a session of ours is wide enough for the interface of an agent", async () => {
  await using box = await sandbox({ program });
  await createSessions(serverOf(box), [session(box, "ai_fix")]);
  expect(await box.tmux.run(["list-panes", "-a", "-F", "#{pane_width}x#{pane_height}"])).toBe("200x50");
});

test("a name that is taken stops at that session: those before are created, those behind not tried", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "-s", "taken", "sleep 60"], box.home);
  const { created, failure } = await createSessions(
    serverOf(box),
    ["first", "taken", "last"].map((name) => session(box, name)),
  );
  expect(created.map(({ name }) => name)).toEqual(["first"]);
  expect(failure?.stderr).toBe("duplicate session: taken\n");
  expect(await names(box)).toEqual(["first", "taken"]);
});

test("the folder of a new server's socket is nobody else's to enter", async () => {
  await using box = await sandbox({ program });
  await createSessions(serverOf(box), [session(box, "ai_fix")]);
  expect(statSync(dirname(box.tmux.socket)).mode & 0o777).toBe(0o700);
});

test("a folder for the socket that is not there is told, not made", async () => {
  await using box = await sandbox({ program });
  const server = { socket: join(box.home, "missing", "socket"), environment: box.env };
  const failure = await createSessions(server, [session(box, "ai_fix")]).catch((error: Error) => error.message);
  expect(failure).toBe(`the folder of the tmux socket cannot be used: ${box.home}/missing`);
  expect(existsSync(join(box.home, "missing"))).toBe(false);
});

test("sessions are ended by their ids, and only they", async () => {
  await using box = await sandbox({ program });
  const { created } = await createSessions(
    serverOf(box),
    ["a", "b", "c"].map((name) => session(box, name)),
  );
  await end(box, created.slice(0, 2));
  expect(await names(box)).toEqual(["c"]);
  await end(box, created);
  expect(await names(box)).toEqual([]);
});

test("ending what is gone is fine, and does not keep the others", async () => {
  await using box = await sandbox({ program });
  await end(box, [{ session: "$0", pane: "%0" }]);
  const { created } = await createSessions(
    serverOf(box),
    ["a", "b"].map((name) => session(box, name)),
  );
  await end(box, [{ session: "$77", pane: "%77" }, ...created.slice(0, 1), { session: "$78", pane: "%1" }]);
  expect(await names(box)).toEqual(["b"]);
  await end(box, []);
  expect(await names(box)).toEqual(["b"]);
});

for (const [what, ended] of Object.entries({ "a session that ends": ["a"], "one of several that end": ["a", "b"] })) {
  test(`who looks at ${what} is shown one that goes on`, async () => {
    await using box = await sandbox({ program });
    const { created } = await createSessions(
      serverOf(box),
      ["a", "b", "c"].map((name) => session(box, name)),
    );
    const client = await box.terminal(["tmux", "-S", box.tmux.socket, "attach-session", "-t", "=a:"]);
    const lookers = async () => (await box.tmux.sessions()).filter(({ attachedClients }) => attachedClients > 0);
    await eventually(async () => (await lookers()).length === 1, { what: "the client to attach" });
    const doomed = created.filter(({ name }) => ended.includes(name));
    await end(box, doomed);
    expect((await lookers()).map(({ name }) => ended.includes(name))).toEqual([false]);
    await client.close();
  });
}

test("who looks at the last session is let go", async () => {
  await using box = await sandbox({ program });
  const { created } = await createSessions(serverOf(box), [session(box, "a")]);
  const client = await box.terminal(["tmux", "-S", box.tmux.socket, "attach-session", "-t", "=a:"]);
  await eventually(async () => (await box.tmux.sessions())[0]?.attachedClients === 1, { what: "the client to attach" });
  await end(box, created);
  expect(await client.exitCode()).toBe(0);
  expect(await names(box)).toEqual([]);
});

test("a session in which others opened a pane or a window stays with these alone, under another name and as nobody's", async () => {
  await using box = await sandbox({ program });
  const options = { "@fleet_id": "one" };
  const { created } = await createSessions(
    serverOf(box),
    ["a", "b", "c", "pane", "window", "none"].map((name) => session(box, name, { options })),
  );
  await box.tmux.run(["split-window", "-d", "-t", "=pane:", "sleep 60"]);
  await box.tmux.run(["new-window", "-d", "-t", "=window:", "sleep 60"]);
  await box.tmux.run(["new-window", "-d", "-t", "=window:", "sleep 60"]);
  const client = await box.terminal(["tmux", "-S", box.tmux.socket, "attach-session", "-t", "=pane:"]);
  await eventually(async () => (await box.tmux.run(["list-clients"])) !== "", { what: "the client to attach" });
  expect(await end(box, created)).toEqual([
    { pane: "%3", name: "pane-left3", panes: 1, agents: 0 },
    { pane: "%4", name: "window-left4", panes: 2, agents: 0 },
  ]);
  const format =
    "#{session_name} #{pane_id} #{pane_dead} #{remain-on-exit} [#{@fleet_id}#{@fleet_pane}#{@fleet_panes}]";
  expect((await box.tmux.run(["list-panes", "-a", "-F", format])).trim().split("\n")).toEqual([
    "pane-left3 %6 0 off []",
    "window-left4 %7 0 off []",
    "window-left4 %8 0 off []",
  ]);
  expect(await box.tmux.run(["list-clients", "-F", "#{session_name}"])).toBe("pane-left3");
  await client.close();
});

test("the pane of another agent that was moved beside it stays, and is told from the user's", async () => {
  await using box = await sandbox({ program });
  const { created } = await createSessions(
    serverOf(box),
    ["a", "b"].map((name) => session(box, name, { owner: name })),
  );
  await box.tmux.run(["join-pane", "-d", "-s", "=b:", "-t", "=a:"]);
  await box.tmux.run(["split-window", "-d", "-t", "=a:", "sleep 60"]);
  expect(await end(box, created.slice(0, 1))).toEqual([{ pane: "%0", name: "a-left0", panes: 2, agents: 1 }]);
});

test("panes that hooks of the user opened with a session go with it", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "-s", "mine"]);
  await box.tmux.run(["set-hook", "-g", "after-new-session", "split-window -d 'sleep 60' ; new-window 'sleep 60'"]);
  const { created } = await createSessions(serverOf(box), [session(box, "a")]);
  expect(await end(box, created)).toEqual([]);
  expect(await names(box)).toEqual(["mine"]);
});

test("of a window that the user linked into a session of theirs, nothing stays there", async () => {
  await using box = await sandbox({ program });
  await box.tmux.run(["new-session", "-d", "-s", "mine", "sleep 60"]);
  const { created } = await createSessions(serverOf(box), [session(box, "a"), session(box, "b")]);
  await box.tmux.run(["link-window", "-d", "-s", "=a:", "-t", "=mine:"]);
  expect(await end(box, created)).toEqual([]);
  expect(await box.tmux.run(["list-panes", "-a", "-F", "#{session_name} #{pane_id}"])).toBe("mine %0");
});
